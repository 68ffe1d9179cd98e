//! Case, selection, runner, verdict, reports, redaction. Knows no API.

mod case;
mod exchange;
mod exit;
mod need;
mod redaction;
mod selection;
mod verdict;

pub use case::{Case, Judged, Mismatch, Phase, Spending, Stop};
pub use exchange::{Exchange, Message};
pub use exit::Exit;
pub use need::Need;
pub use redaction::{Redactor, SEARCHED_LENGTH, WITHHELD};
pub use selection::{Selected, Selection, SelectionError};
pub use verdict::Verdict;
