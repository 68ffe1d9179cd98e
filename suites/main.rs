//! All tests but those that need a browser, in one binary: a module a suite, `suite::test` a test.
#![allow(clippy::unwrap_used, reason = "a test that can't go on has failed, and says where")]

mod action;
mod check_cli;
mod crypto;
mod defects;
mod explore;
mod harness;
mod history;
mod mock;
mod model;
mod proof_cli;
mod readme;
mod sdk;
mod server;
mod staging;
mod support;
mod tree;
mod vectors;

use std::process::ExitCode;

use keyproof::system::signal::{Listener, Signal};
use libtest_mimic::{Arguments, Trial};

fn main() -> ExitCode {
    // Tests have HTTP clients of their own, before the suite has its first.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let _caught = catch_hang_up();
    let arguments = Arguments::from_args();
    match trials(&arguments) {
        Ok(trials) => libtest_mimic::run(&arguments, trials).exit_code(),
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// A process that was started by `nohup` ignores SIGHUP, and so would the processes that it starts, whose answer to SIGHUP
/// is tested. A signal that is caught comes to them as one that ends them.
fn catch_hang_up() -> Option<(tokio::runtime::Runtime, Listener)> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().ok()?;
    let entered = runtime.enter();
    let listener = Signal::HangUp.listen().ok()?;
    drop(entered);
    Some((runtime, listener))
}

/// The suites whose tests take longest begin.
fn trials(arguments: &Arguments) -> Result<Vec<Trial>, String> {
    let is_wanted = |name: &str| {
        let trial = Trial::test(format!("server::{name}"), || Ok(()));
        !arguments.is_filtered_out(&trial)
    };
    let suites = [
        ("sdk", sdk::trials()?),
        ("defects", defects::trials()),
        ("server", server::trials(is_wanted)?),
        ("staging", staging::trials()),
        ("explore", explore::trials()),
        ("model", model::trials()?),
        ("mock", mock::trials()),
        ("readme", readme::trials()),
        ("check_cli", check_cli::trials()),
        ("action", action::trials()),
        ("vectors", vectors::trials()),
        ("crypto", crypto::trials()),
        ("harness", harness::trials()),
        ("history", history::trials()?),
        ("proof_cli", proof_cli::trials()),
        ("tree", tree::trials()),
    ];
    Ok(suites
        .into_iter()
        .flat_map(|(suite, trials)| trials.into_iter().map(move |trial| trial.of(suite)))
        .collect())
}
