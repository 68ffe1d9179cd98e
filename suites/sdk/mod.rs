//! The cases of `keyproof sdk` under `cargo test`, one trial each, and the proof that they can fail.
//!
//! `KEYPROOF_TEST_ADAPTER`, a JSON array of a command and its arguments, aims the cases at another
//! adapter than the reference adapter.

mod bench;
mod bugs;
mod client;
mod doctor;
mod expectations;
mod guide;
mod overheard;
mod peers;
mod process;
mod requests;
mod selftest;
mod shipped;
mod snapshots;
mod time;

use std::sync::OnceLock;

use keyproof::harness::Verdict;
use keyproof::suite::sdk;
use libtest_mimic::Failed;

use self::bench::{Ran, keyproof, run};
use crate::support::Trial;

const VARIABLE: &str = "KEYPROOF_TEST_ADAPTER";

pub(crate) fn trials() -> Result<Vec<Trial>, String> {
    let command = match std::env::var(VARIABLE) {
        Err(_) => vec![keyproof().to_owned(), "adapter".to_owned()],
        Ok(json) => serde_json::from_str(&json)
            .map_err(|error| format!("{VARIABLE} is no JSON array of texts: {error}"))?,
    };
    let mut trials: Vec<Trial> = Vec::new();
    for case in sdk::cases().unwrap() {
        let command = command.clone();
        trials.push(Trial::test(case.id, move || passes(case.id, command)));
    }
    let others = [
        bugs::trials(),
        client::trials(),
        doctor::trials(),
        expectations::trials(),
        peers::trials(),
        process::trials(),
        requests::trials(),
        selftest::trials(),
        shipped::trials(),
        snapshots::trials(),
        time::trials(),
        guide::trials(),
    ];
    trials.extend(others.into_iter().flatten());
    Ok(trials)
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
