//! A stateful mock of the encryption-key API. It knows no suite.
//!
//! - `model`, `fixture`: what is true, and what a mock starts with.
//! - `keep`: what of it outlives the process.
//! - `service`: what may happen, and `room` where. `stage`, `trace`: in which order it is checked. `refusal`, `message`,
//!   `remedy`: what is said of it.
//! - `http`: routes, tokens, limits, headers, and the control API `/_mock`.
//! - `feed`, `journal`: what happens, and what happened; `exchange` is one request and its answer.
//! - `jobs`, `clock`, `draw`, `rate_limit`, `memory`: work, time, chance, quotas.
//! - `misbehaviour`: being wrong, and being right in another way. `steer`: gates and faults.
//! - `server`, `project_line`: the builder, the handle, and what it says of its projects. `access`: who may call.

mod access;
mod cell;
mod clock;
mod config;
mod connection;
mod dotenv;
mod draw;
mod exchange;
mod feed;
mod fixture;
mod http;
mod jobs;
mod journal;
mod keep;
mod listen;
mod memory;
mod message;
mod misbehaviour;
mod model;
mod project_line;
mod rate_limit;
mod refusal;
mod remedy;
mod room;
mod server;
mod service;
mod stage;
mod steer;
mod tenant;
mod trace;
mod world;

pub use access::{AccessError, ControlToken, HostName, Origin};
pub use clock::Clock;
pub use exchange::Exchange;
pub use feed::{Requests, Told};
pub use fixture::{Fixture, Mistake};
#[cfg(feature = "data")]
pub use keep::{data::DataError, keeping::DataWatch};
pub use listen::{Listen, NotAPlace, NotBound};
pub use misbehaviour::defect::Defect;
pub use misbehaviour::row::{Row, WrongRow};
pub use misbehaviour::user_rows::TooManyRows;
pub use misbehaviour::variant::Variant;
pub use project_line::{OtherProjectLine, ProjectLine};
pub use rate_limit::Limits;
pub use server::error::{IsolateError, ReloadError, StartError, UnknownToken};
pub use server::{Builder, MockServer};
pub use stage::Stage;
pub use steer::fault::{Effect, Mishap};
pub use steer::gate::Point;
pub use steer::pattern::Pattern;
pub use tenant::{ArmedGate, Expectation, Tenant};
pub use trace::{Passage, Trace};

use self::cell::Cell;
use self::config::Config;
use self::message::Message;
use self::refusal::Refusal;
use self::room::Room;
use self::world::World;
