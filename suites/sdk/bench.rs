//! Runs cases of the sdk suite in process, against an adapter that is one of its own.

use std::process::Command;
use std::time::Duration;

use jiff::Timestamp;
use keyproof::adapter::{Launcher, Pace, Session};
use keyproof::harness::report::{Report, Text};
use keyproof::harness::{Conclusion, Outcome, Redactor};
use keyproof::suite::sdk::Peer;
use keyproof::suite::sdk::selftest::conclude;

pub(crate) const fn keyproof() -> &'static str {
    env!("CARGO_BIN_EXE_keyproof")
}

/// A process of this build, which keeps its state among the tests' own files.
pub(crate) fn process() -> Command {
    let mut process = Command::new(keyproof());
    process.env("XDG_STATE_HOME", concat!(env!("CARGO_TARGET_TMPDIR"), "/sdk-state"));
    process
}

/// What a process ended with: its exit code, standard output and standard error.
pub(crate) fn heard(command: &mut Command) -> (i32, String, String) {
    let output = command.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let exit = output.status.code().unwrap_or(-1);
    (exit, text(&output.stdout), text(&output.stderr))
}

/// An adapter that has `pad_key` only, and makes it by a Python expression of `key`, which is bytes.
pub(crate) fn pads(expression: &str) -> [String; 3] {
    let script = format!(
        r#"
import base64, json, sys
for line in sys.stdin.buffer:
    request = json.loads(line)
    if request["op"] == "hello":
        ok = {{"protocol": 1, "name": "pads", "version": "1", "ops": ["pad_key"]}}
    else:
        key = request["params"]["key"].encode()
        ok = {{"padded_key": base64.b64encode({expression}).decode()}}
    print(json.dumps({{"id": request["id"], "ok": ok}}), flush=True)
"#
    );
    ["python3".to_owned(), "-c".to_owned(), script]
}

/// A run of some cases.
pub(crate) struct Ran {
    pub(crate) conclusion: Conclusion,
    redactor: Redactor,
}

/// Runs the cases that the globs select, all without any, beside the reference adapter.
pub(crate) fn run(command: Vec<String>, globs: &[String]) -> Ran {
    let runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = { runtime }.enable_all().build().unwrap();
    runtime.block_on(async {
        let session = start(command).await;
        let peer = Peer {
            name: "reference".to_owned(),
            session: start(vec![keyproof().to_owned(), "adapter".to_owned()]).await,
        };
        let redactor = Redactor::new(&[]);
        let stop = std::future::pending();
        let conclusion = conclude(session, vec![peer], &redactor, globs, stop).await;
        let conclusion = conclusion.unwrap();
        Ran { conclusion, redactor }
    })
}

async fn start(command: Vec<String>) -> Session {
    let launcher = Launcher {
        keyproof: keyproof().into(),
        command: command.into_iter().map(Into::into).collect(),
    };
    // Of the derivations none is slow: whatever takes 3 s will never be answered.
    let pace = Pace::with_floor(Duration::from_secs(3));
    Session::start(launcher, false, pace).await.unwrap()
}

impl Ran {
    pub(crate) fn outcome(&self, id: &str) -> &Outcome {
        self.conclusion.outcome(id).unwrap()
    }

    pub(crate) fn explain(&self, outcome: &Outcome) -> String {
        let report = Report {
            target: "adapter",
            seed: 0,
            started: Timestamp::UNIX_EPOCH,
            took: Duration::ZERO,
            conclusion: &self.conclusion,
            coda: "",
            annex: "",
            redactor: &self.redactor,
            rerun: &|id| format!("cargo test --test all -- --exact sdk::{id}"),
        };
        Text::default().explain(&report, outcome)
    }
}
