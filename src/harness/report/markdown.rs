//! Markdown for a pull request or a job summary: the verdict, the requirements, the failures.

use std::fmt::Write;

use super::count::plural;
use super::text::seconds;
use super::tone::Tone;
use super::{CaseEntry, Document, Failure, Format};
use crate::harness::{RequirementResult, State, Verdict};

/// Most bytes of failures: GitHub drops a job summary of more than 1 MiB whole.
const FAILURES_LIMIT: usize = 512 * 1024;

/// GitHub's Markdown.
#[derive(Debug, Clone, Copy, Default)]
pub struct Markdown;

impl Format for Markdown {
    fn render(&self, document: &Document) -> String {
        let mut text = String::new();
        head(&mut text, document);
        requirements(&mut text, document);
        failures(&mut text, document);
        needs(&mut text, document);
        text
    }
}

fn head(text: &mut String, document: &Document) {
    let mark = emoji(Tone::of_headline(document.headline));
    let (target, verdict) = (escape(&document.target), escape(&document.verdict));
    let (seed, started) = (document.seed, escape(&document.started));
    let shard = document.shard_words();
    let _ = writeln!(text, "## {mark} keyproof: {target}\n\n**{verdict}**\n");
    for complaint in document.complaints() {
        let _ = writeln!(text, "⚠️ {}\n", escape(&complaint));
    }
    let (cases, counts) = (plural(document.cases.len(), "case"), document.counts.words());
    let seconds = seconds(document.duration_ms);
    let _ = writeln!(
        text,
        "{cases} in {seconds:.1} s: {counts}. Seed {seed}{shard}, started {started}.\n"
    );
}

/// Requirements that need attention are visible, the others are folded away.
fn requirements(text: &mut String, document: &Document) {
    let selected = document.requirements.iter();
    let selected = selected.filter(|one| one.state != State::NotSelected);
    let (quiet, loud): (Vec<_>, Vec<_>) = selected.partition(|one| {
        let quiet = [State::Held, State::NotApplicable, State::Untested];
        quiet.contains(&one.state)
    });
    if !loud.is_empty() {
        table(text, document, &loud);
        text.push('\n');
    }
    if !quiet.is_empty() {
        let quiet_count = plural(quiet.len(), "requirement");
        let _ = writeln!(
            text,
            "<details><summary>{quiet_count} held, untested or not applicable</summary>\n"
        );
        table(text, document, &quiet);
        text.push_str("\n</details>\n\n");
    }
}

fn table(text: &mut String, document: &Document, rows: &[&RequirementResult]) {
    text.push_str("| | requirement | level | cases |\n|---|---|---|---|\n");
    for row in rows {
        let cases = document.cases_of(row).map(|case| cell(document, case));
        let cases: Vec<_> = cases.chain(row.reason().map(escape)).collect();
        let _ = writeln!(
            text,
            "| {} {} | **{}**: {} | {} | {} |",
            mark(row.state),
            row.words(),
            escape(&row.id),
            escape(&row.text),
            row.level.name(),
            cases.join("<br>"),
        );
    }
}

/// A case in the table. Failures are described below the table.
fn cell(document: &Document, case: &CaseEntry) -> String {
    let id = escape(&case.id);
    let reason = match document.failure(&case.id) {
        None => document.reason(case),
        Some(_) => String::new(),
    };
    match (case.verdict, reason.as_str()) {
        (Verdict::Pass, _) => id,
        (verdict, "") => format!("{id} ({})", verdict.name()),
        (verdict, reason) => format!("{id} ({}): {}", verdict.name(), escape(reason)),
    }
}

fn failures(text: &mut String, document: &Document) {
    let mut space = FAILURES_LIMIT;
    let mut omitted = 0;
    for failure in document.reported_failures() {
        let rendered = rendered(document, failure);
        match space.checked_sub(rendered.len()) {
            Some(rest) if omitted == 0 => {
                space = rest;
                text.push_str(&rendered);
            }
            _ => omitted += 1,
        }
    }
    if omitted > 0 {
        let more = plural(omitted, "more failure");
        let _ = writeln!(text, "{more}: the JSON and HTML reports have them all.\n");
    }
}

fn rendered(document: &Document, failure: &Failure) -> String {
    let mut text = String::new();
    let (verdict, case) = (failure.verdict.name(), escape(&failure.case));
    let _ = writeln!(text, "### {verdict} {case}\n\n{}\n", escape(&failure.what));
    if let Some(requirement) = document.requirement(&failure.requirement) {
        let _ = writeln!(
            text,
            "**{}** ({}): {} *{}*\n",
            escape(&requirement.id),
            requirement.level.name(),
            escape(&requirement.text),
            escape(&failure.source),
        );
    }
    // What begins a line could be a workflow command, where CI prints the report.
    let mut block = |name: &str, content: &str| {
        let content = &content.replace('\n', "\n| ");
        let fence = fence(content);
        let _ = writeln!(text, "{name}\n\n{fence}text\n{content}\n{fence}\n");
    };
    block("Expected", &failure.expected);
    block("Got", &failure.got);
    block("Run again", &failure.rerun);
    let exchanges: Vec<String> = failure.exchange_lines().collect();
    if !exchanges.is_empty() {
        let count = plural(failure.exchanges.len(), "exchange");
        let content = exchanges.join("\n");
        let fence = fence(&content);
        let _ = writeln!(
            text,
            "<details><summary>{count}</summary>\n\n{fence}text\n{content}\n{fence}\n\n</details>\n"
        );
    }
    text
}

fn needs(text: &mut String, document: &Document) {
    if document.needs.is_empty() {
        return;
    }
    text.push_str("Not observable here, and what would supply it:\n\n");
    for need in document.need_lines() {
        let _ = writeln!(text, "- {}", escape(&need));
    }
}

const fn mark(state: State) -> &'static str {
    match state {
        State::NotObservable => "👁️",
        state => emoji(Tone::of_state(state)),
    }
}

const fn emoji(tone: Tone) -> &'static str {
    match tone {
        Tone::Good => "✅",
        Tone::Bad => "❌",
        Tone::Neutral => "⚪",
        Tone::Unsure => "⚠️",
        Tone::Quiet => "➖",
    }
}

/// Longer than any run of backticks in what it encloses.
fn fence(content: &str) -> String {
    let runs = content.split(|character| character != '`');
    let longest = runs.map(str::len).max().unwrap_or(0);
    "`".repeat(3.max(longest + 1))
}

/// Text that is nothing but text: no markup, no mention, no cell of a table.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '@' => escaped.push_str("&#64;"),
            '#' => escaped.push_str("&#35;"),
            '\n' => escaped.push(' '),
            '\\' | '`' | '*' | '_' | '[' | ']' | '(' | ')' | '!' | '|' | '~' | '$' => {
                escaped.push('\\');
                escaped.push(character);
            }
            other => escaped.push(other),
        }
    }
    escaped
}
