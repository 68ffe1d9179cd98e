//! Failures that are known: the expectation file, and what a run has to say about it.
//!
//! A case that is listed runs all the same. Each entry is compared with what happens: one that covers a
//! case that passes, that names another failure or that is over is stale, and the run fails. A
//! glob means one entry for each case, so each of its cases is judged by itself.

mod entry;
mod place;
mod stale;
mod update;

use jiff::civil::Date;

use self::entry::{Entry, Expected};
use super::report::printable;
use super::{Case, Known, Outcome, Redactor, Verdict};
use crate::contract::requirement::Catalogue;

pub use place::Place;
pub use stale::{Stale, Staleness};

/// What an expectation file says about the cases of a suite.
#[derive(Debug, Clone)]
pub struct Expectations {
    file: String,
    entries: Vec<Entry>,
    today: Date,
}

/// The result of a case, as far as expectations distinguish results.
enum CaseResult {
    Passed,
    Failed(String),
    CouldNotRun(String),
    /// It was not observed, or need not hold, or the harness is wrong.
    Nothing,
}

impl Expectations {
    /// No failure is known.
    pub const NONE: Self = Self { file: String::new(), entries: Vec::new(), today: Date::ZERO };

    /// Reads the text of an expectation file: TOML, a list of `[[expect]]`. `today` is the UTC day
    /// of the run.
    ///
    /// # Errors
    /// Not TOML, an unknown member, or an entry that covers no case, or one that another one
    /// covers: with line and column.
    pub fn read<C>(
        file: &str,
        text: &str,
        cases: &[Case<C>],
        catalogue: &Catalogue,
        today: Date,
    ) -> Result<Self, String> {
        Ok(Self {
            file: file.to_owned(),
            entries: entry::read(file, text, cases, catalogue)?,
            today,
        })
    }

    /// Compares an outcome with the entry that covers its case. Gives the entry if it is stale.
    pub(super) fn judge(&self, outcome: &mut Outcome, redactor: &Redactor) -> Option<Stale> {
        let entry = self.covering(outcome.id)?;
        let result = CaseResult::of(outcome, redactor);
        let why = match self.staleness(entry, &result) {
            Err(why) => why,
            Ok(is_known) => {
                if is_known {
                    outcome.known =
                        Some(Known { reason: entry.reason.clone(), issue: entry.issue.clone() });
                }
                if is_known && matches!(result, CaseResult::Failed(_)) {
                    outcome.verdict = Verdict::ExpectedFail;
                }
                return None;
            }
        };
        // A sanity case runs in any selection; its entry is judged where it is selected.
        if !outcome.selected {
            return None;
        }
        if why == Staleness::Passes {
            outcome.verdict = Verdict::UnexpectedPass;
        }
        Some(Stale {
            file: self.file.clone(),
            line: entry.line,
            pattern: entry.pattern.clone(),
            case: outcome.id,
            why,
        })
    }

    /// Whether the outcome is as expected, false if the case gave no result; or why the entry is stale.
    fn staleness(&self, entry: &Entry, result: &CaseResult) -> Result<bool, Staleness> {
        let expired = entry.expires.filter(|day| *day < self.today);
        match (entry.verdict, result) {
            (_, CaseResult::Passed) => Err(Staleness::Passes),
            (Expected::CouldNotRun, CaseResult::Failed(line)) => {
                Err(Staleness::Fails(line.clone()))
            }
            _ if expired.is_some() => expired.map_or(Ok(false), |day| Err(Staleness::Expired(day))),
            (Expected::Fail, CaseResult::Failed(line))
            | (Expected::CouldNotRun, CaseResult::CouldNotRun(line)) => match &entry.message {
                Some(part) if !line.contains(part) => Err(Staleness::OtherMessage(line.clone())),
                _ => Ok(true),
            },
            (_, CaseResult::Nothing) | (Expected::Fail, CaseResult::CouldNotRun(_)) => Ok(false),
        }
    }

    fn covering(&self, case: &str) -> Option<&Entry> {
        let mut entries = self.entries.iter();
        entries.find(|entry| entry.cases.contains(&case))
    }
}

impl CaseResult {
    fn of(outcome: &Outcome, redactor: &Redactor) -> Self {
        // As a report shows it: that is what the file's author has copied.
        let first_line = || {
            let text = outcome.message().unwrap_or_default();
            printable(&redactor.redact(text.lines().next().unwrap_or_default()))
        };
        match outcome.verdict {
            Verdict::Pass => Self::Passed,
            Verdict::Fail | Verdict::Warn => Self::Failed(first_line()),
            Verdict::CouldNotRun => Self::CouldNotRun(first_line()),
            _ => Self::Nothing,
        }
    }
}
