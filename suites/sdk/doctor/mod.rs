//! What `keyproof sdk --doctor` says of each first mistake: real processes, tiny wrong adapters.

mod answers;
mod bugs;
mod client;
mod greetings;

use std::path::PathBuf;

use std::time::Duration;

use keyproof::adapter::Launcher;
use keyproof::harness::Exit;
use keyproof::suite::sdk::doctor::{Event, Patience, examine};
use libtest_mimic::Failed;

use super::bench::{heard, keyproof, process};
use crate::support::Trial;

/// Exit code, and texts that have to be printed in this order.
type Wanted = (Exit, &'static [&'static str]);

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = vec![
        Trial::test("doctor/the_reference_adapter_is_green", green),
        Trial::test("doctor/one_shot_is_green_too", one_shot),
        Trial::test("doctor/nonsense_combinations_are_refused", combinations),
        Trial::test("doctor/a_command_that_is_no_program", not_a_program),
        Trial::test("doctor/a_file_that_is_not_executable", not_executable),
        Trial::test("doctor/waiting_is_told_and_silence_explained", silent),
        Trial::test("doctor/each_language_is_told_its_own_words", languages),
        Trial::test("doctor/control_characters_and_long_lines", hostile),
        Trial::test("doctor/the_command_is_quoted", quoted),
    ];

    trials.extend(client::trials());
    for (name, command, wanted) in greetings::all() {
        trials.push(Trial::test(format!("doctor/greeting/{name}"), move || {
            holds(&["sh", "-c", command], wanted)
        }));
    }
    for (name, edit, wanted) in answers::all() {
        trials
            .push(Trial::test(format!("doctor/answer/{name}"), move || edited(name, edit, wanted)));
    }
    for (bug, wanted) in bugs::all() {
        trials.push(Trial::test(format!("doctor/bug/{bug}"), move || {
            holds(&[keyproof(), "adapter", "--bug", bug], wanted)
        }));
    }
    trials
}

fn doctor(options: &[&str], command: &[&str]) -> (i32, String, String) {
    let mut sdk = process();
    sdk.args(["sdk", "--doctor"]).args(options).arg("--");
    heard(sdk.args(command))
}

fn holds(command: &[&str], (exit, wanted): Wanted) -> Result<(), Failed> {
    let (got, printed, _) = doctor(&[], command);
    tells(&printed, wanted)?;
    if got == i32::from(exit.code()) {
        Ok(())
    } else {
        Err(format!("exit {got}\n{printed}").into())
    }
}

fn tells(printed: &str, wanted: &[&str]) -> Result<(), Failed> {
    let mut rest = printed;
    for text in wanted {
        let Some((_, behind)) = rest.split_once(text) else {
            return Err(format!("{text:?} is not there, or not in order\n{printed}").into());
        };
        rest = behind;
    }
    Ok(())
}

fn green() -> Result<(), Failed> {
    let (exit, printed, _) = doctor(&[], &[keyproof(), "adapter"]);
    let printed = printed.replace(keyproof(), "keyproof");
    let printed = printed.replace(env!("CARGO_PKG_VERSION"), "VERSION");
    assert_eq!(
        printed,
        "\
✓ start: keyproof adapter
✓ hello: answered
✓ members of hello: keyproof-rust VERSION, 21 operations
✓ unknown operation: `unsupported`
✓ pad_key
✓ derive_key_proof
✓ generate_key_proof
✓ verify_key_proof
✓ derive_data_key
✓ encrypt
✓ decrypt
✓ encrypt_with_project_key
✓ decrypt_with_project_key
✓ refusals: told by `reject` and their class
✓ text: é☃😀 comes through
✓ several at once: 8 requests, 8 replies
✓ end of input: exit code 0
✓ a line that is no request: the next request is answered
next: keyproof sdk -- keyproof adapter
"
    );
    assert_eq!(exit, 0);
    Ok(())
}

fn one_shot() -> Result<(), Failed> {
    let (exit, printed, _) = doctor(&["--one-shot"], &[keyproof(), "adapter"]);
    assert_eq!(exit, 0, "{printed}");
    assert!(!printed.contains("several at once") && !printed.contains("end of input"), "{printed}");
    assert!(printed.contains("next: keyproof sdk --one-shot -- "), "{printed}");
    // Its mistakes are found at the end of each process.
    let bug = [keyproof(), "adapter", "--bug", "ends-with-failure"];
    let (exit, printed, _) = doctor(&["--one-shot"], &bug);
    assert_eq!(exit, 1, "{printed}");
    tells(
        &printed,
        &[
            "after the end of input: exit code 1",
            "mend what is marked ✗, then keyproof sdk --doctor --one-shot -- ",
        ],
    )
}

