//! The harness held to its own rules, with a toy suite that sends nothing.
#![allow(
    clippy::unwrap_used,
    reason = "a test that can't go on has failed, and says where"
)]

#[path = "harness/conclusions.rs"]
mod conclusions;
#[path = "harness/expectations.rs"]
mod expectations;
#[path = "harness/formats.rs"]
mod formats;
#[path = "harness/redaction.rs"]
mod redaction;
#[path = "harness/reports.rs"]
mod reports;
#[path = "harness/runs.rs"]
mod runs;
#[path = "harness/selections.rs"]
mod selections;
#[path = "harness/selftests.rs"]
mod selftests;
#[path = "harness/shards.rs"]
mod shards;
#[path = "harness/toy.rs"]
mod toy;
#[path = "harness/updates.rs"]
mod updates;
#[path = "harness/verdicts.rs"]
mod verdicts;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};

/// Test functions as trials of the same name, behind the name of their room.
macro_rules! trials {
    ($room:literal: $($test:ident),+ $(,)?) => {
        vec![$(libtest_mimic::Trial::test(
            concat!($room, "/", stringify!($test)),
            || { $test(); Ok(()) },
        )),+]
    };
}
use trials;

fn main() -> ExitCode {
    // Some toy cases panic, and need not print how they came to.
    std::panic::set_hook(Box::new(|info| eprintln!("{info}")));
    let trials: Vec<Trial> = [
        selections::trials(),
        verdicts::trials(),
        runs::trials(),
        conclusions::trials(),
        expectations::trials(),
        updates::trials(),
        redaction::trials(),
        reports::trials(),
        formats::trials(),
        shards::trials(),
        selftests::trials(),
    ]
    .into_iter()
    .flatten()
    .collect();
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}
