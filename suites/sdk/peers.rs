//! `keyproof sdk --peer`: real processes that are compared with each other.

use std::fs;
use std::path::{Path, PathBuf};

use keyproof::adapter::{AdapterReply, Launcher, Pace, Request, Session};
use keyproof::vectors::Corpus;
use libtest_mimic::Failed;
use serde_json::Value;

use super::bench::{heard, keyproof, pads, process};
use super::shipped;
use crate::support::{Trial, snapshot};

pub(crate) fn trials() -> Vec<Trial> {
    let missing = shipped::missing();
    let matrix = if missing.is_empty() {
        Trial::test("peers/all_that_ship_read_each_other", shipped_matrix)
    } else {
        let why = format!("ignored: there is no {}", missing.join(", no "));
        let name = format!("peers/all_that_ship_read_each_other, {why}");
        Trial::test(name, || Ok(())).with_ignored_flag(true)
    };
    vec![
        matrix,
        Trial::test("peers/the_odd_one_out_is_named", odd_one_out),
        Trial::test("peers/the_judged_one_may_be_the_odd_one", judged),
        Trial::test("peers/the_majority_may_be_wrong", several),
        Trial::test("peers/all_of_them_differ", all),
        Trial::test("peers/each_bug_shows_in_its_column", columns),
        Trial::test("peers/disagreements_are_vectors_that_tell", vectors),
        Trial::test("peers/without_disagreement_there_is_no_file", no_vectors),
        Trial::test("peers/a_peer_may_lack_operations", lacking),
        Trial::test("peers/trouble_of_a_peer_is_not_the_adapters", broken),
        Trial::test("peers/one_shot_is_for_all", one_shot),
        Trial::test("peers/without_peers_it_is_not_observable", not_observable),
        Trial::test("peers/exit_2_for_names_and_files_that_are_none", refused),
        Trial::test("peers/exit_2_for_a_file_that_is_there", existing),
        Trial::test("peers/exit_4_without_hello_names_the_peer", no_hello),
    ]
}

/// Commands of peers in a folder of a test's own.
struct Bench(PathBuf);

