//! The exit and verdict of a document that is merged or from which a secret had to be taken.

use super::{CaseEntry, Counts, Document};
use crate::contract::requirement::Level;
use crate::harness::tally::{CaseTally, Tally};
use crate::harness::{Ending, Exit, Redactor, State, Verdict};

impl Document {
    pub fn ends_with(&self) -> Exit {
        Exit::from_code(self.exit).unwrap_or(Exit::Unreachable)
    }

    /// Counts again, and derives exit and verdict line again. A cause for a graver exit that `earlier`
    /// documents had stays one.
    pub(super) fn conclude(&mut self, earlier: impl Iterator<Item = Exit>) {
        self.counts = self.count();
        let graver = earlier.filter(|exit| !matches!(exit, Exit::Held | Exit::Incomplete));
        let tally = self.tally(graver.fold(Exit::Held, Exit::or_worse));
        (self.exit, self.headline, self.verdict) =
            (tally.exit().code(), tally.headline(), tally.line());
    }

    /// Says again what the run proved, for a report from before there was a word for it: it may call
    /// conformant what nobody looked at.
    pub(super) fn restate(&mut self) {
        let tally = self.tally(self.ends_with());
        (self.headline, self.verdict) = (tally.headline(), tally.line());
    }

    /// Adds something that is wrong with the harness.
    pub(super) fn add_trouble(&mut self, trouble: String) {
        self.troubles.push(trouble);
        let before = self.ends_with();
        self.conclude(std::iter::once(before));
    }

    pub(super) fn count(&self) -> Counts {
        let requirements = |level| {
            let states = State::ALL.iter().copied();
            let count = |state| {
                let alike = self.requirements.iter();
                let alike = alike.filter(|one| one.level == level && one.state == state);
                (state, alike.count())
            };
            states.map(count).collect()
        };
        let verdicts = Verdict::ALL.iter().copied();
        let cases = |verdict| {
            let alike = self.cases.iter().filter(|one| one.verdict == verdict);
            (verdict, alike.count())
        };
        Counts {
            cases: verdicts.map(cases).collect(),
            must: requirements(Level::Must),
            should: requirements(Level::Should),
            may: requirements(Level::May),
        }
    }

    /// The document without any registered secret. If there was one, it says that the harness is wrong.
    pub(super) fn without_secrets(self, redactor: &Redactor) -> Self {
        let text = serde_json::to_string(&self).unwrap_or_default();
        let leaks = redactor.scan(&text);
        if leaks == 0 {
            return self;
        }
        let withheld = super::reading::map_texts(&self, &|text| redactor.redact(text).into_owned());
        // A secret outside all texts would leave no document: then nothing of it is shown.
        let mut redacted = withheld.unwrap_or_else(|| self.emptied());
        redacted.leaks = leaks;
        redacted.add_leaks(leaks);
        redacted
    }

    /// Reports that a secret had stood in so many places.
    pub(super) fn add_leaks(&mut self, places: usize) {
        self.add_trouble(format!(
            "a secret had reached this report in {places} places and was withheld"
        ));
    }

    fn emptied(self) -> Self {
        Self {
            target: String::new(),
            cases: Vec::new(),
            failures: Vec::new(),
            troubles: Vec::new(),
            annex: Vec::new(),
            ..self
        }
    }

    /// What is wrong apart from any case: each is a reason why the exit is not 0.
    pub(super) fn complaints(&self) -> Vec<String> {
        let mut complaints = Vec::new();
        match self.ending {
            Ending::Complete => {}
            Ending::Stopped => complaints.push("the run was stopped before its end".to_owned()),
            Ending::Unreachable => {
                complaints.push("the target was never or is no longer reachable".to_owned());
            }
        }
        let shortfall = self.shortfall.iter();
        complaints.extend(shortfall.map(|shortfall| format!("incomplete: {shortfall}")));
        let stale = self.stale_expectations.iter();
        complaints.extend(stale.map(|stale| format!("stale expectation: {stale}")));
        let troubles = self.troubles.iter();
        complaints.extend(troubles.map(|trouble| format!("harness error: {trouble}")));
        complaints
    }

    /// All of that, and what else explains the exit: none but 0 goes without a complaint or a red case.
    pub(super) fn all_complaints(&self) -> Vec<String> {
        let mut complaints = self.complaints();
        let required = self.needs.iter().filter(|need| need.required);
        complaints.extend(required.map(|need| {
            let (name, supply) = (&need.name, &need.supply);
            format!("needs {name}, which is required: {supply}")
        }));
        let is_explained = !complaints.is_empty() || self.cases.iter().any(CaseEntry::is_red);
        if !is_explained && self.exit != 0 {
            complaints.push(self.verdict.clone());
        }
        complaints
    }

    fn tally(&self, at_least: Exit) -> Tally<'_> {
        Tally {
            ending: self.ending,
            shard: self.shard.as_ref().map(|one| (one.shard, one.empty)),
            extent: self.extent,
            cases: self.cases.iter().map(CaseTally::from).collect(),
            requirements: &self.requirements,
            is_stale: !self.stale_expectations.is_empty(),
            has_trouble: !self.troubles.is_empty(),
            has_shortfall: self.shortfall.is_some(),
            lacks_required: self.needs.iter().any(|need| need.required),
            at_least,
        }
    }
}

impl CaseEntry {
    /// Whether it alone is a reason why the exit is not 0.
    pub(super) fn is_red(&self) -> bool {
        CaseTally::from(self).exit() != Exit::Held
    }
}

impl From<&CaseEntry> for CaseTally {
    fn from(case: &CaseEntry) -> Self {
        Self {
            level: case.level,
            verdict: case.verdict,
            is_known: case.known.is_some(),
            is_selected: case.selected,
            is_sanity: case.sanity,
        }
    }
}
