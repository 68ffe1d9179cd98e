//! Files that are written whole: tried before the run, and either the old one or the new one is there.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::process::{Command, Stdio};

use libtest_mimic::Failed;

use crate::support::Trial;
use crate::support::process::{Completed, check, check_with, folder, keyproof, path};
use crate::support::stub::{answer, answering};

/// A case that takes no time.
const QUICK: &[&str] = &["--run", "server/descriptor/server-managed"];

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        Trial::test("file/what_cannot_be_written_is_told_before_the_run", refused),
        Trial::test("file/nothing_is_asked_of_a_server_then", unasked),
        Trial::test("file/a_full_disk_leaves_the_old_one_whole", full_disk),
        Trial::test("file/a_report_keeps_its_mode_and_its_link", kept),
        Trial::test("file/a_device_or_a_pipe_is_written_to_as_it_is", devices),
        Trial::test("file/standard_output_is_not_cut", standard_output),
    ]
}

/// Where nothing can be written, and what is said of it.
fn nowhere(name: &str) -> [(String, String); 2] {
    let folder = folder(name);
    let (missing, taken) = (folder.join("no/such/file"), folder.join("taken"));
    fs::create_dir(&taken).unwrap();
    let (missing, taken) = (missing.display().to_string(), taken.display().to_string());
    let parent = missing.strip_suffix("/file").unwrap();
    [
        (
            missing.clone(),
            format!(
                "cannot write {missing}: No such file or directory (os error 2): make the folder {parent} \
                 first"
            ),
        ),
        (taken.clone(), format!("cannot write {taken}: it is a folder: name a file in it")),
    ]
}

fn refused() -> Result<(), Failed> {
    let report = path("of_the_run.json");
    check(&[QUICK, &[format!("--report=json={}", report.display()).as_str()]].concat());
    let report = report.to_str().unwrap();
    let adapter = env!("CARGO_BIN_EXE_keyproof");
    for (place, expected) in nowhere("refused") {
        let json = format!("json={place}");
        let rows: [&[&str]; 5] = [
            &["check", "--run", "server/descriptor/server-managed", "--report", &json],
            &["sdk", "--report", &json, "--", adapter, "adapter"],
            &["sdk", "--client", "--report", &json, "--", adapter, "adapter"],
            &["report", "merge", report, "--report", &json],
            &["report", "convert", report, "--report", &json],
        ];
        for row in rows {
            let output: Completed = keyproof(row, &[]).output()?.into();
            assert_eq!((output.exit, output.stdout.as_str()), (4, ""), "{row:?}: {output:?}");
            assert_eq!(output.stderr, format!("keyproof: {expected}\n"), "{row:?}");
        }
        let summary = [("GITHUB_STEP_SUMMARY", place.as_str())];
        let output = check_with(&[QUICK, &["--report", "github=-"]].concat(), &summary);
        assert_eq!((output.exit, output.stdout.as_str()), (4, ""), "{output:?}");
    }
    // A file where a folder is wanted.
    let taken = path("taken_by_a_file");
    fs::write(&taken, "")?;
    let taken = taken.to_str().unwrap();
    for option in ["--snapshots", "--state"] {
        let output = check(&[QUICK, &[option, taken]].concat());
        assert_eq!((output.exit, output.stdout.as_str()), (4, ""), "{output:?}");
        assert!(output.stderr.starts_with(&format!("keyproof: {option} {taken}: ")), "{output:?}");
    }
    Ok(())
}

fn unasked() -> Result<(), Failed> {
    let [(missing, expected), _] = nowhere("unasked");
    // Whoever asks gets something to trip over.
    let url = answering(usize::MAX, answer("500 Internal Server Error", &[], "{}"));
    let place = ["--url", &url, "--org", "x", "--report"];
    let token = [("KEYPROOF_TOKEN", "a-token-that-nobody-has-made")];
    let output = check_with(&[&place[..], &[format!("json={missing}").as_str()]].concat(), &token);
    assert_eq!(output.exit, 4);
    assert_eq!(output.stderr, format!("keyproof: {expected}\n"));
    Ok(())
}

