//! The one rule for the exit of a run, and for the word and the line that say what the run proved. Runs,
//! merged shards and reports from which a secret was taken are all added up here.

use super::{Ending, Exit, Extent, Headline, RequirementResult, Shard, State, Verdict};
use crate::contract::requirement::Level;

/// What the exit and the verdict line of a run depend on.
pub(super) struct Tally<'r> {
    pub(super) ending: Ending,
    /// The part of a selection that it was, and whether that part has no case.
    pub(super) shard: Option<(Shard, bool)>,
    /// How much of the suite was to be run at all, by all shards together.
    pub(super) extent: Extent,
    pub(super) cases: Vec<CaseTally>,
    pub(super) requirements: &'r [RequirementResult],
    /// Whether an entry of the expectation file no longer says what happens.
    pub(super) is_stale: bool,
    /// Whether something is wrong with the harness apart from any verdict.
    pub(super) has_trouble: bool,
    /// Whether the run is incomplete although each case says otherwise.
    pub(super) has_shortfall: bool,
    /// Whether `--require` names a need that was not met.
    pub(super) lacks_required: bool,
    /// The least grave exit that is possible, whatever the cases say.
    pub(super) at_least: Exit,
}

/// What they depend on of each case.
pub(super) struct CaseTally {
    pub(super) level: Level,
    pub(super) verdict: Verdict,
    /// Whether the expectation file explains the verdict.
    pub(super) is_known: bool,
    pub(super) is_selected: bool,
    pub(super) is_sanity: bool,
}

impl CaseTally {
    /// The exit that this case alone is a reason for.
    pub(super) fn exit(&self) -> Exit {
        match self.verdict {
            Verdict::Fail | Verdict::UnexpectedPass => Exit::Failed,
            Verdict::HarnessError => Exit::Unreachable,
            Verdict::CouldNotRun if self.level == Level::Must && !self.is_known => Exit::Incomplete,
            _ => Exit::Held,
        }
    }
}

