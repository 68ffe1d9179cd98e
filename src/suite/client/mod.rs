//! The cases that hold a client of the API to the contract: the adapter performs its operations against
//! the mock, and what it answers is judged together with what it sent.
//!
//! - `cases` the checks: single calls, flows, history, answers that break the contract, secrets.
//! - `suite`, `context`: what a run and a case work with; each case has an organization of its own.
//! - [`doctor`]: a talk with a new client, step by step.
//! - `performed`: one operation, with its answer and its requests. `key`: a client-managed key.
//! - [`catches`]: what catches each slip of the reference adapter. `selftest`: whether it does.

mod cases;
mod context;
pub mod doctor;
mod key;
mod performed;
pub mod selftest;
mod suite;

pub use context::Context;
pub use suite::ClientSuite;

use std::sync::LazyLock;

use crate::contract::requirement::Catalogue;
use crate::harness::Case;
use crate::harness::selftest::Catches;

/// The requirements, as `suites/requirements-client.toml` has them.
pub const REQUIREMENTS: &str = include_str!("../../../suites/requirements-client.toml");

/// Members whose values no report of a client shows.
pub const WITHHELD_MEMBERS: &[&str] = &["key", "new_key", "old_keys", "plaintext", "token"];

/// Every case, in the order of reports.
pub fn cases() -> Vec<Case<Context>> {
    cases::all()
}

/// The catalogue of requirements.
///
/// # Errors
/// The file that is compiled in is not a catalogue.
pub fn catalogue() -> Result<Catalogue, String> {
    Catalogue::parse(REQUIREMENTS).map_err(|error| error.to_string())
}

/// What catches each slip of the reference adapter, as `suites/defects-client.toml` has it.
///
/// # Errors
/// The file that is compiled in does not fit the cases.
pub fn catches() -> Result<&'static Catches, String> {
    static CATCHES: LazyLock<Result<Catches, String>> = LazyLock::new(|| {
        let text = include_str!("../../../suites/defects-client.toml");
        Catches::parse("suites/defects-client.toml", text, &cases(), &catalogue()?)
    });
    CATCHES.as_ref().map_err(Clone::clone)
}
