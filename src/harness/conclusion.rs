//! All outcomes of a run, and what follows from them.

use std::collections::HashSet;

use super::tally::{CaseTally, Tally, frequencies};
use super::{
    Ending, Exit, Extent, Headline, Need, Outcome, Portion, Require, RequirementResult, Stale,
    Verdict,
};
use crate::contract::requirement::Catalogue;

/// All outcomes of a run, and what follows from them.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "its `exit` is what the process has to end with"]
pub struct Conclusion {
    /// Every case that had its turn, in the order of the suite.
    pub outcomes: Vec<Outcome>,
    /// Every requirement of the catalogue, in its order.
    pub requirements: Vec<RequirementResult>,
    pub ending: Ending,
    /// Expectations that no longer say what happens, in the order of their file.
    pub stale: Vec<Stale>,
    /// What is wrong with the harness apart from any verdict.
    pub troubles: Vec<String>,
    /// Why the run is incomplete although each case says otherwise.
    pub shortfall: Option<String>,
    /// The shard that the run was, if it was one.
    pub portion: Option<Portion>,
    /// How much of the suite was to be run.
    pub extent: Extent,
    require: Require,
}

impl Conclusion {
    /// Adds up a run. `tested` are the requirements that have a case, selected or not.
    pub fn new(
        catalogue: &Catalogue,
        tested: HashSet<&str>,
        outcomes: Vec<Outcome>,
        ending: Ending,
        require: Require,
    ) -> Self {
        let requirements = catalogue.iter();
        let requirements = requirements.map(|one| RequirementResult::of(one, &outcomes, &tested));
        let overspent = |outcome: &Outcome| {
            let is_reported = outcome.verdict == Verdict::HarnessError;
            outcome.overspending().filter(|_| !is_reported)
        };
        Self {
            requirements: requirements.collect(),
            troubles: outcomes.iter().filter_map(overspent).collect(),
            outcomes,
            stale: Vec::new(),
            ending,
            shortfall: None,
            portion: None,
            extent: Extent::Whole,
            require,
        }
    }

    pub fn exit(&self) -> Exit {
        self.tally().exit()
    }

    /// What the run proved, in a word.
    pub fn headline(&self) -> Headline {
        self.tally().headline()
    }

    /// One line that says what the run proved.
    pub fn verdict_line(&self) -> String {
        self.tally().line()
    }

    /// Every need without which cases could not be observed, with their number.
    pub fn unmet(&self) -> Vec<(Need, usize)> {
        frequencies(self.outcomes.iter().flat_map(Outcome::unmet).copied())
    }

    /// The needs among those that `--require` asks for.
    pub fn required(&self) -> Vec<Need> {
        let unmet = self.unmet().into_iter().map(|(need, _)| need);
        unmet.filter(|need| self.require.includes(need)).collect()
    }

    /// The outcome of the case of that id.
    pub fn outcome(&self, id: &str) -> Option<&Outcome> {
        self.outcomes.iter().find(|outcome| outcome.id == id)
    }

    /// The state of the requirement that a case checks.
    pub fn requirement(&self, outcome: &Outcome) -> Option<&RequirementResult> {
        let mut requirements = self.requirements.iter();
        requirements.find(|one| one.id == outcome.requirement)
    }

    fn tally(&self) -> Tally<'_> {
        Tally {
            ending: self.ending,
            shard: self.portion.as_ref().map(|one| (one.shard, one.empty)),
            extent: self.extent,
            cases: self.outcomes.iter().map(CaseTally::from).collect(),
            requirements: &self.requirements,
            is_stale: !self.stale.is_empty(),
            has_trouble: !self.troubles.is_empty(),
            has_shortfall: self.shortfall.is_some(),
            lacks_required: !self.required().is_empty(),
            at_least: Exit::Held,
        }
    }
}

impl From<&Outcome> for CaseTally {
    fn from(outcome: &Outcome) -> Self {
        Self {
            level: outcome.level,
            verdict: outcome.verdict,
            is_known: outcome.known.is_some(),
            is_selected: outcome.selected,
            is_sanity: outcome.sanity,
        }
    }
}
