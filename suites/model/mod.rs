//! The mock against a small model of it: random sequences of requests, and after each of them what
//! must hold of any server. A sequence that breaks it is shrunk to the shortest.
//!
//! The sequences are those of a seed. `KEYPROOF_TEST_SEED=N cargo test --test all -- model::` draws others; a
//! failure tells the seed, and the same seed gives the same sequences and shrinks them alike.

mod action;
mod breach;
mod defects;
mod plan;
mod seen;
mod state;
mod trial;
mod walk;

use keyproof::contract::custody::Custody;

use self::trial::Property;
use crate::support::{Trial, seed};

pub(crate) fn trials() -> Result<Vec<Trial>, String> {
    let seed = seed()?;
    let mut trials: Vec<Trial> = [
        ("invariants_hold_under_server_custody", Custody::Server),
        ("invariants_hold_under_client_custody", Custody::Client),
    ]
    .into_iter()
    .map(|(name, custody)| {
        Trial::test(name, move || Property::new(name, seed, custody).holds().map_err(Into::into))
    })
    .collect();
    trials.extend(defects::trials(seed));
    Ok(trials)
}
