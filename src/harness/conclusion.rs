//! What a run comes to.

use std::collections::HashSet;

use super::summary::Summary;
use super::{Ending, Exit, Need, Outcome, Portion, Require, Stale, Standing, State, Verdict};
use crate::contract::requirement::{Catalogue, Level};

/// All outcomes of a run, and what follows from them.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "its `exit` is what the process has to end with"]
pub struct Conclusion {
    /// Every case that had its turn, in the order of the suite.
    pub outcomes: Vec<Outcome>,
    /// Every requirement of the catalogue, in its order.
    pub standings: Vec<Standing>,
    /// Why the run ended when it did.
    pub ending: Ending,
    /// Expectations that no longer say what happens, in the order of their file.
    pub stale: Vec<Stale>,
    /// What is wrong with the harness apart from any verdict.
    pub troubles: Vec<String>,
    /// Why the run is incomplete although each case says otherwise.
    pub shortfall: Option<String>,
    /// The shard that the run was, if it was one.
    pub portion: Option<Portion>,
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
        let standings = catalogue.iter();
        let standings = standings.map(|one| Standing::of(one, &outcomes, &tested));
        let overspent = |outcome: &Outcome| {
            let is_told = outcome.verdict == Verdict::HarnessError;
            outcome.overspending().filter(|_| !is_told)
        };
        Self {
            standings: standings.collect(),
            troubles: outcomes.iter().filter_map(overspent).collect(),
            outcomes,
            stale: Vec::new(),
            ending,
            shortfall: None,
            portion: None,
            require,
        }
    }

    /// What the process ends with.
    pub fn exit(&self) -> Exit {
        let causes = [
            (self.has_failed(), Exit::Failed),
            (
                self.ending == Ending::Unreachable || self.has_trouble(),
                Exit::Unreachable,
            ),
            (self.is_incomplete(), Exit::Incomplete),
        ];
        let applying = causes.into_iter().filter(|(applies, _)| *applies);
        applying.fold(Exit::Held, |exit, (_, cause)| exit.or_worse(cause))
    }

    /// How many cases got that verdict.
    pub fn cases(&self, verdict: Verdict) -> usize {
        let alike = self.outcomes.iter().filter(|one| one.verdict == verdict);
        alike.count()
    }

    /// How many requirements of that level are in that state.
    pub fn requirements(&self, level: Level, state: State) -> usize {
        let alike = self.standings.iter();
        alike
            .filter(|one| one.requirement.level == level && one.state == state)
            .count()
    }

    /// Needs that kept requirements of that level from being observed, with how many each; the
    /// most wanted first.
    pub fn wanted(&self, level: Level) -> Vec<(Need, usize)> {
        let standings = self.standings.iter();
        let unmet = standings.filter(|one| one.requirement.level == level);
        count(unmet.filter_map(|one| one.unmet))
    }

    /// Every need that kept a case from being observed, with how many each.
    pub fn unmet(&self) -> Vec<(Need, usize)> {
        count(self.outcomes.iter().flat_map(Outcome::unmet).copied())
    }

    /// The needs among those that `--require` asks for.
    pub fn required(&self) -> Vec<Need> {
        let unmet = self.unmet().into_iter().map(|(need, _)| need);
        unmet.filter(|need| self.require.includes(need)).collect()
    }

    /// Whether any case that says something about the requirements was judged. Sanity cases do
    /// only where nothing else was selected.
    pub fn is_anything_judged(&self) -> bool {
        let judged = |outcome: &&Outcome| outcome.selected && outcome.verdict.is_judgement();
        let selected = |outcome: &&Outcome| outcome.selected;
        let others = self.outcomes.iter().filter(|outcome| !outcome.sanity);
        if others.clone().any(|outcome| selected(&outcome)) {
            others.filter(judged).count() > 0
        } else {
            self.outcomes.iter().filter(judged).count() > 0
        }
    }

    /// Whether it is a shard that no case of the selection is in.
    fn is_empty_shard(&self) -> bool {
        self.portion.as_ref().is_some_and(|portion| portion.empty)
    }

    /// The requirement that a case checks, as it stands.
    pub fn standing(&self, outcome: &Outcome) -> Option<&Standing> {
        let mut standings = self.standings.iter();
        standings.find(|one| one.requirement.id == outcome.requirement)
    }

    /// Whether a requirement failed, or an expectation is stale.
    fn has_failed(&self) -> bool {
        self.cases(Verdict::Fail) > 0 || self.has_stale()
    }

    fn has_stale(&self) -> bool {
        self.cases(Verdict::UnexpectedPass) > 0 || !self.stale.is_empty()
    }

    /// Whether the harness itself is wrong.
    pub(super) fn has_trouble(&self) -> bool {
        self.cases(Verdict::HarnessError) > 0 || !self.troubles.is_empty()
    }

    fn is_incomplete(&self) -> bool {
        let could_not_run = |outcome: &Outcome| {
            let is_news = outcome.verdict == Verdict::CouldNotRun && outcome.known.is_none();
            outcome.level == Level::Must && is_news
        };
        self.ending == Ending::Stopped
            || self.shortfall.is_some()
            || !(self.is_anything_judged() || self.is_empty_shard())
            || self.outcomes.iter().any(could_not_run)
            || !self.required().is_empty()
    }

    /// One line that says what the run proved.
    pub fn verdict_line(&self) -> String {
        let is_known = |outcome: &&Outcome| {
            outcome.known.is_some() || outcome.verdict == Verdict::ExpectedFail
        };
        let musts = self.outcomes.iter();
        let known = musts.filter(|one| one.level == Level::Must && is_known(one));
        let states = State::ALL.into_iter();
        let wanted = self.wanted(Level::Must).into_iter();
        let portion = self.portion.as_ref();
        Summary {
            exit: self.exit(),
            ending: self.ending,
            is_anything_judged: self.is_anything_judged(),
            has_failure: self.cases(Verdict::Fail) > 0,
            shard: portion.map(|one| (one.shard, one.empty)),
            known: known.count(),
            musts: states
                .map(|state| (state, self.requirements(Level::Must, state)))
                .collect(),
            wanted: wanted
                .map(|(need, count)| (need.name.to_owned(), count))
                .collect(),
        }
        .line()
    }
}

fn count(needs: impl Iterator<Item = Need>) -> Vec<(Need, usize)> {
    let mut counts: Vec<(Need, usize)> = Vec::new();
    for need in needs {
        match counts.iter_mut().find(|(known, _)| *known == need) {
            Some((_, count)) => *count += 1,
            None => counts.push((need, 1)),
        }
    }
    counts.sort_by(|(_, left), (_, right)| right.cmp(left));
    counts
}
