//! The targets that the command line can supply: the embedded mock, or a server by URL.

mod embedded;
mod foreign;

pub use embedded::{Embedded, Settings};
pub use foreign::Foreign;
