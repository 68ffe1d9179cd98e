//! `action.yml` as GitHub would run it, step by step, and the workflows of the README.
#![allow(
    clippy::unwrap_used,
    reason = "a test that can't go on has failed, and says where"
)]

mod composite;
mod manifest;
#[path = "../check_cli/process.rs"]
#[allow(dead_code, reason = "only its mock is needed here")]
mod process;
mod runs;
mod workflows;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};

fn main() -> ExitCode {
    let trials: Vec<Trial> = [manifest::trials(), runs::trials(), workflows::trials()]
        .into_iter()
        .flatten()
        .collect();
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}
