//! The one rule for the exit of a run, and the line that says what the run proved. Runs, merged shards and
//! reports from which a secret was taken are all added up here.

use super::{Ending, Exit, RequirementResult, Shard, State, Verdict};
use crate::contract::requirement::Level;

/// What the exit and the verdict line of a run depend on.
pub(super) struct Tally<'r> {
    pub(super) ending: Ending,
    /// The part of a selection that it was, and whether that part has no case.
    pub(super) shard: Option<(Shard, bool)>,
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

    /// One line that says what the run proved.
    pub(super) fn line(&self) -> String {
        let counted = self.all_musts().filter(|one| one.state != State::NotApplicable);
        let all = counted.count();
        let others = [
            (State::Failed, "failed"),
            (State::KnownFailure, "known to fail"),
            (State::CouldNotRun, "could not run"),
            (State::NotObservable, "not observable here"),
            (State::NotSelected, "not selected"),
            (State::Untested, "untested"),
        ];
        let mut line =
            format!("{}: {} of {all} MUSTs held", self.headline(), self.musts(State::Held));
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

    fn headline(&self) -> String {
        let known = self.known();
        match (self.exit(), self.shard) {
            (Exit::Failed, _) if !self.has(Verdict::Fail) => "stale expectations".to_owned(),
            (Exit::Failed, _) => "not conformant".to_owned(),
            (Exit::Unreachable, _) if self.ending == Ending::Unreachable => {
                "target unreachable".to_owned()
            }
            (Exit::Unreachable | Exit::Usage, _) => "harness error".to_owned(),
            (Exit::Incomplete, _) if !self.is_anything_judged() => "nothing judged".to_owned(),
            (Exit::Incomplete, _) => "incomplete".to_owned(),
            (Exit::Held, Some((shard, true))) => format!("shard {shard} has no case"),
            (Exit::Held, _) if known > 0 => format!("no new failures ({known} known)"),
            (Exit::Held, Some((shard, false))) => format!("shard {shard} held"),
            (Exit::Held, None) if self.musts(State::NotSelected) > 0 => "selection held".to_owned(),
            (Exit::Held, None) => "conformant".to_owned(),
        }
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
