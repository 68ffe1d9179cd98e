//! What news is good and what is bad: colours and marks, wherever formats for people share them.

use crate::harness::{State, Verdict};

/// How a reader is to take something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    Good,
    Bad,
    /// Nothing failed, and not everything is known to be right.
    Unsure,
    /// Nothing to look at.
    Quiet,
}

impl Tone {
    pub(super) const fn of_exit(code: u8) -> Self {
        match code {
            0 => Self::Good,
            1 | 4 => Self::Bad,
            _ => Self::Unsure,
        }
    }

    pub(super) const fn of_state(state: State) -> Self {
        match state {
            State::Failed => Self::Bad,
            State::KnownFailure | State::Warned | State::CouldNotRun | State::NotObservable => {
                Self::Unsure
            }
            State::Held => Self::Good,
            State::NotApplicable | State::NotSelected | State::Untested => Self::Quiet,
        }
    }

    pub(super) const fn of_verdict(verdict: Verdict) -> Self {
        Self::of_state(state_like(verdict))
    }
}

pub(super) const fn mark_of_state(state: State) -> char {
    match state {
        State::Failed | State::KnownFailure => '✗',
        State::Warned => '!',
        State::CouldNotRun => '?',
        State::NotObservable | State::NotApplicable => '-',
        State::Held => '✓',
        State::NotSelected | State::Untested => '·',
    }
}

pub(super) const fn mark_of_verdict(verdict: Verdict) -> char {
    mark_of_state(state_like(verdict))
}

/// The state of a requirement that looks as the verdict does. What has to be mended in the harness or in the
/// expectation file looks like a failure.
const fn state_like(verdict: Verdict) -> State {
    match verdict {
        Verdict::UnexpectedPass | Verdict::HarnessError => State::Failed,
        verdict => State::of(verdict),
    }
}
