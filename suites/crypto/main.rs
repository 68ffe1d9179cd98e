//! The cryptography against Wycheproof's vectors, and its properties over arbitrary input.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod known;
mod properties;
mod refusals;
mod wrong;

use std::process::ExitCode;

use libtest_mimic::Arguments;

fn main() -> ExitCode {
    let mut trials = known::trials();
    trials.extend(properties::trials());
    trials.extend(refusals::trials());
    trials.extend(wrong::trials());
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}
