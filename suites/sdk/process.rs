//! The real process: exit codes from real causes, one-shot mode, and no child that outlives a run.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

use libtest_mimic::Failed;

use super::bench::{keyproof, process};
use super::shipped;
use crate::support::Trial;

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        Trial::test("process/exit_0_by_one_shot_too", one_shot),
        Trial::test("process/init_writes_what_ships_and_replaces_nothing", init),
        Trial::test("process/one_shot_hears_standard_error_too", one_shot_leak),
        Trial::test("process/exit_2_without_a_command", no_command),
        Trial::test("process/exit_2_for_another_protocol", other_protocol),
        Trial::test("process/exit_3_if_no_operation_was_judged", nothing_judged),
        Trial::test("process/exit_3_if_an_operation_is_missing", missing_operation),
        Trial::test("process/who_exits_after_a_reply_has_crashed_and_not_hung", quitter),
        Trial::test("process/a_reply_that_is_none_costs_its_own_case_only", no_reply),
        Trial::test("process/exit_4_if_it_never_says_hello", no_hello),
        Trial::test("process/a_reply_in_a_buffer_is_told_to_be_flushed", buffered),
        Trial::test("process/what_searches_for_secrets_judges", secrets),
        Trial::test("process/a_banner_is_told_and_the_rest_judged", banner),
        Trial::test("process/a_failure_names_the_mistake_and_a_hint", explained),
        Trial::test("process/no_child_outlives_a_killed_harness", killed),
        Trial::test("process/no_child_outlives_an_interrupted_harness", interrupted),
    ]
}

fn sdk(options: &[&str], command: &[&str]) -> Output {
    let mut sdk = process();
    sdk.arg("sdk").args(options).arg("--").args(command);
    sdk.env_remove("KEYPROOF_TEST_ADAPTER").output().unwrap()
}

fn printed(output: &Output) -> (i32, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let printed = format!("{}{}", text(&output.stdout), text(&output.stderr));
    (output.status.code().unwrap_or(-1), printed)
}

fn one_shot() -> Result<(), Failed> {
    let cases = ["--one-shot", "--run", "sdk/vectors/pad_key/length-*", "--run", "sdk/protocol/**"];
    let (exit, printed) = printed(&sdk(&cases, &[keyproof(), "adapter"]));
    assert_eq!(exit, 0, "{printed}");
    assert!(printed.ends_with("operations judged: pad_key\n"), "{printed}");
    Ok(())
}

fn one_shot_leak() -> Result<(), Failed> {
    for bug in ["leaks-plaintext", "releases-plaintext"] {
        let adapter = [keyproof(), "adapter", "--bug", bug];
        let cases = ["--one-shot", "--run", "sdk/secrets/plaintext"];
        let (exit, printed) = printed(&sdk(&cases, &adapter));
        assert_eq!(exit, 1, "{printed}");
        let expected =
            "fail sdk/secrets/plaintext: a plaintext reaches a message or standard error";
        assert!(printed.contains(expected), "{printed}");
    }
    Ok(())
}

fn init() -> Result<(), Failed> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("suites/adapters");
    let folder =
        PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("sdk-init-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    for (language, names) in shipped::files() {
        let folder = folder.join(language);
        std::fs::create_dir_all(&folder)?;
        let run = || {
            let mut sdk = process();
            sdk.args(["sdk", "--init", language]).current_dir(&folder);
            sdk.output()
        };
        let (exit, first) = printed(&run()?);
        assert_eq!(exit, 0, "{first}");
        assert!(first.starts_with(&format!("wrote {}, ", names.join(" and "))), "{first}");
        assert_eq!(std::fs::read_dir(&folder)?.count(), names.len(), "{language}");
        for name in names {
            let written = std::fs::read(folder.join(name))?;
            assert_eq!(written, std::fs::read(root.join(language).join(name))?);
        }
        let (exit, second) = printed(&run()?);
        assert_eq!(exit, 4, "{second}");
        assert!(second.contains("is there already"), "{second}");
    }
    std::fs::remove_dir_all(&folder)?;
    Ok(())
}

fn no_command() -> Result<(), Failed> {
    let output = process().arg("sdk").output()?;
    let (exit, printed) = printed(&output);
    assert_eq!(exit, 2);
    assert!(printed.contains("give its command behind `--`"), "{printed}");
    let (exit, printed) = self::printed(&process().args(["sdk", "php", "adapter.php"]).output()?);
    assert_eq!(exit, 2);
    assert!(printed.contains("tip: a command stands behind `--`"), "{printed}");
    Ok(())
}

