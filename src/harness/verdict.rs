//! The verdict on a case.

use serde::{Deserialize, Serialize};

use super::{Judged, Stop};
use crate::contract::requirement::Level;

/// The verdict on one case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The requirement is met.
    Pass,
    /// A `must` is not met.
    Fail,
    /// A `should` is not met.
    Warn,
    /// It fails, as the expectation file says.
    ExpectedFail,
    /// It passes, against the expectation file.
    UnexpectedPass,
    /// A `may` that this target decided otherwise, or a part that it need not have. Out of the count.
    NotApplicable,
    /// The target does not offer what the case needs.
    NotObservable,
    /// Something that the operator or the target can mend stood in the way.
    CouldNotRun,
    /// The harness itself is wrong.
    HarnessError,
}

impl Verdict {
    /// All of them, in the order of reports.
    pub const ALL: [Self; 9] = [
        Self::Pass,
        Self::Fail,
        Self::Warn,
        Self::ExpectedFail,
        Self::UnexpectedPass,
        Self::NotApplicable,
        Self::NotObservable,
        Self::CouldNotRun,
        Self::HarnessError,
    ];

    /// The verdict on a case whose requirement binds as hard as `level`.
    pub const fn of(level: Level, judged: &Judged) -> Self {
        match judged {
            Ok(()) => Self::Pass,
            Err(Stop::Mismatch(_)) => match level {
                Level::Must => Self::Fail,
                Level::Should => Self::Warn,
                Level::May => Self::NotApplicable,
            },
            Err(Stop::NotApplicable(_)) => Self::NotApplicable,
            Err(Stop::NotObservable(_)) => Self::NotObservable,
            Err(Stop::CouldNotRun(_) | Stop::Unreachable(_)) => Self::CouldNotRun,
            Err(Stop::Harness(_)) => Self::HarnessError,
        }
    }

    /// Whether the target was judged, one way or the other.
    pub const fn is_judgement(self) -> bool {
        matches!(
            self,
            Self::Pass | Self::Fail | Self::Warn | Self::ExpectedFail | Self::UnexpectedPass
        )
    }

    /// Its name in reports and expectation files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Warn => "warn",
            Self::ExpectedFail => "expected-fail",
            Self::UnexpectedPass => "unexpected-pass",
            Self::NotApplicable => "not-applicable",
            Self::NotObservable => "not-observable",
            Self::CouldNotRun => "could-not-run",
            Self::HarnessError => "harness-error",
        }
    }
}