fn combinations() -> Result<(), Failed> {
    for other in [
        &["--run", "sdk/**"][..],
        &["--skip", "sdk/**"],
        &["--exact"],
        &["--list"],
        &["--report", "json=-"],
        &["--seed", "1"],
        &["--verbose"],
        &["--init", "php"],
    ] {
        let (exit, printed, wanted) = doctor(other, &["true"]);
        assert_eq!((exit, printed.as_str()), (2, ""), "{other:?}");
        assert!(wanted.contains("cannot be used with"), "{wanted}");
    }
    let output = process().args(["sdk", "--doctor"]).output()?;
    assert_eq!(output.status.code(), Some(2));
    Ok(())
}

fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
        .join(format!("doctor-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

fn not_a_program() -> Result<(), Failed> {
    let wanted: Wanted = (
        Exit::Unreachable,
        &[
            "✗ start: cannot start `no-such-adapter`: ",
            "do        there is no such program",
            "do        a file of this directory is started by its path: ./no-such-adapter",
            "next: mend what is marked ✗, then keyproof sdk --doctor -- no-such-adapter\n",
        ],
    );
    holds(&["no-such-adapter"], wanted)
}

fn not_executable() -> Result<(), Failed> {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = folder("mode");
    let file = folder.join("adapter");
    // A NUL makes it a script for nobody.
    std::fs::write(&file, b"\0no program")?;
    let path = file.to_str().unwrap();
    let wanted: Wanted = (
        Exit::Unreachable,
        &["✗ start: cannot start `", "do        it is not executable: chmod +x "],
    );
    holds(&[path], wanted)?;
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755))?;
    let wanted: Wanted = (
        Exit::Unreachable,
        &["✗ start: cannot start `", "do        it is neither a program for this machine"],
    );
    holds(&[path], wanted)?;
    std::fs::remove_dir_all(&folder)?;
    Ok(())
}

const HELLO: &str = r#"{"protocol":1,"name":"a","version":"1","ops":["pad_key"]}"#;

/// An adapter in Python that hands requests on to the reference adapter and changes what comes.
fn edited(name: &str, edit: &str, wanted: Wanted) -> Result<(), Failed> {
    let folder = folder(name);
    let file = folder.join("adapter.py");
    let body = edit.replace('\n', "\n    ");
    let script = format!(
        r#"import json, subprocess, sys, time
child = subprocess.Popen([{:?}, "adapter"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
def asked(request):
    child.stdin.write(json.dumps(request).encode() + b"\n")
    child.stdin.flush()
    return json.loads(child.stdout.readline())
atend = ""
for line in sys.stdin.buffer:
    try: request = json.loads(line)
    except ValueError: continue
    id, op, key, end = request["id"], request["op"], request["params"].get("key", ""), "\n"
    reply = asked(request)
    {body}
    sys.stdout.write(json.dumps(reply) + end)
    sys.stdout.flush()
    if atend == "exit": break
while atend == "stay": time.sleep(1000)
"#,
        keyproof()
    );
    std::fs::write(&file, script)?;
    let held = holds(&["python3", file.to_str().unwrap()], wanted);
    std::fs::remove_dir_all(&folder)?;
    held
}

/// What is reported of an adapter within limits that a test can wait for.
fn examined(command: &[&str]) -> (Exit, Vec<Event>) {
    let runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = { runtime }.enable_all().build().unwrap();
    let mut events = Vec::new();
    let launcher =
        Launcher { keyproof: keyproof().into(), command: command.iter().map(Into::into).collect() };
    let patience = Patience {
        notice: Duration::from_millis(200),
        hello: Duration::from_millis(1500),
        reply: Duration::from_millis(1500),
        ..Patience::default()
    };
    let mut hear = |event| events.push(event);
    let exit = runtime.block_on(examine(launcher, false, patience, &mut hear));
    (exit.unwrap(), events)
}

fn findings(events: &[Event]) -> Vec<String> {
    let mut all = Vec::new();
    for event in events {
        if let Event::Done(step) = event {
            for finding in &step.findings {
                all.push(finding.what.clone());
                all.extend(finding.advice.clone());
            }
        }
    }
    all
}

fn silent() -> Result<(), Failed> {
    for (command, wanted) in [
        (
            "cat >/dev/null",
            &[
                "no reply to hello within 1.5 s",
                "read a line of standard input, write a line to standard output, flush",
                "read one line, answer it, read the next, until the input ends",
            ][..],
        ),
        (
            r#"cat >/dev/null; echo '{"id":1,"ok":{}}'"#,
            &[
                "no reply to hello within 1.5 s: it came once the input had ended",
                "either it stays in a buffer: flush after each reply",
                "for example Python: flush=True; Ruby: $stdout.sync = true; Perl: $| = 1; C: fflush(stdout)",
                "or it reads to the end of input first: read line by line",
                "read one line, answer it, read the next, until the input ends",
            ],
        ),
        (
            r#"read l; printf '{"id":1,"ok":{}}'; cat >/dev/null"#,
            &[
                "no reply to hello within 1.5 s: it has no line feed",
                "end each reply with a line feed, and flush it",
            ],
        ),
        (
            r#"read l; printf '{"id":1,'; cat >/dev/null"#,
            &[
                "no reply to hello within 1.5 s: half a line came",
                "write each reply whole, on one line, ended by a line feed",
            ],
        ),
    ] {
        let (exit, events) = examined(&["sh", "-c", command]);
        assert_eq!(findings(&events), wanted);
        assert_eq!(exit, Exit::Unreachable);
        let waiting = Event::Waiting { op: "hello".to_owned(), limit: Duration::from_millis(1500) };
        assert_eq!(events[0], waiting);
    }
    // One that takes several at once by its word alone.
    let hello = HELLO.replace("\"ops\"", "\"max_outstanding\":2,\"ops\"");
    let script = format!(
        r#"n=0; while read -r line; do n=$((n+1)); id=$(printf %s "$line" | sed 's/^{{"id":\([0-9]*\).*/\1/');
        case "$line" in *hello*) echo '{{"id":'$id',"ok":{hello}}}' ;;
        *'"key 2"'*) ;;
        *pad_key*) printf '%s\n' "$line" | {} adapter ;; *) echo '{{"id":'$id',"unsupported":{{}}}}' ;; esac; done"#,
        keyproof()
    );
    let (exit, events) = examined(&["sh", "-c", &script]);
    let found = findings(&events);
    let wanted = "1 of the requests sent at once have no reply".to_owned();
    assert!(found.contains(&wanted), "{found:?}");
    let wanted = "answer each line, also if several are read together".to_owned();
    assert!(found.contains(&wanted), "{found:?}");
    assert_eq!(exit, Exit::Failed);
    Ok(())
}

