//! `keyproof sdk --snapshots`: real processes, and the file that they leave.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use keyproof::suite::sdk::snapshot::{Recorded, Snapshot, file_name};
use keyproof::vectors::{Call, embedded};
use libtest_mimic::Failed;
use serde_json::Value;

use super::bench::{heard, keyproof, process};
use crate::support::Trial;

/// Cases that are quick; what is recorded is the same with any.
const QUICK: &str = "sdk/vectors/pad_key/length-*";

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        Trial::test("snapshots/the_first_record_is_complete", first),
        Trial::test("snapshots/the_same_again_is_silent", again),
        Trial::test("snapshots/a_bug_makes_exactly_its_changes", changed),
        Trial::test("snapshots/an_upgrade_without_changes_is_told", upgraded),
        Trial::test("snapshots/what_was_sealed_wrongly_is_no_noise", sealed),
        Trial::test("snapshots/exit_2_for_a_file_that_is_none", damaged),
        Trial::test("snapshots/exit_3_without_all_answers", unanswered),
        Trial::test("snapshots/exit_4_without_a_directory", no_directory),
        Trial::test("snapshots/exit_4_if_it_cannot_be_written", unwritable),
        Trial::test("snapshots/exit_2_with_what_runs_nothing", combinations),
        Trial::test("snapshots/hostile_texts_are_escaped_and_cut", hostile),
        Trial::test("snapshots/file_names_are_safe", names),
    ]
}

/// A directory of a test's own, not made yet.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let name = format!("snapshots-{name}-{}", std::process::id());
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_dir_all(&path);
        Self(path)
    }

    fn file(&self) -> PathBuf {
        self.0.join("keyproof-rust.json")
    }

    /// The file's text, and that nothing else is there.
    fn text(&self) -> String {
        let entries: Vec<_> =
            fs::read_dir(&self.0).unwrap().map(|one| one.unwrap().path()).collect();
        assert_eq!(entries, [self.file()]);
        fs::read_to_string(self.file()).unwrap()
    }

    /// Makes it, with a file that was there before.
    fn with(self, text: &str) -> Self {
        fs::create_dir_all(&self.0).unwrap();
        fs::write(self.file(), text).unwrap();
        self
    }

    /// What comes of the reference adapter with these options of its own: exit code, both outputs.
    fn record(&self, adapter: &[&str]) -> (i32, String, String) {
        let command = [&[keyproof(), "adapter"], adapter].concat();
        self.sdk(&[], &command)
    }

    fn sdk(&self, options: &[&str], command: &[&str]) -> (i32, String, String) {
        let mut sdk = process();
        sdk.args(["sdk", "--run", QUICK, "--snapshots"]).arg(&self.0);
        heard(sdk.args(options).arg("--").args(command))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
        let _ = fs::remove_file(&self.0);
    }
}

fn parsed(text: &str) -> Snapshot {
    Snapshot::parse(text.as_bytes()).unwrap()
}

/// Text of the reference adapter's snapshot.
fn recorded() -> String {
    static TEXT: std::sync::LazyLock<String> = std::sync::LazyLock::new(|| {
        let folder = Folder::new("recorded");
        assert_eq!(folder.record(&[]).0, 0);
        folder.text()
    });
    TEXT.clone()
}

fn first() -> Result<(), Failed> {
    let mut folder = Folder::new("first");
    let root = folder.0.clone();
    folder.0 = root.join("deep");
    let (exit, stdout, stderr) = folder.record(&[]);
    let text = folder.text();
    fs::remove_dir_all(&root)?;
    assert_eq!(exit, 0, "{stderr}");
    assert!(stdout.ends_with("operations judged: pad_key\n"), "{stdout}");
    let snapshot = parsed(&text);
    let count = snapshot.answers.len();
    let expected = format!(
        "keyproof: {}: recorded {count} texts of keyproof-rust {}\n",
        folder.file().display(),
        env!("CARGO_PKG_VERSION")
    );
    assert_eq!(stderr, expected);
    let vectors = embedded().unwrap().vectors();
    let wanted: Vec<_> = vectors
        .filter(|vector| match vector.call {
            Call::Encrypt(_) | Call::EncryptWithProjectKey(_) => vector.expected.answer().is_none(),
            _ => true,
        })
        .collect();
    assert_eq!(count, wanted.len());
    for vector in wanted {
        let found = match (&snapshot.answers[&vector.id], vector.expected.answer()) {
            (Recorded::Ok(members), Some(_)) => members.contains_key(vector.call.answer_member()),
            (Recorded::Reject(class), _) => {
                vector.expected.class().map(|class| class.name()) == Some(class)
            }
            _ => false,
        };
        assert!(found, "{}", vector.id);
    }
    // One vector a line, sorted, and JSON that any tool reads.
    let lines: Vec<_> = text.lines().filter(|line| line.starts_with("    ")).collect();
    assert_eq!(lines.len(), count);
    assert!(text.contains("\n    \"legacy_cipher/seal-empty-key\": {\"reject\":\"empty_key\"},\n"));
    let document: Value = serde_json::from_str(&text)?;
    assert_eq!(document["format"], 1);
    assert_eq!(document["language"], "rust");
    let ids: Vec<_> = document["answers"].as_object().unwrap().keys().collect();
    assert!(ids.is_sorted());
    Ok(())
}

