//! The proof that a suite can fail: it is run against targets that are wrong in a known way, and
//! against some that are right in an unusual one.
//!
//! - [`Trial`] one such run, and what is to be made of it: a [`Finding`].
//! - [`Matrix`] trials against requirements, for people.

mod matrix;
mod trial;

pub use matrix::Matrix;
pub use trial::{Catch, Expectation, Finding, Trial};

use std::collections::BTreeSet;

use super::Verdict;

/// The cases that ran in these trials and failed in none: what no wrong target breaks.
pub fn unbroken<'t>(trials: impl IntoIterator<Item = &'t Trial>) -> Vec<&'static str> {
    let mut seen = BTreeSet::new();
    let mut broken = BTreeSet::new();
    for outcome in trials
        .into_iter()
        .flat_map(|trial| &trial.conclusion.outcomes)
    {
        seen.insert(outcome.id);
        if matches!(outcome.verdict, Verdict::Fail | Verdict::Warn) {
            broken.insert(outcome.id);
        }
    }
    seen.difference(&broken).copied().collect()
}
