//! How the target stands on one requirement, over all its cases.

use std::collections::HashSet;

use super::{Need, Outcome, Verdict};
use crate::contract::requirement::Requirement;
use crate::named::named;

/// One requirement of the catalogue with the result of all its cases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    pub requirement: Requirement,
    pub state: State,
    /// Positions of its cases among the outcomes.
    pub cases: Vec<usize>,
    /// What first kept it from being observed, where that is how it stands.
    pub unmet: Option<Need>,
}

named! {
    /// The state of a requirement: of those that apply, the first in this order.
    #[derive(serde::Serialize)]
    pub enum State with
        /// Its name as a report for people writes it.
        words
    {
        Failed = "failed": "It is a `must`, and a case of it failed", "failed";
        KnownFailure = "known-failure": "Cases of it failed, all of them as the expectation file says", "known failure";
        Warned = "warned": "It is a `should`, and a case of it failed", "warned";
        CouldNotRun = "could-not-run": "A case of it had no chance, or the harness is wrong", "could not run";
        NotObservable = "not-observable": "This target does not offer what a case of it needs", "not observable";
        NotApplicable = "not-applicable": "It is a `may`, and this target chose otherwise; or a part that it need not have", "not applicable";
        Held = "held": "All its selected cases passed", "held";
        NotSelected = "not-selected": "It has cases, and none was selected", "not selected";
        Untested = "untested": "No case checks it", "untested";
    }
}

impl State {
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