/// The command under a limit of the size of files that no report keeps to.
fn limited(arguments: &[&str], variables: &[(&str, &str)]) -> Completed {
    let command = keyproof(arguments, variables);
    let mut limited = Command::new("sh");
    limited
        .args(["-c", "trap '' XFSZ; ulimit -f 1; exec \"$@\"", "sh"])
        .arg(command.get_program())
        .args(command.get_args())
        .current_dir(env!("CARGO_TARGET_TMPDIR"))
        .stdin(Stdio::null());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => limited.env(name, value),
            None => limited.env_remove(name),
        };
    }
    limited.output().unwrap().into()
}

fn full_disk() -> Result<(), Failed> {
    let folder = folder("full_disk");
    for format in ["json", "html", "text"] {
        let file = folder.join(format!("report.{format}"));
        fs::write(&file, "the old one\n")?;
        let report = format!("--report={format}={}", file.display());
        let output = limited(&[&["check"], QUICK, &[report.as_str()]].concat(), &[]);
        assert_eq!(output.exit, 4, "{output:?}");
        let expected = format!("keyproof: cannot write {}: File too large", file.display());
        assert!(output.stderr.contains(&expected), "{output:?}");
        assert_eq!(fs::read_to_string(&file)?, "the old one\n");
    }
    // What others have written to the summary stays as it is too.
    let summary = folder.join("summary.md");
    fs::write(&summary, "# before\n")?;
    let variables = [("GITHUB_STEP_SUMMARY", summary.to_str().unwrap())];
    let arguments = [&["check"], QUICK, &["--report=github=-"]].concat();
    let output = limited(&arguments, &variables);
    assert_eq!(output.exit, 4, "{output:?}");
    assert_eq!(fs::read_to_string(&summary)?, "# before\n");
    // No draft is left of any of them.
    assert_eq!(fs::read_dir(&folder)?.count(), 4);
    Ok(())
}

fn kept() -> Result<(), Failed> {
    let folder = folder("kept");
    let (file, link) = (folder.join("report.json"), folder.join("link.json"));
    fs::write(&file, "the old one\n")?;
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640))?;
    symlink(&file, &link)?;
    let output = check(&[QUICK, &[format!("--report=json={}", link.display()).as_str()]].concat());
    assert_eq!(output.exit, 0, "{output:?}");
    assert!(link.is_symlink());
    let json: serde_json::Value = serde_json::from_str(&fs::read_to_string(&file)?)?;
    assert_eq!(json["format"], 1);
    assert_eq!(fs::metadata(&file)?.permissions().mode() & 0o777, 0o640);
    Ok(())
}

fn devices() -> Result<(), Failed> {
    let output = check(&[QUICK, &["--report=json=/dev/full"]].concat());
    assert_eq!(output.exit, 4, "{output:?}");
    assert!(
        output.stderr.contains("keyproof: cannot write /dev/full: No space left"),
        "{output:?}"
    );
    let pipe = folder("devices").join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status()?.success());
    let reader = {
        let pipe = pipe.clone();
        std::thread::spawn(move || fs::read_to_string(pipe))
    };
    let output = check(&[QUICK, &[format!("--report=json={}", pipe.display()).as_str()]].concat());
    assert_eq!(output.exit, 0, "{output:?}");
    let json: serde_json::Value = serde_json::from_str(&reader.join().unwrap()?)?;
    assert_eq!(json["format"], 1);
    Ok(())
}

fn standard_output() -> Result<(), Failed> {
    let file = folder("standard_output").join("out");
    fs::write(&file, "before\n")?;
    let out = fs::OpenOptions::new().append(true).open(&file)?;
    let arguments = [&["check"], QUICK, &["--report=json=/dev/stdout"]].concat();
    let status = keyproof(&arguments, &[]).stdout(out).status()?;
    assert!(status.success());
    let text = fs::read_to_string(&file)?;
    assert!(text.starts_with("before\nkeyproof: embedded mock, "), "{text}");
    assert!(text.contains("\nembedded mock: "), "{text}");
    assert!(text.trim_end().ends_with('}'), "{text}");
    Ok(())
}
