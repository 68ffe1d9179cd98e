//! Random sequences of requests, each on a project of its own, judged by the model of a project: a sequence that no
//! order explains is made as short as it can be, and shown as the requests that it takes.
//!
//! - [`step`]: what a sequence is made of. [`draw`]: how it is drawn.
//! - [`client`]: what the client of a project knows of it: its keys, and the names of what answers show.
//! - [`walk`]: a sequence on its way. [`writes`]: its writes.
//! - [`reading`]: from answers to what they say in the model.
//! - [`script`]: the requests of a sequence as lines for a shell.
//! - [`search`]: sequences until one fails, and the shortest that does.

mod client;
mod draw;
mod reading;
mod script;
mod search;
mod step;
mod walk;
mod writes;

pub(super) use search::explore;
pub use search::{Ended, Explored, Failure};
