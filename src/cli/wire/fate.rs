//! What becomes of a mutation.

use crate::harness::{Conclusion, Outcome, Verdict};

/// What a run of the suite comes to: the first of these that is so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// This case fails.
    Failed(&'static str),
    /// Something was wrong with the suite itself.
    Broken(String),
    /// This case warns.
    Warned(&'static str),
    /// This case could not run, and says why.
    Stuck(&'static str, String),
    /// Nothing was held against it.
    Survived,
}

impl Fate {
    /// What a run has come to.
    pub(super) fn of(ended: &Conclusion) -> Self {
        let first = |verdict| ended.outcomes.iter().find(|outcome| outcome.verdict == verdict);
        let why = |outcome: &Outcome| outcome.message().unwrap_or_default().to_owned();
        if let Some(outcome) = first(Verdict::Fail) {
            Self::Failed(outcome.id)
        } else if let Some(outcome) = first(Verdict::HarnessError) {
            Self::Broken(format!("{}: {}", outcome.id, why(outcome)))
        } else if let Some(trouble) = ended.troubles.first() {
            Self::Broken(trouble.clone())
        } else if let Some(outcome) = first(Verdict::Warn) {
            Self::Warned(outcome.id)
        } else if let Some(outcome) = first(Verdict::CouldNotRun) {
            Self::Stuck(outcome.id, why(outcome))
        } else {
            Self::Survived
        }
    }
}
