//! The result of a case.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Case, Judged, Mismatch, Need, Spending, Stop, Verdict};
use crate::contract::requirement::Level;

/// One case with its verdict. Its texts are raw: reports withhold secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    pub id: &'static str,
    pub requirement: &'static str,
    pub level: Level,
    /// Whether it was selected; sanity cases run in any selection.
    pub selected: bool,
    pub sanity: bool,
    pub verdict: Verdict,
    /// The expectation that the verdict fulfils.
    pub known: Option<Known>,
    /// Why, where it did not simply pass.
    pub detail: Option<Detail>,
    /// The most that it declares to spend.
    pub declared: Spending,
    pub spent: Spending,
    pub took: Duration,
}

/// Why a case is known not to pass.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    /// In the words of whoever wrote the expectation file.
    pub reason: String,
    /// Where it is being dealt with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issue: Option<String>,
}

/// Why a case did not simply pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Detail {
    /// The target does something else.
    Mismatch(Box<Mismatch>),
    /// What the target does not offer, the case's first need first.
    Needs(Vec<Need>),
    /// What stood in the way.
    Note(String),
}

impl Outcome {
    pub(super) fn new<C>(case: &Case<C>, level: Level, selected: bool, judged: Judged) -> Self {
        Self {
            id: case.id,
            requirement: case.requirement,
            level,
            selected,
            sanity: case.phase.is_sanity(),
            verdict: Verdict::of(level, &judged),
            known: None,
            detail: judged.err().map(Detail::from),
            declared: case.spends,
            spent: Spending::default(),
            took: Duration::ZERO,
        }
    }

    /// The complaint if it spent more than it declares, which is a fault of the suite.
    pub fn overspending(&self) -> Option<String> {
        let Spending { requests, rotations } = self.declared;
        (!self.spent.is_within(self.declared)).then(|| {
            format!(
                "{} spent {} requests and {} rotations, and declares {requests} and {rotations}",
                self.id, self.spent.requests, self.spent.rotations,
            )
        })
    }

    /// The difference that it found.
    pub fn mismatch(&self) -> Option<&Mismatch> {
        match &self.detail {
            Some(Detail::Mismatch(mismatch)) => Some(mismatch),
            _ => None,
        }
    }

    /// The first line of the failure, or what stood in the way.
    pub fn message(&self) -> Option<&str> {
        match &self.detail {
            Some(Detail::Mismatch(mismatch)) => Some(&mismatch.what),
            Some(Detail::Note(note)) => Some(note),
            Some(Detail::Needs(_)) | None => None,
        }
    }

    /// What the target does not offer, if that is why it was not observed.
    pub fn unmet(&self) -> &[Need] {
        match &self.detail {
            Some(Detail::Needs(needs)) => needs,
            _ => &[],
        }
    }
}

impl From<Stop> for Detail {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Mismatch(mismatch) => Self::Mismatch(mismatch),
            Stop::NotObservable(need) => Self::Needs(vec![need]),
            Stop::CouldNotRun(note)
            | Stop::NotApplicable(note)
            | Stop::Unreachable(note)
            | Stop::Harness(note) => Self::Note(note),
        }
    }
}
