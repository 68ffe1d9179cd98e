//! What becomes of a mutation.

use crate::harness::{Conclusion, Detail, Outcome, Verdict};

/// What a run of the suite comes to: the first of these that is so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// This case fails, and says what for.
    Failed(&'static str, String),
    /// Something was wrong with the suite itself.
    Broken(String),
    /// This case warns, and says what of.
    Warned(&'static str, String),
    /// This case could not run, and says why.
    Stuck(&'static str, String),
    /// Nothing was held against it.
    Survived,
}

impl Fate {
    /// What a run has come to.
    pub(super) fn of(ended: &Conclusion) -> Self {
        let first = |verdict| ended.outcomes.iter().find(|outcome| outcome.verdict == verdict);
        let why = |outcome: &Outcome| match &outcome.detail {
            Some(Detail::Mismatch(mismatch)) => format!("{}: {}", mismatch.what, mismatch.got),
            _ => outcome.message().unwrap_or_default().to_owned(),
        };
        if let Some(outcome) = first(Verdict::Fail) {
            Self::Failed(outcome.id, why(outcome))
        } else if let Some(outcome) = first(Verdict::HarnessError) {
            Self::Broken(format!("{}: {}", outcome.id, why(outcome)))
        } else if let Some(trouble) = ended.troubles.first() {
            Self::Broken(trouble.clone())
        } else if let Some(outcome) = first(Verdict::Warn) {
            Self::Warned(outcome.id, why(outcome))
        } else if let Some(outcome) = first(Verdict::CouldNotRun) {
            Self::Stuck(outcome.id, why(outcome))
        } else {
            Self::Survived
        }
    }
}
