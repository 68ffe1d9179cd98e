//! `keyproof check --url` as a guest on a server that others use: what it spends, how it waits, what it
//! refuses before anything is written, and that nothing of it is left behind.
#![allow(
    clippy::unwrap_used,
    reason = "a test that can't go on has failed, and says where"
)]

#[path = "../server/aim.rs"]
#[allow(
    dead_code,
    reason = "the server of KEYPROOF_TEST_URL is not for this target"
)]
mod aim;
#[path = "../support/bench.rs"]
#[allow(dead_code, reason = "another target explains outcomes")]
mod bench;
mod connection;
mod diagnosis;
mod host;
mod hostile;
mod killed;
mod plan;
#[path = "../check_cli/process.rs"]
#[allow(dead_code, reason = "another target compares snapshots")]
mod process;
#[path = "../support/proxy.rs"]
#[allow(dead_code, reason = "another target looks at bodies")]
mod proxy;
mod refusal;
#[path = "../check_cli/stub.rs"]
mod stub;
mod tidying;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};

fn main() -> ExitCode {
    // Tests have HTTP clients of their own, before the suite has its first.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let trials: Vec<Trial> = [
        plan::trials(),
        refusal::trials(),
        diagnosis::trials(),
        connection::trials(),
        killed::trials(),
        hostile::trials(),
        tidying::trials(),
    ]
    .into_iter()
    .flatten()
    .collect();
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}
