//! How the target stands on one requirement, over all its cases.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::{Need, Outcome, Verdict};
use crate::contract::requirement::Requirement;

/// One requirement of the catalogue with the result of all its cases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The requirement.
    pub requirement: Requirement,
    /// How the target stands on it.
    pub state: State,
    /// Positions of its cases among the outcomes.
    pub cases: Vec<usize>,
    /// What first kept it from being observed, where that is how it stands.
    pub unmet: Option<Need>,
}

/// How a target stands on a requirement. The first that applies, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// It is a `must`, and a case of it failed.
    Failed,
    /// Cases of it failed, all of them as the expectation file says.
    KnownFailure,
    /// It is a `should`, and a case of it failed.
    Warned,
    /// A case of it had no chance, or the harness is wrong.
    CouldNotRun,
    /// This target does not offer what a case of it needs.
    NotObservable,
    /// It is a `may`, and this target chose otherwise; or a part that it need not have.
    NotApplicable,
    /// All its selected cases passed.
    Held,
    /// It has cases, and none was selected.
    NotSelected,
    /// No case checks it.
    Untested,
}

impl State {
    /// All of them, in order.
    pub const ALL: [Self; 9] = [
        Self::Failed,
        Self::KnownFailure,
        Self::Warned,
        Self::CouldNotRun,
        Self::NotObservable,
        Self::NotApplicable,
        Self::Held,
        Self::NotSelected,
        Self::Untested,
    ];

    /// How one case with that verdict leaves its requirement.
    pub(super) const fn of(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Fail => Self::Failed,
            Verdict::ExpectedFail => Self::KnownFailure,
            Verdict::Warn => Self::Warned,
            Verdict::CouldNotRun | Verdict::HarnessError => Self::CouldNotRun,
            Verdict::NotObservable => Self::NotObservable,
            Verdict::NotApplicable => Self::NotApplicable,
            Verdict::Pass | Verdict::UnexpectedPass => Self::Held,
        }
    }
}

impl Standing {
    /// Adds up the outcomes; `tested` are the requirements that have a case in the suite.
    pub(super) fn of(
        requirement: &Requirement,
        outcomes: &[Outcome],
        tested: &HashSet<&str>,
    ) -> Self {
        let own = outcomes.iter().enumerate();
        let own = own.filter(|(_, outcome)| outcome.requirement == requirement.id);
        let mut state = if tested.contains(requirement.id.as_str()) {
            State::NotSelected
        } else {
            State::Untested
        };
        let mut cases = Vec::new();
        let mut unmet = None;
        for (position, outcome) in own {
            state = state.min(State::of(outcome.verdict));
            unmet = unmet.or_else(|| outcome.unmet().first().copied());
            cases.push(position);
        }
        Self {
            requirement: requirement.clone(),
            state,
            cases,
            unmet: unmet.filter(|_| state == State::NotObservable),
        }
    }
}
