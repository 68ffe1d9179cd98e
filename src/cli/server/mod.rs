//! The targets that the command line can supply: the embedded mock, or a server by URL.

mod clock_timer;
mod durable;
mod embedded;
mod foreign;
mod restart;
mod settings;
mod subject;

pub use embedded::Embedded;
pub use foreign::Foreign;
pub(super) use restart::RestartCommand;
pub use settings::Settings;
pub use subject::Subject;
