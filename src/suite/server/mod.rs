//! The cases that hold a server to the contract, over HTTP only: a suite that passes on the mock has
//! proved the wire.
//!
//! - `cases` the checks, one file an endpoint. `refusal`, `snapshot`: how negatives are judged.
//! - `world`, `scene`, `key`: what a run and a case work with. `steps`: what is prepared once a run.
//! - `wire`: every request and answer, and how it is paced. `plan`: what a run may spend.
//! - `arrival`, `run_name`, `made`, `tidying`: first contact with a server, and nothing left behind on it.
//! - `needs`: what a case asks of a server.
//! - [`catches`]: what catches each defect of the mock. [`selftest`]: whether it does.

mod arrival;
mod cases;
mod key;
mod made;
pub mod needs;
mod plan;
mod refusal;
mod run_name;
mod scene;
pub mod selftest;
mod steps;
mod tidying;
mod wire;
mod world;

pub use arrival::{Arrival, Turned};
pub use key::Keys;
pub use made::{Kind, Leftover, MOST as MOST_MADE};
pub use plan::Plan;
pub use run_name::{ABANDONED, RunName};
pub use scene::Scene;
pub use steps::{STEPS, Step};
pub use tidying::{Leftovers, SWEEP, Swept};
pub use wire::budget::{Allowance, Budget};
pub use wire::connection::Connection;
pub use wire::door::{Repeats, Terms};
pub use wire::outline::Outline;
pub use wire::schema::{REQUEST_SCHEMAS, SCHEMAS};
pub use wire::target::{Access, Limits, Target, Tokens};
pub use wire::timer::{Monotonic, Timer};
pub use world::World;

use std::sync::LazyLock;

use crate::contract::requirement::Catalogue;
use crate::harness::Case;
use crate::harness::selftest::Catches;

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

/// What catches each defect of the mock, as `suites/defects.toml` has it.
///
/// # Errors
/// The file that is compiled in does not fit the cases.
pub fn catches() -> Result<&'static Catches, String> {
    static CATCHES: LazyLock<Result<Catches, String>> = LazyLock::new(|| {
        let text = include_str!("../../../suites/defects.toml");
        Catches::parse("suites/defects.toml", text, &cases(), &catalogue()?)
    });
    CATCHES.as_ref().map_err(Clone::clone)
}
