//! A report as data: what every format is made of, and what the JSON report is.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::contract::requirement::Level;
use crate::harness::{Ending, Exchange, Portion, Spending, State, Verdict};

/// The version of the document. Its members are only ever added to.
pub(super) const FORMAT: u32 = 1;

/// Everything in a report, without secrets and control characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// 1.
    pub format: u32,
    /// Of keyproof.
    #[serde(default)]
    pub version: String,
    /// The target as the user knows it: `embedded mock`, or an origin.
    pub target: String,
    /// What makes the run repeatable.
    pub seed: u64,
    /// The part of a selection that the run was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<Portion>,
    /// RFC 3339.
    pub started: String,
    /// Milliseconds.
    pub duration_ms: u64,
    /// What the process ended with.
    pub exit: u8,
    /// Why the run ended when it did.
    pub ending: Ending,
    /// One line that says what the run proved.
    pub verdict: String,
    /// How many of what.
    pub counts: Counts,
    /// What the target did not offer.
    pub needs: Vec<Wanted>,
    /// The catalogue, in its order.
    pub requirements: Vec<RequirementEntry>,
    /// Every case that had its turn, in the order of the suite.
    pub cases: Vec<CaseEntry>,
    /// The differences that cases found.
    pub failures: Vec<Failure>,
    /// Entries of the expectation file that are not true any more, with the lines to change.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stale_expectations: Vec<String>,
    /// Why the run is incomplete although each case says otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shortfall: Option<String>,
    /// What is wrong with the harness apart from any verdict.
    pub troubles: Vec<String>,
    /// What stands behind the verdict on the last line of the text.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub coda: String,
    /// Lines of a table that goes with the text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub annex: Vec<String>,
    /// In how many places a secret stood before it was withheld.
    #[serde(skip)]
    pub(super) leaks: usize,
}

/// How many cases got each verdict, and how many requirements of each level are in each state.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Cases.
    pub cases: BTreeMap<Verdict, usize>,
    /// Requirements that are a `must`.
    pub must: BTreeMap<State, usize>,
    /// Requirements that are a `should`.
    pub should: BTreeMap<State, usize>,
    /// Requirements that are a `may`.
    pub may: BTreeMap<State, usize>,
}

/// A need that the target did not supply.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wanted {
    /// As `--require` takes it.
    pub name: String,
    /// How to supply it, one line.
    pub supply: String,
    /// Cases that it kept from being observed.
    pub cases: usize,
    /// Whether `--require` asked for it.
    pub required: bool,
}

/// A requirement, and how the target stands on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequirementEntry {
    /// Stable slug.
    pub id: String,
    /// How hard it binds.
    pub level: Level,
    /// Which document, which section.
    pub source: String,
    /// The statement, one sentence.
    pub text: String,
    /// How the target stands on it.
    pub state: State,
    /// Ids of its cases that had their turn.
    pub cases: Vec<String>,
    /// The need that first kept it from being observed, where that is how it stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unmet: Option<String>,
    /// Why no case checks it, where none does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub untested: Option<String>,
}

/// A case with its verdict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseEntry {
    /// Stable slug.
    pub id: String,
    /// The requirement that it checks.
    pub requirement: String,
    /// How hard that binds.
    pub level: Level,
    /// Whether it was selected; sanity cases run in any selection.
    pub selected: bool,
    /// Whether it is a sanity case.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sanity: bool,
    /// What became of it.
    pub verdict: Verdict,
    /// The first line of the failure, or what stood in the way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// The expectation that the verdict fulfils.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known: Option<KnownEntry>,
    /// What the target did not offer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<String>,
    /// What it cost the target.
    pub spent: Spending,
    /// Milliseconds.
    pub duration_ms: u64,
}

/// Why a case is known not to pass.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownEntry {
    /// In the words of whoever wrote the expectation file.
    pub reason: String,
    /// Where it is being dealt with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issue: Option<String>,
}

/// A difference between a requirement and the target's behaviour.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The case that found it.
    pub case: String,
    /// The requirement that is not met.
    pub requirement: String,
    /// Which document, which section.
    pub source: String,
    /// The verdict on the case.
    pub verdict: Verdict,
    /// First line.
    pub what: String,
    /// What the requirement asks for.
    pub expected: String,
    /// What the target did instead.
    pub got: String,
    /// The exchanges that show it, oldest first.
    pub exchanges: Vec<Exchange>,
    /// The one command that runs the case again.
    pub rerun: String,
}

impl Document {
    /// The requirement of that id.
    pub fn requirement(&self, id: &str) -> Option<&RequirementEntry> {
        self.requirements.iter().find(|one| one.id == id)
    }

    /// The case of that id.
    pub fn case(&self, id: &str) -> Option<&CaseEntry> {
        self.cases.iter().find(|one| one.id == id)
    }

    /// What the case of that id found, if the target does something else.
    pub fn failure(&self, case: &str) -> Option<&Failure> {
        self.failures.iter().find(|one| one.case == case)
    }

    /// The failures that a reader has to look at: a choice that is free is none.
    pub(super) fn shown_failures(&self) -> impl Iterator<Item = &Failure> {
        let failures = self.failures.iter();
        failures.filter(|failure| failure.verdict != Verdict::NotApplicable)
    }

    /// Why a case did not simply pass, on one line; empty where it did.
    pub(super) fn reason(&self, case: &CaseEntry) -> String {
        let is_choice = case.verdict == Verdict::NotApplicable;
        match (&case.message, self.failure(&case.id)) {
            (Some(message), Some(_)) if is_choice => {
                format!("this server chose otherwise: {message}")
            }
            (Some(message), _) => message.clone(),
            (None, _) if !case.needs.is_empty() => format!("needs {}", case.needs.join(", ")),
            (None, _) => String::new(),
        }
    }

    /// `, shard 2/4` where it is one.
    pub(super) fn shard_words(&self) -> String {
        let portion = self.shard.as_ref();
        portion.map_or_else(String::new, |portion| format!(", shard {}", portion.shard))
    }
}

impl RequirementEntry {
    /// How the target stands on it, in words.
    pub(super) const fn words(&self) -> &'static str {
        match (self.state, self.level) {
            (State::Failed, _) => "failed",
            (State::KnownFailure, _) => "known failure",
            (State::Warned, _) => "warned",
            (State::CouldNotRun, _) => "could not run",
            (State::NotObservable, _) => "not observable",
            (State::NotApplicable, Level::May) => "chosen otherwise",
            (State::NotApplicable, _) => "not applicable",
            (State::Held, _) => "held",
            (State::NotSelected, _) => "not selected",
            (State::Untested, _) => "untested",
        }
    }
}

/// The level as reports write it.
pub(super) const fn level(level: Level) -> &'static str {
    match level {
        Level::Must => "must",
        Level::Should => "should",
        Level::May => "may",
    }
}
