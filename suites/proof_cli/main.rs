//! `keyproof proof` and `keyproof vectors` as users meet them: the real process, what it prints,
//! what it exits with, and why.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod bench;
mod proof;
mod streams;
mod vectors;

use std::process::ExitCode;

use libtest_mimic::Arguments;

fn main() -> ExitCode {
    let mut trials = proof::trials();
    trials.extend(streams::trials());
    trials.extend(vectors::trials());
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}