fn again() -> Result<(), Failed> {
    let before = recorded();
    let folder = Folder::new("again").with(&before);
    for options in [&[][..], &["--one-shot", "--run", "sdk/vectors/pad_key/empty"]] {
        let (exit, _, stderr) = folder.sdk(options, &[keyproof(), "adapter"]);
        assert_eq!((exit, stderr.as_str()), (0, ""), "{options:?}");
        assert_eq!(folder.text(), before);
    }
    Ok(())
}

/// The run's own cases hold: the verdict is theirs.
fn changed() -> Result<(), Failed> {
    let before = recorded();
    let folder = Folder::new("changed").with(&before);
    let (exit, _, stderr) = folder.record(&["--bug", "data-key-salt-as-text"]);
    assert_eq!(exit, 0, "{stderr}");
    let after = folder.text();
    let (old, new) = (parsed(&before), parsed(&after));
    let differing: Vec<_> = before
        .lines()
        .zip(after.lines())
        .filter(|(one, other)| one != other)
        .map(|(one, _)| one.trim().split('"').nth(1).unwrap())
        .collect();
    let listed: Vec<_> =
        stderr.lines().skip(1).map(|line| line.trim().split(": ").next().unwrap()).collect();
    assert_eq!(listed, differing);
    assert!(!listed.is_empty());
    assert!(listed.iter().all(|id| id.starts_with("data_key/")));
    let count = listed.len();
    let expected = format!(
        "keyproof: {}: {count} texts changed since keyproof-rust {}:\n",
        folder.file().display(),
        env!("CARGO_PKG_VERSION")
    );
    assert!(stderr.starts_with(&expected), "{stderr}");
    for id in listed {
        let (one, other) = (&old.answers[id], &new.answers[id]);
        let line = format!("\n  {id}: {one} → {other}\n");
        assert!(stderr.contains(&line), "{line}{stderr}");
    }
    Ok(())
}

fn upgraded() -> Result<(), Failed> {
    let text = recorded();
    let version = format!("\"version\": \"{}\"", env!("CARGO_PKG_VERSION"));
    assert!(text.contains(&version));
    let folder = Folder::new("upgraded").with(&text.replace(&version, "\"version\": \"0.0.9\""));
    let (exit, _, stderr) = folder.record(&[]);
    assert_eq!(exit, 0);
    assert!(stderr.ends_with(": no text changed since keyproof-rust 0.0.9\n"), "{stderr}");
    assert_eq!(folder.text(), text);
    Ok(())
}

/// Who seals where it has to refuse gives another blob each time.
fn sealed() -> Result<(), Failed> {
    let folder = Folder::new("sealed").with(&recorded());
    let bug = ["--bug", "accepts-empty-key"];
    let (exit, _, stderr) = folder.record(&bug);
    assert_eq!(exit, 0, "{stderr}");
    let expected = "\n  legacy_cipher/seal-empty-key: reject empty_key → ok, a blob\n";
    assert!(stderr.contains(expected), "{stderr}");
    let before = folder.text();
    assert_eq!(folder.record(&bug).2, "");
    assert_eq!(folder.text(), before);
    Ok(())
}

fn damaged() -> Result<(), Failed> {
    let whole = recorded();
    let conflict = whole.replace("  \"answers\"", "<<<<<<< ours\n  \"answers\"");
    let newer = "{\"format\": 2, \"everything\": \"else\"}";
    let other = whole.replace("\"keyproof-rust\"", "\"keyproof/rust\"");
    for (text, expected) in [
        ("", "it is no snapshot: "),
        (&whole[..whole.len() / 2], "it is no snapshot: "),
        (&conflict, "restore it from version control, or remove it to record it anew"),
        (
            newer,
            "it is of format 2, and this keyproof reads format 1: use the keyproof that wrote it",
        ),
        (&other, "it is of keyproof/rust, and the adapter is keyproof-rust: use another directory"),
    ] {
        let folder = Folder::new("damaged").with(text);
        let (exit, stdout, stderr) = folder.record(&[]);
        assert_eq!((exit, stdout.as_str()), (2, ""), "{stderr}");
        let start = format!("keyproof: --snapshots: {}: ", folder.file().display());
        assert!(stderr.starts_with(&start), "{stderr}");
        assert!(stderr.contains(expected), "{stderr}");
        assert_eq!(folder.text(), text);
    }
    Ok(())
}

