//! The cases that hold an implementation of the crypto to the contract, through an adapter process.
//!
//! - `cases` the checks: vectors, properties, seals, generated proofs, peers, honesty, secrets, protocol.
//! - `suite`, `run`, `context`: what a run and a case work with.
//! - `answer`: an adapter's response, judged. `derivation`: the calls that derive. `diagnosis`: which mistake makes exactly that answer.
//! - `catch`: what catches each bug of the reference adapter. `selftest`: whether it does.
//! - [`doctor`]: a talk with a new adapter, step by step.
//! - `peers`: other implementations, compared with the one that is judged.
//! - [`snapshot`]: the answers to the vectors, recorded.
//! - `record` what all processes of a run have answered. `randomness`: which values are not drawn at random.
//! - `sample` the first derivation, which tells which others are not worth their cost.
//! - `state` whether a wrong answer depends on what was asked before.
//! - `property`, `input`: generated calls, shrunk to the smallest that fails.

mod answer;
mod cases;
mod catch;
mod context;
mod derivation;
mod diagnosis;
pub mod doctor;
mod input;
mod peers;
mod property;
mod randomness;
mod record;
mod run;
mod sample;
pub mod selftest;
pub mod snapshot;
mod state;
mod suite;

pub use catch::{catch, claiming};
pub use context::Context;
pub use peers::Peer;
pub use suite::SdkSuite;

use std::sync::LazyLock;

use crate::contract::requirement::Catalogue;
use crate::harness::Case;
use crate::harness::selftest::Catches;

/// The requirements, as `suites/requirements-sdk.toml` has them.
pub const REQUIREMENTS: &str = include_str!("../../../suites/requirements-sdk.toml");

/// Every case, in the order of reports.
///
/// # Errors
/// The corpus that is compiled in is broken.
pub fn cases() -> Result<Vec<Case<Context>>, String> {
    cases::all()
}

/// The catalogue of requirements.
///
/// # Errors
/// The file that is compiled in is not a catalogue.
pub fn catalogue() -> Result<Catalogue, String> {
    Catalogue::parse(REQUIREMENTS).map_err(|error| error.to_string())
}

/// What catches each quirk of the reference adapter, as `suites/defects-sdk.toml` has it.
///
/// # Errors
/// The file that is compiled in does not fit the cases.
fn catches() -> Result<&'static Catches, String> {
    static CATCHES: LazyLock<Result<Catches, String>> = LazyLock::new(|| {
        let text = include_str!("../../../suites/defects-sdk.toml");
        Catches::parse("suites/defects-sdk.toml", text, &cases()?, &catalogue()?)
    });
    CATCHES.as_ref().map_err(Clone::clone)
}
