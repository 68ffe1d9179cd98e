//! The result of one requirement, over all its cases.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::{Outcome, Verdict};
use crate::contract::requirement::{Level, Requirement};
use crate::named::named;

/// A requirement of the catalogue, with the result of all its cases.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequirementResult {
    pub id: String,
    pub level: Level,
    /// Which document, which section.
    pub source: String,
    /// The statement, one sentence.
    pub text: String,
    pub state: State,
    /// Ids of its cases that had their turn.
    pub cases: Vec<String>,
    /// The first need without which it could not be observed, if that is its state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unmet: Option<String>,
    /// Why no case checks it, where none does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub untested: Option<String>,
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

impl RequirementResult {
    /// Adds up the outcomes; `tested` are the requirements that have a case in the suite.
    pub(super) fn of(
        requirement: &Requirement,
        outcomes: &[Outcome],
        tested: &HashSet<&str>,
    ) -> Self {
        let Requirement { id, level, source, text, untested } = requirement.clone();
        let own = outcomes.iter().filter(|outcome| outcome.requirement == id);
        let is_tested = tested.contains(id.as_str());
        let unjudged = if is_tested { State::NotSelected } else { State::Untested };
        let state = own.clone().map(|one| State::of(one.verdict)).fold(unjudged, State::min);
        let unmet = own.clone().find_map(|outcome| outcome.unmet().first());
        Self {
            state,
            cases: own.map(|outcome| outcome.id.to_owned()).collect(),
            unmet: unmet.filter(|_| state == State::NotObservable).map(|need| need.name.to_owned()),
            id,
            level,
            source,
            text,
            untested,
        }
    }

    /// Its state in words.
    pub(super) const fn words(&self) -> &'static str {
        match (self.state, self.level) {
            (State::NotApplicable, Level::May) => "chosen otherwise",
            (state, _) => state.words(),
        }
    }

    /// Why no case checks it, where that is its state.
    pub(super) fn reason(&self) -> Option<&str> {
        self.untested.as_deref().filter(|_| self.state == State::Untested)
    }
}
