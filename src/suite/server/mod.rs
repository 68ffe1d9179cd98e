//! The cases that hold a server to the contract, over HTTP only: a suite that passes on the mock has
//! proved the wire.
//!
//! From the bottom to the top:
//!
//! - `wire`: every request and answer, and how it is paced.
//! - `run`, `context`: what a run and a case work with. `key`: the keys that only clients know.
//! - `run_name`, `patience`, `arrival`, `inventory`, `tidying`: first contact with a server, and nothing left behind on
//!   it.
//! - [`history`]: answers to requests that overlap, judged by an order that explains them.
//! - `overlap`: makes requests overlap, and shows a history that nothing explains.
//! - `explore`: random sequences of requests, judged so.
//! - `steps`: what is prepared once a run, and how refusals are judged.
//! - `cases`: the checks, one file an endpoint. `needs`: what they ask of a server.
//! - `plan`: what a run may spend. `quick`: the few cases that find most for little. `suite`: a run from its start to its end.
//! - [`catches`]: what catches each defect of the mock. [`selftest`]: whether it does.

mod arrival;
mod cases;
mod catalogue;
mod changes;
mod context;
mod explore;
pub mod history;
mod inventory;
mod key;
pub mod needs;
mod overlap;
mod patience;
mod plan;
mod quick;
mod run;
mod run_name;
pub mod selftest;
mod steps;
mod suite;
mod tidying;
mod wire;

pub use arrival::{Arrival, CannotStart};
pub use cases::all as cases;
pub use catalogue::{REQUIREMENTS, catalogue, catches};
pub use context::Context;
pub use explore::{Ended, Explored, Failure};
pub use inventory::{Kind, Leftover, MOST as MOST_CREATED};
pub use key::Keys;
pub use patience::Patience;
pub use plan::{Plan, steps, together};
pub use quick::{Kill, Prices, Quick, choose, is_plain, is_without_rotations, kills, quick, sight};
pub use run_name::{ABANDONED, RunName};
pub use steps::Step;
pub use suite::ServerSuite;
pub use tidying::{Leftovers, SWEEP, Swept};
pub use wire::{
    Access, Allowance, Budget, Connection, Forgotten, Limits, Monotonic, Outline, REQUEST_SCHEMAS,
    Repeats, SCHEMAS, Server, Terms, Timer, Tokens,
};

/// Members whose values no report of a server shows, however short they are.
pub const WITHHELD_MEMBERS: &[&str] =
    &["key", "token", "content", "plaintext", "key_proof", "key_check"];
