//! The targets that the command line can supply: the embedded mock, or a server by URL.

mod durable;
mod embedded;
mod foreign;
mod restart;
mod subject;

pub use embedded::{Embedded, Settings};
pub use foreign::Foreign;
pub(super) use restart::RestartCommand;
pub use subject::Subject;
