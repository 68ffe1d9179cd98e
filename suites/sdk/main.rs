//! The cases of `keyproof sdk` under `cargo test`, one trial each, and the proof that they can fail.
//!
//! `KEYPROOF_TEST_ADAPTER`, a JSON array of a command and its arguments, aims the cases at another
//! adapter than the reference adapter.
#![allow(
    clippy::unwrap_used,
    reason = "a test that can't go on has failed, and says where"
)]

mod bench;
mod bugs;
mod client;
mod doctor;
mod expectations;
mod guide;
mod peers;
mod process;
mod selftest;
mod shipped;
mod snapshots;

use std::process::ExitCode;
use std::sync::OnceLock;

use keyproof::harness::Verdict;
use keyproof::suite::sdk;
use libtest_mimic::{Arguments, Failed, Trial};

use self::bench::{Ran, keyproof, run};

const VARIABLE: &str = "KEYPROOF_TEST_ADAPTER";

fn main() -> ExitCode {
    let command = match std::env::var(VARIABLE) {
        Err(_) => vec![keyproof().to_owned(), "adapter".to_owned()],
        Ok(json) => match serde_json::from_str(&json) {
            Ok(command) => command,
            Err(error) => {
                eprintln!("{VARIABLE} is no JSON array of texts: {error}");
                return ExitCode::FAILURE;
            }
        },
    };
    let mut trials: Vec<Trial> = Vec::new();
    for case in sdk::cases().unwrap() {
        let command = command.clone();
        trials.push(Trial::test(case.id, move || passes(case.id, command)));
    }
    trials.extend(bugs::trials());
    trials.extend(client::trials());
    trials.extend(doctor::trials());
    trials.extend(expectations::trials());
    trials.extend(peers::trials());
    trials.extend(process::trials());
    trials.extend(selftest::trials());
    trials.extend(shipped::trials());
    trials.extend(snapshots::trials());
    trials.extend(guide::trials());
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// All cases share one run, as they do in `keyproof sdk`.
fn passes(id: &str, command: Vec<String>) -> Result<(), Failed> {
    static RAN: OnceLock<Ran> = OnceLock::new();
    let ran = RAN.get_or_init(|| run(command, &[]));
    let outcome = ran.outcome(id);
    match outcome.verdict {
        Verdict::Pass | Verdict::Warn | Verdict::NotApplicable => Ok(()),
        _ => Err(ran.explain(outcome).into()),
    }
}
