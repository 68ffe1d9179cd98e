//! Starting and stopping a mock, in process or for the command line.

mod builder;
pub(super) mod error;
mod handle;

pub use builder::Builder;
pub use handle::MockServer;
