//! The proof that a suite can fail: it is run against targets that are wrong in a known way, and
//! against some that are right in an unusual one.
//!
//! - [`Trial`] one such run, and what is to be made of it: a [`Finding`].
//! - [`Catches`] what catches which mistake, as the files of `suites/` say it.
//! - [`Matrix`] trials against requirements, for people.

mod catches;
mod matrix;
mod trial;

pub use catches::Catches;
pub use matrix::Matrix;
pub use trial::{Catch, Expectation, Finding, Others, Trial};

use std::collections::BTreeSet;

use super::Verdict;

/// The cases that ran in these trials and failed in none: what no wrong target breaks.
pub fn unbroken(trials: &[Trial]) -> Vec<&'static str> {
    let mut seen = BTreeSet::new();
    let mut broken = BTreeSet::new();
    for outcome in trials.iter().flat_map(|trial| &trial.conclusion.outcomes) {
        seen.insert(outcome.id);
        if matches!(outcome.verdict, Verdict::Fail | Verdict::Warn) {
            broken.insert(outcome.id);
        }
    }
    seen.difference(&broken).copied().collect()
}

/// The cases that ran in these trials, catch nothing that they claim to, and see no target choose
/// what it may.
pub fn idle(trials: &[Trial]) -> Vec<&'static str> {
    let mut seen = BTreeSet::new();
    let mut busy = BTreeSet::new();
    for trial in trials {
        busy.extend(trial.catching());
        for outcome in &trial.conclusion.outcomes {
            seen.insert(outcome.id);
            if outcome.verdict == Verdict::NotApplicable && outcome.mismatch().is_some() {
                busy.insert(outcome.id);
            }
        }
    }
    seen.difference(&busy).copied().collect()
}
