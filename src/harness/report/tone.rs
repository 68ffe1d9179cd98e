//! What news is good and what is bad: colours and marks, wherever formats for people share them.

use crate::harness::{Headline, State, Verdict};

/// How a reader is to take something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    Good,
    Bad,
    /// Nothing is wrong, and that is less than all being right.
    Neutral,
    /// Nothing failed, and not everything is known to be right.
    Unsure,
    /// Nothing to look at.
    Quiet,
}

impl Tone {
    /// Only one of them is a green light: whoever looks at nothing but the colour must not take what was not
    /// looked at for right.
    pub(super) const fn of_headline(headline: Headline) -> Self {
        match headline {
            Headline::Conformant => Self::Good,
            Headline::NoFailureSeen
            | Headline::SelectionHeld
            | Headline::ShardHeld
            | Headline::ShardEmpty
            | Headline::NoNewFailures => Self::Neutral,
            Headline::Incomplete | Headline::NothingJudged => Self::Unsure,
            Headline::NotConformant
            | Headline::StaleExpectations
            | Headline::TargetUnreachable
            | Headline::HarnessError => Self::Bad,
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
