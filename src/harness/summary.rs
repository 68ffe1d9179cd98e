//! The one line that says what a run proved, from its figures.

use std::collections::BTreeMap;

use super::{Ending, Exit, Shard, State};

/// Figures of a run, or of a report of one.
pub(super) struct Summary {
    pub(super) exit: Exit,
    pub(super) ending: Ending,
    pub(super) is_anything_judged: bool,
    /// Whether a case failed: else a failed run has stale expectations.
    pub(super) has_failure: bool,
    /// The part of a selection that it was, and whether that has no case.
    pub(super) shard: Option<(Shard, bool)>,
    /// Cases of a `must` that fail as the expectation file says.
    pub(super) known: usize,
    /// Requirements that are a `must`, by how they stand.
    pub(super) musts: BTreeMap<State, usize>,
    /// Needs that kept some of those from being observed, the most wanted first.
    pub(super) wanted: Vec<(String, usize)>,
}

impl Summary {
    pub(super) fn line(&self) -> String {
        let counted = State::ALL.into_iter();
        let counted = counted.filter(|state| *state != State::NotApplicable);
        let all = counted.map(|state| self.musts(state)).sum::<usize>();
        let held = format!("{} of {all} MUSTs held", self.musts(State::Held));
        let others = [
            (State::Failed, "failed"),
            (State::KnownFailure, "known to fail"),
            (State::CouldNotRun, "could not run"),
            (State::NotObservable, "not observable here"),
            (State::NotSelected, "not selected"),
            (State::Untested, "untested"),
        ];
        let mut line = format!("{}: {held}", self.headline());
        for (state, words) in others {
            let count = self.musts(state);
            if count == 0 {
                continue;
            }
            line.push_str(&format!(", {count} {words}"));
            if state == State::NotObservable {
                let needs = self.wanted.iter();
                let needs: Vec<_> = needs
                    .map(|(need, count)| format!("{need} {count}"))
                    .collect();
                line.push_str(&format!(" (needs: {})", needs.join(", ")));
            }
        }
        line
    }

    fn musts(&self, state: State) -> usize {
        self.musts.get(&state).copied().unwrap_or(0)
    }

    /// The first words of the line.
    fn headline(&self) -> String {
        match (self.exit, self.shard) {
            (Exit::Failed, _) if !self.has_failure => "stale expectations".to_owned(),
            (Exit::Failed, _) => "not conformant".to_owned(),
            (Exit::Unreachable, _) if self.ending == Ending::Unreachable => {
                "target unreachable".to_owned()
            }
            (Exit::Unreachable | Exit::Usage, _) => "harness error".to_owned(),
            (Exit::Incomplete, _) if !self.is_anything_judged => "nothing judged".to_owned(),
            (Exit::Incomplete, _) => "incomplete".to_owned(),
            (Exit::Held, Some((shard, true))) => format!("shard {shard} has no case"),
            (Exit::Held, _) if self.known > 0 => format!("no new failures ({} known)", self.known),
            (Exit::Held, Some((shard, false))) => format!("shard {shard} held"),
            (Exit::Held, None) if self.musts(State::NotSelected) > 0 => "selection held".to_owned(),
            (Exit::Held, None) => "conformant".to_owned(),
        }
    }
}