impl Bench {
    fn new(name: &str) -> Self {
        let name = format!("peers-{name}-{}", std::process::id());
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn with(self, name: &str, command: &[&str]) -> Self {
        self.holding(name, &Value::from(command.to_vec()).to_string())
    }

    /// The reference adapter, with options of its own.
    fn reference(self, name: &str, options: &[&str]) -> Self {
        self.with(name, &[&[keyproof(), "adapter"], options].concat())
    }

    fn holding(self, name: &str, text: &str) -> Self {
        fs::write(self.0.join(format!("{name}.json")), text).unwrap();
        self
    }

    /// What comes of a comparison in that folder: exit code, both outputs.
    fn run(&self, options: &[&str], peers: &[&str], command: &[&str]) -> (i32, String, String) {
        let mut sdk = process();
        sdk.current_dir(&self.0).arg("sdk").args(options);
        for peer in peers {
            sdk.args(["--peer", &format!("{peer}={peer}.json")]);
        }
        heard(sdk.arg("--").args(command))
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

const PROOFS: &[&str] = &["--run", "sdk/peers/proof"];
const ALL: &[&str] = &["--run", "sdk/peers/*"];
const RIGHT: &[&str] = &[keyproof(), "adapter"];

/// The table behind a run.
fn table(stdout: &str) -> &str {
    let start = stdout.find("a row is who").unwrap();
    let length = stdout[start..].find("\n\n").unwrap();
    &stdout[start..start + length]
}

/// The first line of what the case says.
fn expected<'o>(stdout: &'o str, case: &str) -> &'o str {
    let start = format!("✗ fail {case}: ");
    let mut lines = stdout.lines();
    let line = lines.find_map(|line| line.strip_prefix(&start));
    line.unwrap_or_else(|| panic!("{case} has not failed: {stdout}"))
}

fn shipped_matrix() -> Result<(), Failed> {
    let mut bench = Bench::new("shipped");
    let mut names = Vec::new();
    for (language, command) in shipped::commands()? {
        let command: Vec<&str> = command.iter().map(String::as_str).collect();
        bench = bench.with(language, &command);
        names.push(language);
    }
    let (exit, stdout, stderr) = bench.run(ALL, &names, RIGHT);
    assert_eq!((exit, stderr.as_str()), (0, ""), "{stdout}");
    snapshot("peers_shipped", table(&stdout));
    Ok(())
}

const NUL_PADDED: &str = "the proof is a wrong one: this is the proof of the key padded with NUL \
                          bytes: pad with the character 0, 0x30";

fn odd_one_out() -> Result<(), Failed> {
    let bench = Bench::new("odd").reference("one", &[]);
    let bench = bench.reference("other", &["--bug", "proof-nul-padded"]);
    let (exit, stdout, stderr) = bench.run(PROOFS, &["one", "other"], RIGHT);
    assert_eq!(exit, 1, "{stdout}");
    assert_eq!(
        stderr,
        "keyproof: the disagreements make 1 vector: --new-vectors FILE writes them\n"
    );
    let (_, report) = stdout.split_once('\n').ok_or("no first line")?;
    let report = report.replace(keyproof(), "keyproof");
    let (report, summary) = report.split_once("\n1 case in ").ok_or("no summary")?;
    snapshot("peers_odd_one_out", report.trim());
    let title = "keyproof-rust 0.1.0 with peers one, other: not conformant: 0 of 27 MUSTs held";
    assert!(summary.contains(title), "{summary}");
    Ok(())
}

fn judged() -> Result<(), Failed> {
    let bench = Bench::new("judged").reference("one", &[]);
    let bench = bench.reference("other", &[]);
    let wrong = [RIGHT, &["--bug", "proof-nul-padded"]].concat();
    let (exit, stdout, _) = bench.run(PROOFS, &["one", "other"], &wrong);
    assert_eq!(exit, 1, "{stdout}");
    let what = format!("keyproof-rust is the odd one out, {NUL_PADDED}");
    assert_eq!(expected(&stdout, "sdk/peers/proof"), what);
    Ok(())
}

fn several() -> Result<(), Failed> {
    let bench = Bench::new("several").reference("one", &["--bug", "proof-nul-padded"]);
    let bench = bench.reference("other", &["--bug", "proof-nul-padded"]);
    let (exit, stdout, _) = bench.run(PROOFS, &["one", "other"], RIGHT);
    assert_eq!(exit, 1, "{stdout}");
    // They are the majority, and wrong all the same.
    let what = format!("one and other differ from keyproof, {NUL_PADDED}");
    assert_eq!(expected(&stdout, "sdk/peers/proof"), what);
    snapshot("peers_several", table(&stdout));
    Ok(())
}

fn all() -> Result<(), Failed> {
    let bench = Bench::new("all").reference("one", &["--bug", "proof-nul-padded"]);
    let wrong = [RIGHT, &["--bug", "proof-nul-padded"]].concat();
    let (exit, stdout, _) = bench.run(PROOFS, &["one"], &wrong);
    assert_eq!(exit, 1, "{stdout}");
    let what = format!("all of them differ from keyproof, {NUL_PADDED}");
    assert_eq!(expected(&stdout, "sdk/peers/proof"), what);
    Ok(())
}

/// What the peer makes others can't read, or the other way round.
fn columns() -> Result<(), Failed> {
    let bugs = [
        ("pad-key-space-padded", "k"),
        ("data-key-sha-1", "d"),
        ("blob-tag-before-ciphertext", "bo"),
        ("verify-always-false", "g"),
        ("generate-wrong-proof", "g"),
        ("drops-final-newline", "bo"),
    ];
    for (bug, letters) in bugs {
        let bench = Bench::new(bug).reference("peer", &["--bug", bug]);
        let (exit, stdout, _) = bench.run(ALL, &["peer"], RIGHT);
        assert_eq!(exit, 1, "{bug}: {stdout}");
        let rows: Vec<&str> = table(&stdout).lines().skip(2).take(2).collect();
        let cells = |row: &str| -> String {
            let cells = row.split_whitespace().skip(1).take(2);
            cells.filter(|cell| *cell != "ok").collect()
        };
        let wrong: String = rows.into_iter().map(cells).collect();
        for letter in letters.chars() {
            assert!(wrong.contains(letter), "{bug}: {stdout}");
        }
        assert!(wrong.chars().all(|one| letters.contains(one)), "{bug}: {stdout}");
    }
    Ok(())
}

/// Each vector is answered wrongly by who was the odd one out, and by nobody else.
fn vectors() -> Result<(), Failed> {
    let bench = Bench::new("vectors");
    for (bug, cases, ids) in [
        (
            "proof-cut-by-characters",
            "sdk/peers/proof",
            &["key_proof/disagreement-derive-key-proof"][..],
        ),
        (
            "verify-always-false",
            "sdk/peers/generated-proof",
            &["key_proof/disagreement-verify-key-proof"],
        ),
        (
            "blob-tag-before-ciphertext",
            "sdk/peers/*blob",
            &[
                "blob_seal/disagreement-encrypt",
                "blob_open/disagreement-decrypt",
                "legacy_cipher/disagreement-decrypt-with-project-key",
                "legacy_cipher/disagreement-encrypt-with-project-key",
            ],
        ),
    ] {
        fs::write(
            bench.0.join("peer.json"),
            Value::from([RIGHT, &["--bug", bug]].concat()).to_string(),
        )?;
        let file = format!("{bug}-vectors.json");
        let options = ["--run", cases, "--new-vectors", &file];
        let (exit, stdout, stderr) = bench.run(&options, &["peer"], RIGHT);
        assert_eq!(exit, 1, "{stdout}");
        let count = match ids.len() {
            1 => "1 vector".to_owned(),
            count => format!("{count} vectors"),
        };
        assert_eq!(stderr, format!("keyproof: {file}: wrote {count}\n"));
        let path = bench.0.join(&file);
        let text = fs::read_to_string(&path)?;
        assert!(text.is_ascii());
        let mut verify = process();
        let (exit, printed, _) = heard(verify.args(["vectors", "verify"]).arg(&path));
        assert_eq!(exit, 0, "{printed}");
        let corpus = Corpus::parse(&text)?;
        let found: Vec<&str> = corpus.vectors().map(|vector| vector.id.as_str()).collect();
        let mut wanted = ids.to_vec();
        let mut sorted = found.clone();
        wanted.sort_unstable();
        sorted.sort_unstable();
        assert_eq!(sorted, wanted);
        for vector in corpus.vectors().filter(|vector| !vector.call.seals()) {
            let right = answer(&[], &Request::of(&vector.call))?;
            let wrong = answer(&["--bug", bug], &Request::of(&vector.call))?;
            let expected = vector.expected.answer().ok_or("no answer")?;
            assert_eq!(right, Some(serde_json::to_value(expected)?), "{}", vector.id);
            assert_ne!(wrong, right, "{}", vector.id);
        }
    }
    Ok(())
}

/// The reference adapter's answer. None if it refuses.
fn answer(options: &[&str], request: &Request) -> Result<Option<Value>, Failed> {
    let runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = { runtime }.enable_all().build()?;
    runtime.block_on(async {
        let command = [RIGHT, options].concat();
        let launcher = Launcher {
            keyproof: keyproof().into(),
            command: command.into_iter().map(Into::into).collect(),
        };
        let session = Session::start(launcher, false, Pace::default()).await?;
        let reply = session.ask("peers", request).await?;
        session.close().await;
        Ok(match reply {
            AdapterReply::Ok(members) => Some(Value::Object(members)),
            _ => None,
        })
    })
}

fn no_vectors() -> Result<(), Failed> {
    let bench = Bench::new("none").reference("peer", &[]);
    let options = ["--run", "sdk/peers/padded-key", "--new-vectors", "new.json"];
    let (exit, stdout, stderr) = bench.run(&options, &["peer"], RIGHT);
    assert_eq!(exit, 0, "{stdout}");
    assert_eq!(stderr, "keyproof: new.json is not written: there is no disagreement\n");
    assert!(!bench.0.join("new.json").exists());
    Ok(())
}

fn lacking() -> Result<(), Failed> {
    let command = pads(r#"key.ljust(32, b"0")[:32]"#);
    let command: Vec<&str> = command.iter().map(String::as_str).collect();
    let bench = Bench::new("lacking").with("pads", &command);
    let (exit, stdout, _) = bench.run(ALL, &["pads"], RIGHT);
    assert_eq!(exit, 0, "{stdout}");
    snapshot("peers_lacking", table(&stdout));
    let expected = "not-applicable  sdk/peers/blob: no peer has encrypt";
    assert!(stdout.contains(expected), "{stdout}");
    Ok(())
}

fn broken() -> Result<(), Failed> {
    let command = pads("key / 0");
    let command: Vec<&str> = command.iter().map(String::as_str).collect();
    let bench = Bench::new("broken").with("peer", &command);
    let options = ["--run", "sdk/peers/padded-key"];
    let (exit, stdout, _) = bench.run(&options, &["peer"], RIGHT);
    assert_eq!(exit, 3, "{stdout}");
    let expected = "could-not-run  sdk/peers/padded-key: peer peer: the adapter broke the protocol: it \
                ended before it had replied";
    assert!(stdout.contains(expected), "{stdout}");
    Ok(())
}

fn one_shot() -> Result<(), Failed> {
    let bench = Bench::new("one-shot").reference("peer", &["--bug", "pad-key-nul-padded"]);
    let options = ["--one-shot", "--run", "sdk/peers/padded-key"];
    let (exit, stdout, _) = bench.run(&options, &["peer"], RIGHT);
    assert_eq!(exit, 1, "{stdout}");
    let what = expected(&stdout, "sdk/peers/padded-key");
    assert!(what.starts_with("peer is the odd one out, "), "{what}");
    let again = "run again    keyproof sdk --one-shot --run sdk/peers/padded-key --exact --peer \
                 peer=peer.json --seed 0 -- ";
    assert!(stdout.contains(again), "{stdout}");
    Ok(())
}

fn not_observable() -> Result<(), Failed> {
    let bench = Bench::new("without");
    let options = ["--run", "sdk/peers/*", "--run", "sdk/vectors/pad_key/*"];
    let (exit, stdout, _) = bench.run(&options, &[], RIGHT);
    assert_eq!(exit, 0, "{stdout}");
    for expected in [
        "1 not observed (needs: peers 1)",
        "peers (6 cases): --peer NAME=FILE, the command of another implementation's adapter",
    ] {
        assert!(stdout.contains(expected), "{stdout}");
    }
    Ok(())
}

fn refused() -> Result<(), Failed> {
    let bench = Bench::new("refused")
        .reference("right", &[])
        .holding("text", "php adapter.php")
        .holding("numbers", "[\"php\", 1]")
        .holding("empty", "[]")
        .holding("nameless", "[\"\"]");
    for (peers, expected) in [
        (&["right"][..], "give NAME=FILE, for example php=php.json"),
        (&["=right.json"], "a peer's name has 1 to 20 letters, digits"),
        (&["ri ght=right.json"], "a peer's name has 1 to 20 letters, digits"),
        (&["right="], "give NAME=FILE, for example php=php.json"),
        (
            &["a=right.json", "a=right.json"],
            "--peer a=right.json: there is a peer a already: give it another name",
        ),
        (
            &["keyproof-rust=right.json"],
            "--peer keyproof-rust=right.json: that is what the adapter calls itself",
        ),
        (&["a=none.json"], "the command of peer a cannot be read from none.json: No such file"),
        (
            &["a=text.json"],
            "text.json: expected value at line 1 column 1: peer a needs a JSON array",
        ),
        (&["a=numbers.json"], "numbers.json: invalid type: integer `1`, expected a string"),
        (&["a=empty.json"], "empty.json: there is no command in it: peer a needs a JSON array"),
        (&["a=nameless.json"], "nameless.json: there is no command in it: peer a needs"),
    ] {
        let mut sdk = process();
        sdk.current_dir(&bench.0).args(["sdk", "--run", "sdk/peers/proof"]);
        for peer in peers {
            sdk.args(["--peer", peer]);
        }
        let (exit, stdout, stderr) = heard(sdk.arg("--").args(RIGHT));
        assert_eq!((exit, stdout.as_str()), (2, ""), "{peers:?}: {stderr}");
        assert!(stderr.contains(expected), "{peers:?}: {stderr}");
    }
    for arguments in [
        &["--new-vectors", "new.json"][..],
        &["--list", "--peer", "a=right.json", "--new-vectors", "new.json"],
        &["--doctor", "--peer", "a=right.json"],
    ] {
        let (exit, _, stderr) = bench.run(arguments, &[], RIGHT);
        assert_eq!(exit, 2, "{arguments:?}: {stderr}");
    }
    Ok(())
}

fn existing() -> Result<(), Failed> {
    let bench = Bench::new("existing").reference("peer", &["--bug", "proof-nul-padded"]);
    let bench = bench.holding("kept", "mine");
    let options = ["--run", "sdk/peers/proof", "--new-vectors", "kept.json"];
    let (exit, stdout, stderr) = bench.run(&options, &["peer"], RIGHT);
    assert_eq!((exit, stdout.as_str()), (2, ""));
    assert_eq!(
        stderr,
        "keyproof: --new-vectors: kept.json is there already: give a new name, or move it away\n"
    );
    assert_eq!(fs::read_to_string(bench.0.join("kept.json"))?, "mine");
    Ok(())
}

fn no_hello() -> Result<(), Failed> {
    let bench = Bench::new("no-hello").with("quiet", &["sh", "-c", "echo no module >&2; exit 7"]);
    let (exit, stdout, stderr) = bench.run(PROOFS, &["quiet"], RIGHT);
    assert_eq!((exit, stdout.as_str()), (4, ""));
    let expected = "keyproof: peer quiet: the adapter never said hello: it ended before it had replied: \
                exit code 7\n  its standard error: no module\n  \
                what is wrong, step by step: keyproof sdk --doctor with its command\n";
    assert_eq!(stderr, expected);
    let other =
        r#"read line; echo '{"id":1,"ok":{"protocol":2,"name":"a","version":"1","ops":[]}}'"#;
    let bench = Bench::new("other").with("newer", &["sh", "-c", other]);
    let (exit, _, stderr) = bench.run(PROOFS, &["newer"], RIGHT);
    assert_eq!(exit, 2);
    assert_eq!(
        stderr,
        "keyproof: peer newer: the adapter speaks protocol 2, and this keyproof speaks 1\n"
    );
    Ok(())
}
