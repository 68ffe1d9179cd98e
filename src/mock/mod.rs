//! A stateful mock of the encryption-key API. It knows no suite.
//!
//! - `fixture`, `organization`, `project`, `versions`, `key`, `token`, `level`: what is true.
//! - `data`, `keeping`, `revision`, `state`: what of it outlives the process.
//! - `service`: what may happen. `stage`: in which order it is checked. `refusal`, `message`, `remedy`: what is said
//!   of it.
//! - `http`: routes, tokens, limits, headers, and the control API `/_mock`.
//! - `feed`, `journal`: what happens, and what happened.
//! - `jobs`, `clock`, `draw`, `rate_limit`, `memory`: work, time, chance, quotas.
//! - `faults`, `variants`: being wrong, and being right in another way.
//! - `server`, `project_line`: the builder, the handle, and what it says of its projects. `access`: who may call.

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
mod keeping;
mod key;
mod level;
mod listen;
mod memory;
mod message;
mod mishap;
mod organization;
mod pattern;
mod project;
mod project_line;
mod rate_limit;
mod refusal;
mod remedy;
mod revision;
mod server;
mod service;
mod stage;
mod state;
mod tenant;
mod token;
mod variants;
mod versions;
mod world;

pub use access::{AccessError, ControlToken, HostName, Origin};
pub use clock::Clock;
pub use data::DataError;
pub use faults::Defect;
pub use feed::{Requests, Told};
pub use fixture::{Fixture, Mistake};
pub use gate::Point;
pub use journal::Exchange;
pub use keeping::DataWatch;
pub use listen::{Listen, NotAPlace, NotBound};
pub use mishap::{Effect, Mishap};
pub use pattern::Pattern;
pub use project_line::{OtherProjectLine, ProjectLine};
pub use rate_limit::Limits;
pub use server::{Builder, MockServer};
pub use stage::{Passage, Stage, Trace};
pub use tenant::{ArmedGate, Expectation, Tenant};
pub use variants::Variant;
