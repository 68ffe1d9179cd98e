//! The cases that hold a server to the contract, over HTTP only: a suite that passes on the mock has
//! proved the wire.
//!
//! - `cases` the checks, one file an endpoint. `refusal`, `snapshot`: how negatives are judged.
//! - `world`, `scene`, `step`, `site`, `key`: what a run, a case and the shared steps work with.
//! - `door`, `call`, `reply`, `pace`, `shape`: every request and answer.
//! - `target`, `needs`: what the suite is handed.

mod call;
mod cases;
mod door;
mod key;
pub mod needs;
mod pace;
mod refusal;
mod reply;
mod scene;
mod shape;
mod site;
mod snapshot;
mod step;
mod target;
mod world;

pub use door::Budget;
pub use scene::Scene;
pub use shape::SCHEMAS;
pub use step::{STEPS, Step};
pub use target::{Access, Driven, Limits, Target, Tokens};
pub use world::World;

use crate::contract::requirement::Catalogue;
use crate::harness::Case;

/// The requirements, as `suites/requirements.toml` has them.
pub const REQUIREMENTS: &str = include_str!("../../../suites/requirements.toml");

/// Every case, in the order of reports.
pub fn cases() -> Vec<Case<Scene>> {
    cases::all()
}

/// The catalogue of requirements.
///
/// # Errors
/// The file that is compiled in is not a catalogue.
pub fn catalogue() -> Result<Catalogue, String> {
    Catalogue::parse(REQUIREMENTS).map_err(|error| error.to_string())
}
