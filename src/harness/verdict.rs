//! The verdict on a case.

use super::{Judged, Stop};
use crate::contract::requirement::Level;
use crate::named::named;

named! {
    /// The verdict on one case. Its name is that of reports and expectation files.
    #[derive(serde::Serialize)]
    pub enum Verdict {
        Pass = "pass": "The requirement is met",
        Fail = "fail": "A `must` is not met",
        Warn = "warn": "A `should` is not met",
        ExpectedFail = "expected-fail": "It fails, as the expectation file says",
        UnexpectedPass = "unexpected-pass": "It passes, against the expectation file",
        NotApplicable = "not-applicable": "A `may` that this target decided otherwise, or a part that it need not have. Out of the count",
        NotObservable = "not-observable": "The target does not offer what the case needs",
        CouldNotRun = "could-not-run": "Something that the operator or the target can mend stood in the way",
        HarnessError = "harness-error": "The harness itself is wrong",
    }
}

impl Verdict {
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
}
