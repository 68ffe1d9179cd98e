//! The adapter protocol, version 1: how an implementation in any language is plugged in.
//!
//! - [`Request`], [`AdapterReply`], [`Hello`]: one JSON object a line, in each direction.
//! - [`Session`] the harness side: starts the command, ties replies to requests by their id, starts
//!   it again after a [`Breach`], and keeps a [`Log`] of those.
//! - [`Wire`] the same process line by line, for a caller that has to see what is wrong with a line.
//! - [`guard`] the process between the harness and the command, so that no child outlives a run.
//! - [`mod@reference`] the Rust reference adapter, and the bugs that it can be given.

mod breach;
pub mod guard;
mod hello;
mod live;
mod pace;
mod process;
pub mod reference;
mod reply;
mod request;
mod session;
mod stderr;
mod wire;

pub use breach::{Breach, Kind, Log, Record};
pub use hello::{Hello, PROTOCOL};
pub use pace::{FAREWELL, HELLO, Pace};
pub use process::Launcher;
pub use reply::{AdapterReply, Http, Rejected};
pub use request::{
    CLIENT_OPERATIONS, OPERATIONS, OPTIONAL, Request, answer_members, client_answer_members,
};
pub use session::{Lost, Session, StartError};
pub use wire::{Output, Wire};

/// The longest line in either direction. Bytes.
pub const LINE_LIMIT: usize = 16 * 1024 * 1024;
