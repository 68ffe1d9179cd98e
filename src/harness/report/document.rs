//! A report as data: what every format is made of, and what the JSON report is.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::count::plural;
use crate::contract::requirement::Level;
use crate::harness::{
    Ending, Exchange, Extent, Headline, Known, Portion, RequirementResult, Spending, State, Verdict,
};

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
    /// How much of the suite was to be run, by all shards together.
    #[serde(default)]
    pub extent: Extent,
    /// RFC 3339.
    pub started: String,
    /// Milliseconds.
    pub duration_ms: u64,
    pub exit: u8,
    pub ending: Ending,
    /// What the run proved, in a word.
    #[serde(default)]
    pub headline: Headline,
    /// One line that says what the run proved.
    pub verdict: String,
    pub counts: Counts,
    /// What the target did not offer.
    pub needs: Vec<UnmetNeed>,
    /// The catalogue, in its order.
    pub requirements: Vec<RequirementResult>,
    /// Every case that had its turn, in the order of the suite.
    pub cases: Vec<CaseEntry>,
    pub failures: Vec<Failure>,
    /// Entries of the expectation file that are not true any more, with the lines to change.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stale_expectations: Vec<String>,
    /// Why the run is incomplete although each case says otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shortfall: Option<String>,
    /// What is wrong with the harness apart from any verdict.
    pub troubles: Vec<String>,
    /// What follows the verdict on the last line of the text.
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
    pub cases: BTreeMap<Verdict, usize>,
    pub must: BTreeMap<State, usize>,
    pub should: BTreeMap<State, usize>,
    pub may: BTreeMap<State, usize>,
}

/// A need that the target did not supply.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnmetNeed {
    /// As `--require` takes it.
    pub name: String,
    /// How to supply it, one line.
    pub supply: String,
    /// How many cases could not be observed without it.
    pub cases: usize,
    /// Whether `--require` asked for it.
    pub required: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseEntry {
    pub id: String,
    pub requirement: String,
    pub level: Level,
    /// Whether it was selected; sanity cases run in any selection.
    pub selected: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sanity: bool,
    pub verdict: Verdict,
    /// The first line of the failure, or what stood in the way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// The expectation that the verdict fulfils.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known: Option<Known>,
    /// What the target did not offer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<String>,
    /// What it cost the target.
    pub spent: Spending,
    /// Milliseconds.
    pub duration_ms: u64,
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
    pub fn requirement(&self, id: &str) -> Option<&RequirementResult> {
        self.requirements.iter().find(|one| one.id == id)
    }

    pub fn case(&self, id: &str) -> Option<&CaseEntry> {
        self.cases.iter().find(|one| one.id == id)
    }

    /// What the case of that id found, if the target does something else.
    pub fn failure(&self, case: &str) -> Option<&Failure> {
        self.failures.iter().find(|one| one.case == case)
    }

    /// The cases of a requirement that had their turn.
    pub(super) fn cases_of(
        &self,
        requirement: &RequirementResult,
    ) -> impl Iterator<Item = &CaseEntry> {
        requirement.cases.iter().filter_map(|id| self.case(id))
    }

    /// What a failure is about and what it shows, each by its name.
    pub(super) fn details<'d>(&'d self, failure: &'d Failure) -> Vec<(&'static str, Cow<'d, str>)> {
        let mut details = Vec::new();
        if let Some(requirement) = self.requirement(&failure.requirement) {
            let RequirementResult { id, level, text, .. } = requirement;
            details.push(("requirement", format!("{id} ({}): {text}", level.name()).into()));
            details.push(("source", (&failure.source).into()));
        }
        details.push(("expected", (&failure.expected).into()));
        details.push(("got", (&failure.got).into()));
        details
    }

    /// The failures that a reader has to look at: a choice that is free is none.
    pub(super) fn reported_failures(&self) -> impl Iterator<Item = &Failure> {
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

    /// The verdict without its figures, and the figures.
    pub(super) fn verdict_parts(&self) -> (&str, &str) {
        let verdict = self.verdict.as_str();
        let is_figure = |rest: &str| rest.starts_with(|first: char| first.is_ascii_digit());
        let colons =
            verdict.match_indices(": ").map(|(at, _)| (&verdict[..at], &verdict[at + 2..]));
        { colons }.find(|(_, rest)| is_figure(rest)).unwrap_or((verdict, ""))
    }

    /// What the target did not offer and how to supply it, a line each.
    pub(super) fn need_lines(&self) -> impl Iterator<Item = String> {
        self.needs.iter().map(|need| {
            let required = if need.required { ", required" } else { "" };
            let (name, supply, cases) = (&need.name, &need.supply, plural(need.cases, "case"));
            format!("{name} ({cases}{required}): {supply}")
        })
    }

    /// `, shard 2/4` where it is one.
    pub(super) fn shard_words(&self) -> String {
        let portion = self.shard.as_ref();
        portion.map_or_else(String::new, |portion| format!(", shard {}", portion.shard))
    }
}

impl Failure {
    /// Its exchanges for a reader, line by line.
    pub(super) fn exchange_lines(&self) -> impl Iterator<Item = String> {
        self.exchanges.iter().flat_map(Exchange::lines)
    }
}

impl Counts {
    /// How many cases got each verdict that there was.
    pub(super) fn verdicts(&self) -> impl Iterator<Item = (Verdict, usize)> {
        self.cases.iter().map(|(verdict, count)| (*verdict, *count)).filter(|(_, count)| *count > 0)
    }

    /// The same on one line.
    pub(super) fn words(&self) -> String {
        let words = self.verdicts().map(|(verdict, count)| format!("{count} {}", verdict.name()));
        words.collect::<Vec<_>>().join(", ")
    }
}
