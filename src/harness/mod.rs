//! Case, selection, expectations, runner, verdict, reports, redaction. Knows no API.
//!
//! A [`Suite`] and its cases are given to [`run`], which gives a [`Conclusion`], whose
//! [`Conclusion::exit`] is derived from the outcomes; a [`report`] renders it. A mismatch is
//! a [`Verdict`]; nothing that a target does is an error of the harness, and nothing here writes
//! anywhere.

mod case;
mod conclusion;
mod exchange;
mod exit;
mod expectation;
mod headline;
mod options;
mod outcome;
mod progress;
mod redaction;
pub mod report;
mod requirement;
mod runner;
mod selection;
pub mod selftest;
mod shard;
mod tally;
mod verdict;

pub use case::{Case, Check, CheckIn, Judged, Mismatch, Need, Phase, Spending, Stop};
pub use conclusion::Conclusion;
pub use exchange::{Exchange, Message};
pub use exit::{Ending, Exit};
pub use expectation::{Expectations, Place, Stale, Staleness};
pub use headline::Headline;
pub use options::{Options, Require};
pub use outcome::{Detail, Known, Outcome};
pub use progress::{Line, Progress, Silent};
pub use redaction::{Redactor, SEARCHED_LENGTH, WITHHELD};
pub use requirement::{RequirementResult, State};
pub use runner::{Suite, run};
pub use selection::{Extent, Selected, Selection, SelectionError};
pub use shard::{Portion, Shard, ShardError};
pub use verdict::Verdict;