fn other_protocol() -> Result<(), Failed> {
    let hello =
        r#"read line; echo '{"id":1,"ok":{"protocol":2,"name":"a","version":"1","ops":[]}}'"#;
    let (exit, printed) = printed(&sdk(&[], &["sh", "-c", hello]));
    assert_eq!(
        (exit, printed.as_str()),
        (2, "keyproof: the adapter speaks protocol 2, and this keyproof speaks 1\n")
    );
    Ok(())
}

fn nothing_judged() -> Result<(), Failed> {
    let (exit, printed) = printed(&sdk(&["--run", "sdk/protocol/**"], &[keyproof(), "adapter"]));
    assert_eq!(exit, 3, "{printed}");
    assert!(printed.contains("no operation was judged"), "{printed}");
    Ok(())
}

fn missing_operation() -> Result<(), Failed> {
    let script = r#"
        while read -r line; do
            id=$(printf %s "$line" | sed 's/^{"id":\([0-9]*\).*/\1/')
            case "$line" in
                *'"op":"hello"'*) echo '{"id":'$id',"ok":{"protocol":1,"name":"a","version":"1","ops":[]}}' ;;
                *) echo '{"id":'$id',"unsupported":{}}' ;;
            esac
        done"#;
    let (exit, printed) =
        printed(&sdk(&["--run", "sdk/vectors/pad_key/empty"], &["sh", "-c", script]));
    assert_eq!(exit, 3, "{printed}");
    assert!(printed.contains("leave its cases out by name with --skip"), "{printed}");
    Ok(())
}

/// Written for one request, and run as if it served many.
fn quitter() -> Result<(), Failed> {
    let script = format!(
        r#"for _ in 1 2; do read -r line; printf '%s\n' "$line"; done | {} adapter"#,
        keyproof()
    );
    let cases = ["--run", "sdk/vectors/pad_key/*", "--run", "sdk/protocol/**"];
    let (exit, printed) = printed(&sdk(&cases, &["sh", "-c", &script]));
    assert_eq!(exit, 1, "{printed}");
    assert!(
        printed.contains("fail sdk/protocol/crash: it ended before it had replied"),
        "{printed}"
    );
    assert!(!printed.contains("fail sdk/protocol/timeout"), "{printed}");
    Ok(())
}

