//! Why an expectation file is refused.

use super::Place;
use crate::harness::SelectionError;

/// What is wrong with an expectation file, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {problem}")]
pub struct ExpectationError {
    /// Where it stands.
    pub place: Place,
    /// What it is.
    pub problem: Problem,
}

/// What can be wrong with an expectation file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// Not TOML, or not of the file's closed schema.
    #[error("{0}")]
    Malformed(String),
    /// An entry in braces.
    #[error("an entry in braces is not read: give each one a table of its own, `[[expect]]`")]
    Inline,
    /// A member without a text.
    #[error("`{0}` is empty: {1}")]
    Empty(&'static str, &'static str),
    /// A `case` that is no pattern, or matches no case.
    #[error(transparent)]
    Case(SelectionError),
    /// Something else than a day.
    #[error("`expires` is the last day on which the entry holds, and nothing else: 2026-12-31")]
    NotADay,
    /// An expected failure of cases that never fail.
    #[error("`{0}` cannot fail: it checks what a `may` leaves open")]
    CannotFail(String),
    /// Two entries for one case.
    #[error("`{case}` has an entry already, in line {line}: keep one of the two")]
    Twice {
        /// The id of the case.
        case: &'static str,
        /// The line of the earlier entry.
        line: usize,
    },
}
