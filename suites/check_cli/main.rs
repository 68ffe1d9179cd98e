//! `keyproof check`, `mock` and `requirements` as users meet them: the real process, what it
//! prints, and every exit code from a real cause.
#![allow(
    clippy::unwrap_used,
    reason = "a test that can't go on has failed, and says where"
)]

mod config;
mod environment;
mod exits;
mod expectations;
mod files;
mod last_failed;
mod options;
mod process;
#[path = "../support/proxy.rs"]
#[allow(dead_code, reason = "what went through is read by another target")]
mod proxy;
mod reports;
mod secrets;
mod selftest;
mod signals;
mod stub;
mod urls;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};

fn main() -> ExitCode {
    // Tests have HTTP clients of their own, before the suite has its first.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let trials: Vec<Trial> = [
        exits::trials(),
        options::trials(),
        urls::trials(),
        signals::trials(),
        expectations::trials(),
        last_failed::trials(),
        config::trials(),
        environment::trials(),
        reports::trials(),
        selftest::trials(),
        files::trials(),
        secrets::trials(),
    ]
    .into_iter()
    .flatten()
    .collect();
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}