/// A script whose name shows a language, and what is reported of it.
fn languages() -> Result<(), Failed> {
    let folder = folder("languages");
    let buffered = r#"cat >/dev/null; echo '{"id":1,"ok":{}}'"#;
    let pretty = r#"read l; printf '{\n"id":1}\n'; cat >/dev/null"#;
    let foreign = r#"read l; printf '\351\n'; exit 1"#;
    let mark = r#"read l; printf '\357\273\277{}\n'; exit 1"#;
    for (end, name, marked) in [
        ("php", "PHP: ", true),
        ("py", "Python: ", true),
        ("mjs", "JavaScript: ", false),
        ("go", "Go: ", false),
        ("rb", "Ruby: ", false),
        ("pl", "Perl: ", false),
        ("jar", "Java: ", false),
        ("dll", "C#: ", true),
    ] {
        for (number, (script, count)) in [
            (buffered, 2),
            (pretty, 1),
            ("echo Hi; exit 1", 1),
            (foreign, 1),
            (mark, usize::from(marked)),
        ]
        .into_iter()
        .enumerate()
        {
            let file = folder.join(format!("adapter{number}.{end}"));
            std::fs::write(&file, script)?;
            let (_, events) = examined(&["sh", file.to_str().unwrap()]);
            let found = findings(&events);
            let own = found.iter().filter(|text| text.starts_with(name)).count();
            assert_eq!(own, count, "{end} {script}: {found:?}");
        }
    }
    std::fs::remove_dir_all(&folder)?;
    Ok(())
}

fn hostile() -> Result<(), Failed> {
    let script = r#"printf '\033[31mred\n'; head -c 5000 /dev/zero | tr '\0' x; echo; printf 'oh\033[0m' >&2; exit 1"#;
    let (_, printed, _) = doctor(&[], &["sh", "-c", script]);
    assert!(!printed.contains('\u{1b}'), "{printed}");
    tells(
        &printed,
        &[r"← \u{1b}[31mred", "x … [cut: 400 of 5000 bytes shown]", r"stderr | oh\u{1b}[0m"],
    )
}

fn quoted() -> Result<(), Failed> {
    let (_, printed, _) = doctor(&[], &["sh", "-c", "exit 1 # it's"]);
    tells(&printed, &[r"then keyproof sdk --doctor -- sh -c 'exit 1 # it'\''s'"])
}