/// A vector that is not among the cases breaks it: the report says nothing of it.
fn unanswered() -> Result<(), Failed> {
    let folder = Folder::new("unanswered");
    let adapter = [keyproof(), "adapter", "--bug", "crashes-on-long-key"];
    let skip = ["--skip", "sdk/vectors/pad_key/length-200"];
    let why = "no answer to pad_key/length-200: the adapter broke the protocol: it ended before";
    let (exit, stdout, stderr) = folder.sdk(&skip, &adapter);
    assert_eq!(exit, 3, "{stdout}{stderr}");
    assert!(stdout.contains("✓ held"), "{stdout}");
    let expected = format!("{} is not written: {why}", folder.file().display());
    assert!(stderr.contains(&expected), "{stderr}");
    assert_eq!(fs::read_dir(&folder.0)?.count(), 0);
    let before = recorded();
    let folder = folder.with(&before);
    let (exit, _, stderr) = folder.sdk(&skip, &adapter);
    assert_eq!(exit, 3, "{stderr}");
    let expected = format!("{} is left as it was: {why}", folder.file().display());
    assert!(stderr.contains(&expected), "{stderr}");
    assert_eq!(folder.text(), before);
    Ok(())
}

fn no_directory() -> Result<(), Failed> {
    let folder = Folder::new("no-directory");
    fs::write(&folder.0, "a file")?;
    let (exit, stdout, stderr) = folder.record(&[]);
    assert_eq!((exit, stdout.as_str()), (4, ""), "{stderr}");
    let expected =
        format!("keyproof: --snapshots: the directory {} cannot be made: ", folder.0.display());
    assert!(stderr.starts_with(&expected), "{stderr}");
    assert_eq!(fs::read_to_string(&folder.0)?, "a file");
    Ok(())
}

/// The adapter takes the directory away; who may write anywhere can't in one that is not there.
fn unwritable() -> Result<(), Failed> {
    let folder = Folder::new("unwritable");
    let script = format!("rmdir '{}' 2>/dev/null; exec {} adapter", folder.0.display(), keyproof());
    let (exit, stdout, stderr) = folder.sdk(&[], &["sh", "-c", &script]);
    assert_eq!(exit, 4, "{stderr}");
    assert!(stdout.contains("✓ held"), "{stdout}");
    let expected = format!("{} cannot be written: ", folder.file().display());
    assert!(stderr.contains(&expected), "{stderr}");
    Ok(())
}

fn combinations() -> Result<(), Failed> {
    let folder = Folder::new("combinations");
    for options in [&["--list"][..], &["--init", "php"]] {
        let (exit, stdout, stderr) = folder.sdk(options, &[keyproof(), "adapter"]);
        assert_eq!((exit, stdout.as_str()), (2, ""), "{options:?}");
        assert!(stderr.contains("cannot be used with"), "{stderr}");
    }
    assert!(!folder.0.exists());
    Ok(())
}

/// Long texts that differ at their ends, and a name that no terminal should see.
fn hostile() -> Result<(), Failed> {
    let folder = Folder::new("hostile");
    fs::create_dir_all(&folder.0)?;
    let script = folder.0.join("adapter.sh");
    let adapter = r#"#!/bin/sh
        long=$(printf '%0500d' 0)
        while read -r line; do
            id=$(printf %s "$line" | sed 's/^{"id":\([0-9]*\).*/\1/')
            case "$line" in
                *'"op":"hello"'*) echo '{"id":'$id',"ok":{"protocol":1,"name":"../a\u001b[2J","version":"1","ops":["pad_key"]}}' ;;
                *) echo '{"id":'$id',"ok":{"padded_key":"'$long"$END"'\u001b[2J"}}' ;;
            esac
        done
"#;
    fs::write(&script, adapter)?;
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755))?;
    let script = script.to_str().unwrap();
    let record = |end: &str| {
        let end = format!("END={end}");
        folder.sdk(&[], &["env", &end, script])
    };
    let (exit, _, stderr) = record("x");
    assert_eq!(exit, 1, "{stderr}");
    assert!(stderr.ends_with("of ../a\\u{1b}[2J 1\n"), "{stderr}");
    assert!(folder.0.join("-.-a--2J.json").is_file());
    let (_, _, stderr) = record("y");
    let common = "0".repeat(20);
    let line = format!("\n  pad_key/empty: …{common}x\\u001b[2J\" → …{common}y\\u001b[2J\"\n");
    assert!(stderr.contains(&line), "{stderr}");
    assert!(!stderr.contains('\u{1b}'), "{stderr:?}");
    Ok(())
}

fn names() -> Result<(), Failed> {
    for (name, file) in [
        ("keyproof-rust", "keyproof-rust.json"),
        ("dotenv/php-sdk", "dotenv-php-sdk.json"),
        ("", "-.json"),
        ("..", "-..json"),
        ("ключ", "----.json"),
    ] {
        assert_eq!(file_name(name), file);
    }
    assert_eq!(file_name(&"a".repeat(1000)).len(), 105);
    Ok(())
}
