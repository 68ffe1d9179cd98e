//! The report for programs: one JSON document, format 1.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Foreign, Format, Report};
use crate::contract::requirement::Level;
use crate::harness::{Detail, Ending, Exchange, Outcome, Spending, Standing, State, Verdict};

/// The version of the document that [`Json`] writes.
const FORMAT: u32 = 1;

/// One JSON document. Its members are only ever added to.
#[derive(Debug, Clone, Copy, Default)]
pub struct Json;

#[derive(Serialize)]
struct Document<'r> {
    format: u32,
    target: String,
    seed: u64,
    started: String,
    duration_ms: u128,
    exit: u8,
    ending: &'static str,
    verdict: String,
    counts: Counts,
    needs: Vec<Wanted>,
    requirements: Vec<RequirementEntry<'r>>,
    cases: Vec<CaseEntry<'r>>,
    failures: Vec<Failure<'r>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    stale_expectations: Vec<String>,
    troubles: Vec<String>,
}

#[derive(Serialize)]
struct Counts {
    cases: BTreeMap<Verdict, usize>,
    must: BTreeMap<State, usize>,
    should: BTreeMap<State, usize>,
    may: BTreeMap<State, usize>,
}

#[derive(Serialize)]
struct Wanted {
    name: &'static str,
    supply: &'static str,
    cases: usize,
    required: bool,
}

#[derive(Serialize)]
struct RequirementEntry<'r> {
    id: &'r str,
    level: Level,
    source: &'r str,
    text: &'r str,
    state: State,
    cases: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    untested: Option<&'r str>,
}

#[derive(Serialize)]
struct CaseEntry<'r> {
    id: &'static str,
    requirement: &'r str,
    level: Level,
    selected: bool,
    verdict: Verdict,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    known: Option<KnownEntry>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    needs: Vec<&'static str>,
    spent: Spending,
    duration_ms: u128,
}

#[derive(Serialize)]
struct KnownEntry {
    reason: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    issue: Option<String>,
}

#[derive(Serialize)]
struct Failure<'r> {
    case: &'static str,
    requirement: &'r str,
    source: &'r str,
    verdict: Verdict,
    what: String,
    expected: String,
    got: String,
    exchanges: Vec<Exchange>,
    rerun: String,
}

impl Format for Json {
    fn render(&self, report: &Report<'_>) -> String {
        let document = document(report);
        let text = serde_json::to_string_pretty(&document);
        text.expect("strings and numbers under string keys can't be refused") + "\n"
    }
}

fn document<'r>(report: &'r Report<'_>) -> Document<'r> {
    let conclusion = report.conclusion;
    let foreign = report.foreign();
    let required = conclusion.required();
    let needs = conclusion.unmet().into_iter();
    Document {
        format: FORMAT,
        target: foreign.line(report.target),
        seed: report.seed,
        started: report.started.to_string(),
        duration_ms: report.took.as_millis(),
        exit: conclusion.exit().code(),
        ending: match conclusion.ending {
            Ending::Complete => "complete",
            Ending::Stopped => "stopped",
            Ending::Unreachable => "unreachable",
        },
        verdict: conclusion.verdict_line(),
        counts: counts(report),
        needs: needs
            .map(|(need, cases)| Wanted {
                name: need.name,
                supply: need.supply,
                cases,
                required: required.contains(&need),
            })
            .collect(),
        requirements: conclusion
            .standings
            .iter()
            .map(|standing| requirement(standing, &conclusion.outcomes))
            .collect(),
        cases: conclusion
            .outcomes
            .iter()
            .map(|outcome| case(outcome, &foreign))
            .collect(),
        failures: conclusion
            .outcomes
            .iter()
            .filter_map(|outcome| failure(outcome, report))
            .collect(),
        stale_expectations: conclusion
            .stale
            .iter()
            .map(|stale| foreign.line(&stale.to_string()))
            .collect(),
        troubles: conclusion
            .troubles
            .iter()
            .map(|trouble| foreign.line(trouble))
            .collect(),
    }
}

fn counts(report: &Report<'_>) -> Counts {
    let conclusion = report.conclusion;
    let requirements = |level| {
        let states = State::ALL.into_iter();
        states
            .map(|state| (state, conclusion.requirements(level, state)))
            .collect()
    };
    let verdicts = Verdict::ALL.into_iter();
    Counts {
        cases: verdicts
            .map(|verdict| (verdict, conclusion.cases(verdict)))
            .collect(),
        must: requirements(Level::Must),
        should: requirements(Level::Should),
        may: requirements(Level::May),
    }
}

fn requirement<'r>(standing: &'r Standing, outcomes: &[Outcome]) -> RequirementEntry<'r> {
    let requirement = &standing.requirement;
    RequirementEntry {
        id: &requirement.id,
        level: requirement.level,
        source: &requirement.source,
        text: &requirement.text,
        state: standing.state,
        cases: standing.cases.iter().map(|&one| outcomes[one].id).collect(),
        untested: requirement.untested.as_deref(),
    }
}

fn case<'r>(outcome: &'r Outcome, foreign: &Foreign<'_>) -> CaseEntry<'r> {
    CaseEntry {
        id: outcome.id,
        requirement: outcome.requirement,
        level: outcome.level,
        selected: outcome.selected,
        verdict: outcome.verdict,
        message: match &outcome.detail {
            Some(Detail::Mismatch(mismatch)) => Some(foreign.line(&mismatch.what)),
            Some(Detail::Note(note)) => Some(foreign.line(note)),
            Some(Detail::Needs(_)) | None => None,
        },
        known: outcome.known.as_ref().map(|known| KnownEntry {
            reason: foreign.line(&known.reason),
            issue: known.issue.as_deref().map(|issue| foreign.line(issue)),
        }),
        needs: outcome.unmet().iter().map(|need| need.name).collect(),
        spent: outcome.spent,
        duration_ms: outcome.took.as_millis(),
    }
}

fn failure<'r>(outcome: &'r Outcome, report: &'r Report<'_>) -> Option<Failure<'r>> {
    let Some(Detail::Mismatch(mismatch)) = &outcome.detail else {
        return None;
    };
    let foreign = report.foreign();
    let standing = report.conclusion.standing(outcome);
    let exchanges = mismatch.exchanges.iter();
    Some(Failure {
        case: outcome.id,
        requirement: outcome.requirement,
        source: standing.map_or("", |one| &one.requirement.source),
        verdict: outcome.verdict,
        what: foreign.line(&mismatch.what),
        expected: foreign.lines(&mismatch.expected),
        got: foreign.lines(&mismatch.got),
        exchanges: exchanges.map(|one| foreign.exchange(one)).collect(),
        rerun: (report.rerun)(outcome.id),
    })
}
