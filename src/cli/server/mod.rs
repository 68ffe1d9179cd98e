//! The targets that the command line can supply: the embedded mock, or a server by URL.

mod embedded;
mod foreign;
mod subject;

pub use embedded::{Embedded, Settings};
pub use foreign::Foreign;
pub use subject::Subject;
