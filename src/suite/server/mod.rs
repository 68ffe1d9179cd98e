//! The cases that hold a server to the contract, over HTTP only: a suite that passes on the mock has
//! proved the wire.
//!
//! - `cases` the checks, one file an endpoint. `refusal`, `snapshot`: how negatives are judged.
//! - `world`, `scene`, `step`, `site`, `key`: what a run, a case and the shared steps work with.
//! - `door`, `connection`, `call`, `body`, `reply`, `shape`, `schema`, `outline`: every request and answer.
//! - `levels`, `lifetime`, `used_up`: what the longer shared steps did. `secret_ids`: how they learn ids.
//! - `plan`, `budget`, `pace`, `timer`: what a run may spend, and how it waits.
//! - `arrival`, `run_name`, `made`, `tidying`: first contact with a server, and nothing left behind on it.
//! - `target`, `needs`, `minted`: what the suite is handed, and the tokens that it makes where it is not.
//! - `catch`: what catches each defect of the mock, by name. [`selftest`]: whether it does.

mod arrival;
mod body;
mod budget;
mod call;
mod cases;
mod catch;
mod connection;
mod door;
mod key;
mod levels;
mod lifetime;
mod made;
mod minted;
pub mod needs;
mod outline;
mod pace;
mod plan;
mod refusal;
mod reply;
mod run_name;
mod scene;
mod schema;
mod secret_ids;
pub mod selftest;
mod shape;
mod site;
mod snapshot;
mod step;
mod target;
mod tidying;
mod timer;
mod used_up;
mod world;

pub use arrival::{Arrival, Turned};
pub use budget::{Allowance, Budget};
pub use catch::catch;
pub use connection::Connection;
pub use door::{Repeats, Terms};
pub use key::Keys;
pub use made::{Kind, Leftover, MOST as MOST_MADE};
pub use outline::Outline;
pub use plan::Plan;
pub use run_name::{ABANDONED, RunName};
pub use scene::Scene;
pub use schema::{REQUEST_SCHEMAS, SCHEMAS};
pub use step::{STEPS, Step};
pub use target::{Access, Limits, Target, Tokens};
pub use tidying::{Leftovers, SWEEP, Swept};
pub use timer::{Monotonic, Timer};
pub use world::World;

use crate::contract::requirement::Catalogue;
use crate::harness::Case;

/// The requirements, as `suites/requirements.toml` has them.
pub const REQUIREMENTS: &str = include_str!("../../../suites/requirements.toml");

/// Every case, in the order of reports.
pub fn cases() -> Vec<Case<Scene>> {
    cases::all()
}

/// What keeps a case in one shard with others: all that rotates a server key is counted together.
pub fn together(case: &Case<Scene>) -> Option<&'static str> {
    let rotating = STEPS.iter().filter(|step| step.spends.rotations > 0);
    let shares = |step: &Step| case.shares.contains(&step.name);
    let rotates = case.spends.rotations > 0 || rotating.into_iter().any(shares);
    rotates.then_some("rotations")
}

/// The catalogue of requirements.
///
/// # Errors
/// The file that is compiled in is not a catalogue.
pub fn catalogue() -> Result<Catalogue, String> {
    Catalogue::parse(REQUIREMENTS).map_err(|error| error.to_string())
}
