//! A stateful mock of the encryption-key API. It knows no suite.
//!
//! - `model`: the state of an organization. `fixture`: the state that a mock starts with. `keep`: saved states and the data
//!   file. `world`, `cell`: all organizations of a mock, and one of them with its settings, limits and journal.
//! - `service`: the operations, and `room` where they take place. `stage`, `trace`: the order of their checks. `refusal`,
//!   `message`, `remedy`: what a refusal says.
//! - `http`: routes, tokens, limits, headers, and the control API `/_mock`.
//! - `feed`, `journal`: events as they happen, and the last exchanges; `exchange` is a request and its answer.
//! - `jobs`, `clock`, `draw`, `rate_limit`, `memory`: background jobs, time, randomness, quotas.
//! - `misbehaviour`: wrong behaviour, and right behaviour of another kind. `steer`: gates and faults.
//! - `server`, `tenant`: the builder, and the handles of a running mock and of an organization. `access`: who may call.

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
pub use misbehaviour::user_rows::{MOST as MOST_ROWS, TooManyRows};
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