impl Tally<'_> {
    pub(super) fn exit(&self) -> Exit {
        let is_gone = self.ending == Ending::Unreachable;
        let is_idle = !(self.is_anything_judged() || self.is_empty_shard());
        let is_cut = self.ending == Ending::Stopped || self.has_shortfall || self.lacks_required;
        let causes = [
            (self.is_stale, Exit::Failed),
            (is_gone || self.has_trouble, Exit::Unreachable),
            (is_idle || is_cut, Exit::Incomplete),
        ];
        let applying = causes.into_iter().filter(|(applies, _)| *applies);
        let cases = self.cases.iter().map(CaseTally::exit);
        let exits = applying.map(|(_, exit)| exit).chain(cases);
        exits.fold(self.at_least, Exit::or_worse)
    }

    /// One line that says what the run proved. A `must` that no case can check is not among those that are
    /// counted, and is named at the end.
    pub(super) fn line(&self) -> String {
        let uncounted = [State::NotApplicable, State::Untested];
        let counted = self.all_musts().filter(|one| !uncounted.contains(&one.state));
        let all = counted.count();
        let others = [
            (State::Failed, "failed"),
            (State::KnownFailure, "known to fail"),
            (State::CouldNotRun, "could not run"),
            (State::NotObservable, "not observed"),
            (State::NotSelected, "not selected"),
            (State::Untested, "more untested"),
        ];
        let mut line = format!("{}: {} of {all} MUSTs held", self.words(), self.musts(State::Held));
        for (state, words) in others {
            let count = self.musts(state);
            if count == 0 {
                continue;
            }
            line.push_str(&format!(", {count} {words}"));
            if state == State::NotObservable {
                let unmet = self.all_musts().filter_map(|one| one.unmet.as_ref());
                let needs = frequencies(unmet).into_iter();
                let needs: Vec<_> = needs.map(|(need, count)| format!("{need} {count}")).collect();
                line.push_str(&format!(" (needs: {})", needs.join(", ")));
            }
        }
        line
    }

    /// What the run proved, in a word. *Conformant* says that there is nothing left to see: a run that left out
    /// a case, or could not observe a `must`, has seen less, however green it is.
    pub(super) fn headline(&self) -> Headline {
        match (self.exit(), self.shard) {
            (Exit::Failed, _) if !self.has(Verdict::Fail) => Headline::StaleExpectations,
            (Exit::Failed, _) => Headline::NotConformant,
            (Exit::Unreachable, _) if self.ending == Ending::Unreachable => {
                Headline::TargetUnreachable
            }
            (Exit::Unreachable | Exit::Usage, _) => Headline::HarnessError,
            (Exit::Incomplete, _) if !self.is_anything_judged() => Headline::NothingJudged,
            (Exit::Incomplete, _) => Headline::Incomplete,
            (Exit::Held, Some((_, true))) => Headline::ShardEmpty,
            (Exit::Held, _) if self.known() > 0 => Headline::NoNewFailures,
            (Exit::Held, _) if !self.is_all_observed() => Headline::NoFailureSeen,
            (Exit::Held, _) if self.extent == Extent::Quick => Headline::NoFailureSeen,
            (Exit::Held, Some((_, false))) => Headline::ShardHeld,
            (Exit::Held, None) if self.is_part() => Headline::SelectionHeld,
            (Exit::Held, None) => Headline::Conformant,
        }
    }

    /// The same in words, with how much of the suite was looked at where it is not all.
    fn words(&self) -> String {
        let headline = self.headline();
        let shard = self.shard.map(|(shard, _)| format!("shard {shard}"));
        let words = match (headline, &shard) {
            (Headline::ShardEmpty, Some(shard)) => format!("{shard} has no case"),
            (Headline::ShardHeld, Some(shard)) => format!("{shard} held"),
            (Headline::NoNewFailures, _) => format!("no new failures ({} known)", self.known()),
            (Headline::NoFailureSeen, Some(shard)) => format!("{shard}: no failure seen"),
            (Headline::NoFailureSeen, None) if self.extent == Extent::Selection => {
                "selection: no failure seen".to_owned()
            }
            _ => headline.name().replace('-', " "),
        };
        match self.extent {
            Extent::Quick => format!("quick: {words}"),
            Extent::Whole | Extent::Selection => words,
        }
    }

    /// Whether a case was to be left out. Reports from before they said so show it by a requirement.
    fn is_part(&self) -> bool {
        self.extent != Extent::Whole || self.musts(State::NotSelected) > 0
    }

    /// Whether each `must` that was selected was seen.
    fn is_all_observed(&self) -> bool {
        let unseen = [State::NotObservable, State::CouldNotRun];
        unseen.into_iter().all(|state| self.musts(state) == 0)
    }

    /// Whether a case was judged that says something about the requirements. Sanity cases do only where
    /// nothing else was selected.
    fn is_anything_judged(&self) -> bool {
        let selected = self.cases.iter().filter(|case| case.is_selected);
        let is_sanity_only = selected.clone().all(|case| case.is_sanity);
        let mut conclusive = selected.filter(|case| is_sanity_only || !case.is_sanity);
        conclusive.any(|case| case.verdict.is_judgement())
    }

    fn is_empty_shard(&self) -> bool {
        matches!(self.shard, Some((_, true)))
    }

    /// How many cases of a `must` do not pass, as the expectation file says.
    fn known(&self) -> usize {
        let musts = self.cases.iter().filter(|case| case.level == Level::Must);
        let known = musts.filter(|case| case.is_known || case.verdict == Verdict::ExpectedFail);
        known.count()
    }

    fn has(&self, verdict: Verdict) -> bool {
        self.cases.iter().any(|case| case.verdict == verdict)
    }

    fn musts(&self, state: State) -> usize {
        self.all_musts().filter(|one| one.state == state).count()
    }

    fn all_musts(&self) -> impl Iterator<Item = &RequirementResult> {
        self.requirements.iter().filter(|one| one.level == Level::Must)
    }
}

/// Each thing with its number of occurrences, most frequent first.
pub(super) fn frequencies<T: PartialEq>(things: impl Iterator<Item = T>) -> Vec<(T, usize)> {
    let mut counts: Vec<(T, usize)> = Vec::new();
    for thing in things {
        match counts.iter_mut().find(|(known, _)| *known == thing) {
            Some((_, count)) => *count += 1,
            None => counts.push((thing, 1)),
        }
    }
    counts.sort_by(|(_, left), (_, right)| right.cmp(left));
    counts
}
