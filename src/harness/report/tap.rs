//! TAP version 14: one test point a case. Nothing is `not ok` but what makes the exit other than 0.

use std::fmt::Write;

use super::{CaseEntry, Document, Failure, Format};
use crate::harness::Verdict;

/// TAP version 14, with what a failure shows in a YAML block.
#[derive(Debug, Clone, Copy, Default)]
pub struct Tap;

impl Format for Tap {
    fn render(&self, document: &Document) -> String {
        let complaints = document.all_complaints();
        let points = document.cases.len() + complaints.len();
        let (target, shard) = (&document.target, document.shard_words());
        let (seed, started) = (document.seed, &document.started);
        let mut text = String::from("TAP version 14\n");
        let _ = writeln!(text, "# keyproof: {target}{shard}, seed {seed}, started {started}");
        let _ = writeln!(text, "1..{points}");
        for (number, case) in document.cases.iter().enumerate() {
            point(&mut text, number + 1, document, case);
        }
        for (number, complaint) in complaints.iter().enumerate() {
            let number = document.cases.len() + number + 1;
            let _ = writeln!(text, "not ok {number} - run: {}", description(complaint));
        }
        for need in document.need_lines() {
            let _ = writeln!(text, "# not observable without {need}");
        }
        let _ = writeln!(text, "# {target}: {}", document.verdict);
        text
    }
}

fn point(text: &mut String, number: usize, document: &Document, case: &CaseEntry) {
    let result = match (case.is_red(), case.verdict) {
        (true, _) | (false, Verdict::ExpectedFail) => "not ok",
        (false, _) => "ok",
    };
    let id = description(&case.id);
    let reason = description(&document.reason(case));
    let directive = match case.verdict {
        Verdict::ExpectedFail => format!(" # TODO expected to fail: {reason}"),
        Verdict::NotObservable => format!(" # SKIP not observable: {reason}"),
        Verdict::NotApplicable => format!(" # SKIP not applicable: {reason}"),
        Verdict::CouldNotRun if !case.is_red() => format!(" # SKIP could not run: {reason}"),
        _ => String::new(),
    };
    let _ = writeln!(text, "{result} {number} - {id}{directive}");
    if case.verdict != Verdict::Pass {
        diagnose(text, document, case);
    }
}

/// The YAML block. Its texts are JSON strings, which YAML reads as they are.
fn diagnose(text: &mut String, document: &Document, case: &CaseEntry) {
    let reason = document.reason(case);
    let mut members = vec![
        ("verdict", case.verdict.name().to_owned()),
        ("requirement", case.requirement.clone()),
        ("level", case.level.name().to_owned()),
        ("message", reason),
    ];
    if let Some(failure) = document.failure(&case.id) {
        members.extend(details(failure));
    }
    text.push_str("  ---\n");
    for (name, value) in members {
        let value = serde_json::Value::from(value);
        let _ = writeln!(text, "  {name}: {value}");
    }
    text.push_str("  ...\n");
}

fn details(failure: &Failure) -> Vec<(&'static str, String)> {
    let mut details = vec![
        ("source", failure.source.clone()),
        ("expected", failure.expected.clone()),
        ("got", failure.got.clone()),
    ];
    let exchanges: Vec<String> = failure.exchange_lines().collect();
    if !exchanges.is_empty() {
        details.push(("exchanges", exchanges.join("\n")));
    }
    details.push(("rerun", failure.rerun.clone()));
    details
}

/// A description: a `#` would begin a directive, a backslash an escape.
fn description(text: &str) -> String {
    let text = text.replace('\\', r"\\").replace('#', r"\#");
    text.replace('\n', " ")
}
