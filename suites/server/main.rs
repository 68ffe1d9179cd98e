//! The cases of `keyproof check` under `cargo test`, and the suite held to its own rules.
//!
//! `KEYPROOF_TEST_URL`, `KEYPROOF_TEST_ORG` and `KEYPROOF_TEST_TOKEN` aim the cases at another
//! server. `KEYPROOF_URL` and its like are ignored.
#![allow(
    clippy::unwrap_used,
    reason = "a test that can't go on has failed, and says where"
)]

mod aim;
#[path = "../support/bench.rs"]
mod bench;
mod cases;
mod catalogue;
mod choices;
mod environment;
#[path = "../support/proxy.rs"]
#[allow(dead_code, reason = "what went through is read by another target")]
mod proxy;
mod shapes;
mod wire;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};

use self::aim::Aim;

fn main() -> ExitCode {
    // Tests have HTTP clients of their own, before the suite has its first.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let arguments = Arguments::from_args();
    let aim = match Aim::from_environment() {
        Ok(aim) => aim,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    let mut trials = cases::trials(&arguments, &aim);
    trials.extend(catalogue::trials());
    if matches!(aim, Aim::Embedded) {
        let ours: [Vec<Trial>; 4] = [
            environment::trials(),
            shapes::trials(),
            wire::trials(),
            choices::trials(),
        ];
        trials.extend(ours.into_iter().flatten());
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}
