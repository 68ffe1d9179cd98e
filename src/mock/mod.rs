//! A stateful mock of the encryption-key API. It knows no suite.
//!
//! - `fixture`, `organization`, `project`, `key`, `token`, `level`: what is true.
//! - `data`, `state`: what of it outlives the process.
//! - `service`: what may happen. `stage`: in which order it is checked.
//! - `http`: routes, tokens, limits, headers, and the control API `/_mock`.
//! - `feed`, `journal`: what happens, and what happened.
//! - `jobs`, `clock`, `draw`, `rate_limit`, `memory`: work, time, chance, quotas.
//! - `faults`, `variants`: being wrong, and being right in another way.
//! - `server`: the builder and the handle. `access`: who may call.

mod access;
mod cell;
mod clock;
mod config;
mod connection;
mod data;
mod dotenv;
mod draw;
mod faults;
mod feed;
mod fixture;
mod gate;
mod http;
mod jobs;
mod journal;
mod key;
mod level;
mod listen;
mod memory;
mod mishap;
mod organization;
mod pattern;
mod project;
mod rate_limit;
mod refusal;
mod remedy;
mod server;
mod service;
mod stage;
mod state;
mod tenant;
mod token;
mod variants;
mod world;

pub use access::{AccessError, ControlToken, HostName, Origin};
pub use clock::Clock;
pub use data::DataError;
pub use faults::Defect;
pub use feed::{Requests, Told};
pub use fixture::{Fixture, Mistake};
pub use gate::Point;
pub use journal::Exchange;
pub use listen::{Listen, NotAPlace, NotBound};
pub use mishap::{Effect, Mishap};
pub use pattern::Pattern;
pub use rate_limit::Limits;
pub use server::{Builder, MockServer, ProjectLine};
pub use stage::{Passage, Stage, Trace};
pub use tenant::{ArmedGate, Expectation, Tenant};
pub use variants::Variant;
