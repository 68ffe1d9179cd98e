//! For the log of a GitHub workflow: the text, in which no foreign line can pass for a command, and
//! annotations.

use std::fmt::Write;

use super::{CaseEntry, Document, Format, Text};
use crate::harness::Verdict;

/// GitHub shows so many annotations of a kind for one step.
const ANNOTATIONS: usize = 10;

/// Workflow commands. The job summary is the Markdown report.
#[derive(Debug, Clone)]
pub struct Github {
    /// What ends the part of the log in which no command is obeyed: nobody must be able to guess it.
    pub token: String,
}

impl Format for Github {
    fn render(&self, document: &Document) -> String {
        let mut log = String::new();
        let text = Text::default().render(document);
        let token = &self.token;
        let _ = writeln!(log, "::stop-commands::{token}\n{text}::{token}::");
        annotations(&mut log, document);
        log
    }
}

/// The verdict first: of many, GitHub keeps the first.
fn annotations(log: &mut String, document: &Document) {
    let kind = if document.exit == 0 { "notice" } else { "error" };
    let needs = document.need_lines().map(|need| format!("not observable without {need}"));
    let lines: Vec<String> = [document.verdict.clone()].into_iter().chain(needs).collect();
    annotate(log, kind, &format!("keyproof: {}", document.target), &lines.join("\n"));
    let complaints = document.all_complaints().into_iter();
    let complaints = complaints.map(|complaint| ("keyproof".to_owned(), complaint));
    let red = document.cases.iter().filter(|case| case.is_red());
    let red = red.map(|case| (title(case), message(document, case)));
    limited(log, "error", ANNOTATIONS - 1, complaints.chain(red));
    let is_warning = |case: &&CaseEntry| {
        !case.is_red() && matches!(case.verdict, Verdict::Warn | Verdict::CouldNotRun)
    };
    let warnings = document.cases.iter().filter(is_warning);
    let warnings = warnings.map(|case| (title(case), message(document, case)));
    limited(log, "warning", ANNOTATIONS, warnings);
}

/// If there are too many, the last annotation says how many are left out.
fn limited(
    log: &mut String,
    kind: &str,
    limit: usize,
    annotations: impl Iterator<Item = (String, String)>,
) {
    let mut annotations: Vec<_> = annotations.collect();
    if annotations.len() > limit {
        let more = annotations.len() - (limit - 1);
        annotations.truncate(limit - 1);
        let rest = format!("and {more} more: the log and the job summary have them all");
        annotations.push(("keyproof".to_owned(), rest));
    }
    for (title, message) in annotations {
        annotate(log, kind, &title, &message);
    }
}

fn title(case: &CaseEntry) -> String {
    format!("{} {}", case.verdict.name(), case.id)
}

fn message(document: &Document, case: &CaseEntry) -> String {
    let reason = match (case.verdict, document.reason(case)) {
        (Verdict::UnexpectedPass, reason) if reason.is_empty() => {
            "passes, and is expected to fail".to_owned()
        }
        (_, reason) => reason,
    };
    let mut lines = vec![reason];
    if let Some(requirement) = document.requirement(&case.requirement) {
        lines.push(format!("{}: {}", requirement.id, requirement.text));
        lines.push(requirement.source.clone());
    }
    if let Some(failure) = document.failure(&case.id) {
        lines.push(format!("run again: {}", failure.rerun));
    }
    lines.join("\n")
}

fn annotate(log: &mut String, kind: &str, title: &str, message: &str) {
    let title = data(title).replace(':', "%3A").replace(',', "%2C");
    let _ = writeln!(log, "::{kind} title={title}::{}", data(message));
}

/// As the runner decodes it.
fn data(text: &str) -> String {
    let text = text.replace('%', "%25");
    text.replace('\r', "%0D").replace('\n', "%0A")
}
