//! The mock against a small model of it: random sequences of requests, and after each of them what
//! must hold of any server. A sequence that breaks it is shrunk to the shortest.
//!
//! The sequences are those of a seed. `KEYPROOF_TEST_SEED=N cargo test --test model` draws others; a
//! failure tells the seed, and the same seed gives the same sequences and shrinks them alike.
#![allow(
    clippy::unwrap_used,
    reason = "a test that can't go on has failed, and says where"
)]

mod action;
mod breach;
mod defects;
mod plan;
mod seen;
mod state;
#[path = "../mock/support/mod.rs"]
#[allow(
    dead_code,
    unused_imports,
    unused_macros,
    reason = "what the mock's own topics need beside"
)]
mod support;
mod trial;
mod walk;

use std::process::ExitCode;

use keyproof::contract::custody::Custody;
use libtest_mimic::{Arguments, Trial};

use self::trial::Property;

/// The seed, unless the environment names another.
const SEED: u64 = 5;
const SEED_VARIABLE: &str = "KEYPROOF_TEST_SEED";

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let seed = match std::env::var(SEED_VARIABLE) {
        Err(_) => SEED,
        Ok(text) => match text.parse() {
            Ok(seed) => seed,
            Err(_) => {
                eprintln!("{SEED_VARIABLE} is {text:?}: give a whole number, or unset it");
                return ExitCode::FAILURE;
            }
        },
    };
    if !arguments.list {
        eprintln!("model: the sequences of {SEED_VARIABLE}={seed}");
    }
    let mut trials: Vec<Trial> = [
        ("invariants_hold_under_server_custody", Custody::Server),
        ("invariants_hold_under_client_custody", Custody::Client),
    ]
    .into_iter()
    .map(|(name, custody)| {
        Trial::test(name, move || {
            Property::new(name, seed, custody)
                .holds()
                .map_err(Into::into)
        })
    })
    .collect();
    trials.extend(defects::trials(seed));
    libtest_mimic::run(&arguments, trials).exit_code()
}
