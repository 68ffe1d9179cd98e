//! What a document comes to: the same rules as a run's conclusion, for reports that are put
//! together or told of something new.

use std::collections::BTreeMap;

use super::{Counts, Document};
use crate::contract::requirement::Level;
use crate::harness::summary::Summary;
use crate::harness::{Ending, Exit, Redactor, State, Verdict};

impl Document {
    /// What the process ends with.
    pub fn ends_with(&self) -> Exit {
        Exit::from_code(self.exit).unwrap_or(Exit::Unreachable)
    }

    /// Counts anew, and says anew what it proves. A cause for a graver exit that the document once
    /// had stays one.
    pub(super) fn conclude(&mut self, graver: impl Iterator<Item = Exit>) {
        self.counts = self.count();
        let causes = [
            (self.has_failed(), Exit::Failed),
            (self.is_faulty(), Exit::Unreachable),
            (self.is_incomplete(), Exit::Incomplete),
        ];
        let applying = causes.into_iter().filter(|(applies, _)| *applies);
        let graver = graver.filter(|exit| !matches!(exit, Exit::Held | Exit::Incomplete));
        let causes = applying.map(|(_, exit)| exit).chain(graver);
        self.exit = causes.fold(Exit::Held, Exit::or_worse).code();
        self.verdict = self.summary().line();
    }

    /// Adds something that is wrong with the harness.
    pub(super) fn tell(&mut self, trouble: String) {
        self.troubles.push(trouble);
        let before = self.ends_with();
        self.conclude(std::iter::once(before));
    }

    pub(super) fn count(&self) -> Counts {
        let requirements = |level| {
            let states = State::ALL.into_iter();
            let count = |state| {
                let alike = self.requirements.iter();
                let alike = alike.filter(|one| one.level == level && one.state == state);
                (state, alike.count())
            };
            states.map(count).collect()
        };
        let verdicts = Verdict::ALL.into_iter();
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

    /// The document with every registered secret taken out, and told if there was one.
    pub(super) fn without_secrets(self, redactor: &Redactor) -> Self {
        let text = serde_json::to_string(&self).unwrap_or_default();
        let leaks = redactor.scan(&text);
        if leaks == 0 {
            return self;
        }
        let withheld = super::reading::map_texts(&self, &|text| redactor.redact(text).into_owned());
        // Where a secret is in what no text holds, nothing of it is shown.
        let mut told = withheld.unwrap_or_else(|| self.emptied());
        told.leaks = leaks;
        told.tell(format!(
            "a secret had reached this report in {leaks} places and was withheld"
        ));
        told
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

    /// The same with what only the exit tells: no exit but 0 is without a complaint or a case.
    pub(super) fn all_complaints(&self) -> Vec<String> {
        let mut complaints = self.complaints();
        let required = self.needs.iter().filter(|need| need.required);
        complaints.extend(required.map(|need| {
            let (name, supply) = (&need.name, &need.supply);
            format!("needs {name}, which is required: {supply}")
        }));
        let is_told = !complaints.is_empty() || self.cases.iter().any(|case| case.is_red());
        if !is_told && self.exit != 0 {
            complaints.push(self.verdict.clone());
        }
        complaints
    }

    fn has_failed(&self) -> bool {
        let failed = [Verdict::Fail, Verdict::UnexpectedPass];
        !self.stale_expectations.is_empty()
            || self.cases.iter().any(|one| failed.contains(&one.verdict))
    }

    fn is_faulty(&self) -> bool {
        let mut cases = self.cases.iter();
        self.ending == Ending::Unreachable
            || !self.troubles.is_empty()
            || cases.any(|one| one.verdict == Verdict::HarnessError)
    }

    fn is_incomplete(&self) -> bool {
        let could_not_run = |one: &super::CaseEntry| {
            one.level == Level::Must && one.verdict == Verdict::CouldNotRun && one.known.is_none()
        };
        let mut cases = self.cases.iter();
        self.ending == Ending::Stopped
            || self.shortfall.is_some()
            || !(self.is_anything_judged() || self.is_empty_shard())
            || cases.any(could_not_run)
            || self.needs.iter().any(|need| need.required)
    }

    fn is_empty_shard(&self) -> bool {
        self.shard.as_ref().is_some_and(|portion| portion.empty)
    }

    /// Sanity cases say something only where nothing else was selected.
    fn is_anything_judged(&self) -> bool {
        let selected = self.cases.iter().filter(|one| one.selected);
        let is_sanity_all = selected.clone().all(|one| one.sanity);
        let mut said = selected.filter(|one| is_sanity_all || !one.sanity);
        said.any(|one| one.verdict.is_judgement())
    }

    fn summary(&self) -> Summary {
        let mut wanted: Vec<(String, usize)> = Vec::new();
        let musts = self.requirements.iter();
        let musts = musts.filter(|one| one.level == Level::Must);
        for need in musts.filter_map(|one| one.unmet.as_ref()) {
            match wanted.iter_mut().find(|(known, _)| known == need) {
                Some((_, count)) => *count += 1,
                None => wanted.push((need.clone(), 1)),
            }
        }
        wanted.sort_by(|(_, left), (_, right)| right.cmp(left));
        let known = self.cases.iter().filter(|one| {
            let is_known = one.known.is_some() || one.verdict == Verdict::ExpectedFail;
            one.level == Level::Must && is_known
        });
        Summary {
            exit: self.ends_with(),
            ending: self.ending,
            is_anything_judged: self.is_anything_judged(),
            has_failure: self.cases.iter().any(|one| one.verdict == Verdict::Fail),
            shard: self.shard.as_ref().map(|one| (one.shard, one.empty)),
            known: known.count(),
            musts: BTreeMap::clone(&self.counts.must),
            wanted,
        }
    }
}

impl super::CaseEntry {
    /// Whether it alone is a reason why the exit is not 0.
    pub(super) fn is_red(&self) -> bool {
        match self.verdict {
            Verdict::Fail | Verdict::UnexpectedPass | Verdict::HarnessError => true,
            Verdict::CouldNotRun => self.level == Level::Must && self.known.is_none(),
            _ => false,
        }
    }
}