/// Every refusal has a class of its own, far more often than an adapter would be started again.
fn no_reply() -> Result<(), Failed> {
    let script =
        format!(r#"{} adapter | sed -u 's/"class":"[a-z_]*"/"class":"oops"/'"#, keyproof());
    let cases = ["--run", "sdk/vectors/blob_open/*", "--run", "sdk/protocol/**"];
    let (exit, printed) = printed(&sdk(&cases, &["sh", "-c", &script]));
    assert_eq!(exit, 1, "{printed}");
    let expected = "fail sdk/protocol/malformed-reply: it sent a JSON object that is no reply";
    assert!(printed.contains(expected), "{printed}");
    assert!(printed.contains("there is no class \"oops\" of rejections"), "{printed}");
    assert!(!printed.contains("the run was stopped"), "{printed}");
    // Each refusal is lost and nothing else, far more than an adapter would be started again for.
    let lost = "\n? could-not-run  59 cases, the first is sdk/vectors/blob_open/";
    assert!(printed.contains(lost), "{printed}");
    Ok(())
}

fn no_hello() -> Result<(), Failed> {
    for (command, expected) in [
        (&["false"][..], "exit code 1"),
        (&["no-such-command-of-keyproof"], "cannot start `no-such-command-of-keyproof`"),
        (&["sh", "-c", "echo PHP Warning; exit 3"], "it printed \"PHP Warning\""),
    ] {
        let (exit, printed) = printed(&sdk(&[], command));
        assert_eq!(exit, 4, "{printed}");
        assert!(printed.contains("never said hello"), "{printed}");
        assert!(printed.contains(expected), "{printed}");
    }
    Ok(())
}

fn buffered() -> Result<(), Failed> {
    let script = r#"cat > /dev/null; echo '{"id":1,"ok":{}}'"#;
    let (exit, printed) = printed(&sdk(&[], &["sh", "-c", script]));
    assert_eq!(exit, 4, "{printed}");
    assert!(printed.contains("flush after each line"), "{printed}");
    assert!(printed.contains("keyproof sdk --doctor with its command"), "{printed}");
    Ok(())
}

fn secrets() -> Result<(), Failed> {
    let (exit, printed) = printed(&sdk(&["--run", "sdk/secrets/*"], &[keyproof(), "adapter"]));
    assert_eq!(exit, 0, "{printed}");
    assert!(printed.contains("operations judged: pad_key, "), "{printed}");
    Ok(())
}

fn banner() -> Result<(), Failed> {
    let script = format!("echo Welcome; exec {} adapter", keyproof());
    let cases = ["--run", "sdk/vectors/pad_key/empty", "--run", "sdk/protocol/**"];
    let (exit, printed) = printed(&sdk(&cases, &["sh", "-c", &script]));
    assert_eq!(exit, 1, "{printed}");
    assert!(printed.contains("fail sdk/protocol/stray-output"), "{printed}");
    assert!(printed.contains("Welcome"), "{printed}");
    assert!(printed.contains("✓ held"), "{printed}");
    Ok(())
}

fn explained() -> Result<(), Failed> {
    let adapter = [keyproof(), "adapter", "--bug", "proof-nul-padded"];
    let cases = ["--run", "sdk/vectors/key_proof/published-1000-iterations"];
    let (exit, printed) = printed(&sdk(&cases, &adapter));
    assert_eq!(exit, 1, "{printed}");
    for expected in [
        "this is the proof of the key padded with NUL bytes: pad with the character 0, 0x30",
        "hint (rust): [0u8; 32] is NULs: start from [b'0'; 32]",
        "run again    keyproof sdk --run sdk/vectors/key_proof/published-1000-iterations --exact",
    ] {
        assert!(printed.contains(expected), "{expected}\n{printed}");
    }
    Ok(())
}

fn killed() -> Result<(), Failed> {
    let mut holding = Holding::start("killed", "wait")?;
    holding.harness.kill()?;
    holding.harness.wait()?;
    holding.ended()
}

/// As a terminal does it: everybody in the harness's process group is interrupted.
fn interrupted() -> Result<(), Failed> {
    let mut holding = Holding::start("interrupted", "wait")?;
    holding.interrupt()?;
    assert!(!holding.harness.wait()?.success());
    holding.ended()?;

    let hello = r#"read line; echo '{"id":1,"ok":{"protocol":1,"name":"a","version":"1","ops":["pad_key"]}}'"#;
    let asked = "read line; echo asked >&3; wait";
    let mut holding = Holding::start("asked", &format!("{hello}; {asked}"))?;
    assert_eq!(holding.line()?, "asked\n");
    holding.interrupt()?;
    let mut text = String::new();
    let stdout = holding.harness.stdout.take();
    stdout.ok_or("no standard output")?.read_to_string(&mut text)?;
    let code = holding.harness.wait()?.code();
    assert_eq!(code, Some(3), "{text}");
    assert!(text.contains("the run was stopped before its end"), "{text}");
    let mut said = String::new();
    let stderr = holding.harness.stderr.take();
    stderr.ok_or("no standard error")?.read_to_string(&mut said)?;
    assert!(!said.contains("panicked"), "{said}");
    holding.ended()
}

/// A harness whose adapter holds a named pipe open: its end is the adapter's.
struct Holding {
    harness: Child,
    pipe: BufReader<File>,
    path: PathBuf,
}

impl Holding {
    /// The adapter has a child of its own, and goes on with `then`.
    fn start(name: &str, then: &str) -> Result<Self, Failed> {
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
            .join(format!("sdk-{name}-{}", std::process::id()));
        assert!(Command::new("mkfifo").arg(&path).status()?.success());
        let pipe = path.display();
        let script = format!("exec 3>'{pipe}'; echo started >&3; sleep 1000 & {then}");
        let harness = process()
            .args(["sdk", "--run", "sdk/vectors/pad_key/*", "--run", "sdk/properties/pad-key"])
            .args(["--", "sh", "-c", &script])
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let pipe = BufReader::new(File::open(&path)?);
        let mut holding = Self { harness, pipe, path };
        assert_eq!(holding.line()?, "started\n");
        Ok(holding)
    }

    fn line(&mut self) -> Result<String, Failed> {
        let mut line = String::new();
        self.pipe.read_line(&mut line)?;
        Ok(line)
    }

    fn interrupt(&self) -> Result<(), Failed> {
        let group = format!("-{}", self.harness.id());
        let sent = Command::new("kill").args(["-INT", "--", &group]).status()?;
        assert!(sent.success());
        Ok(())
    }

    /// Waits for the last process that holds the pipe, the adapter's child too.
    fn ended(mut self) -> Result<(), Failed> {
        self.pipe.read_to_string(&mut String::new())?;
        std::fs::remove_file(&self.path)?;
        Ok(())
    }
}
