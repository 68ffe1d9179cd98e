//! The report for people. Every word of it is in this file or in the verdict line.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::document::level;
use super::{CaseEntry, Document, Failure, Format, Report, RequirementEntry};
use crate::harness::{Exchange, Message, Outcome, State, Verdict};

/// From so many cases on that could not run for one reason, it is given once for all of them.
const MANY: usize = 5;

/// Requirement by requirement, failures at the end.
#[derive(Debug, Clone, Copy, Default)]
pub struct Text {
    /// Whether to colour it: for a terminal that wants it.
    pub colour: bool,
    /// Whether to list the cases of each requirement, not just those that did not pass.
    pub verbose: bool,
}

/// A text under construction. Writing to a string can't fail.
struct Page<'r> {
    text: String,
    style: Text,
    document: &'r Document,
}

#[derive(Clone, Copy)]
enum Colour {
    Green,
    Red,
    Yellow,
    Dim,
    Bold,
}

impl Text {
    /// What became of one case, with all that a failure shows: for `cargo test`.
    pub fn explain(&self, report: &Report<'_>, outcome: &Outcome) -> String {
        let document = report.document();
        let mut page = Page::new(*self, &document);
        match (document.failure(outcome.id), document.case(outcome.id)) {
            (Some(failure), _) => page.failure(failure),
            (None, Some(case)) => page.case(case),
            (None, None) => {}
        }
        page.text.trim().to_owned()
    }
}

impl Format for Text {
    fn render(&self, document: &Document) -> String {
        let mut page = Page::new(*self, document);
        page.first_line();
        page.requirements();
        page.failures();
        page.annex();
        page.needs();
        page.notes();
        page.last_lines();
        page.text
    }
}

impl<'r> Page<'r> {
    const fn new(style: Text, document: &'r Document) -> Self {
        Self { text: String::new(), style, document }
    }

    fn first_line(&mut self) {
        let document = self.document;
        let target = self.paint(Colour::Bold, &document.target);
        let shard = document.shard_words();
        let (seed, started) = (document.seed, &document.started);
        self.line(&format!("keyproof: {target}{shard}, seed {seed}, started {started}\n"));
    }

    fn requirements(&mut self) {
        let verbose = self.style.verbose;
        let document = self.document;
        let listed: Vec<&RequirementEntry> = document
            .requirements
            .iter()
            .filter(|one| verbose || one.state != State::NotSelected)
            .collect();
        let width = |text: fn(&RequirementEntry) -> &str| {
            let widths = listed.iter().map(|one| text(one).chars().count());
            widths.max().unwrap_or(0)
        };
        let id_width = width(|one| &one.id);
        let state_width = width(RequirementEntry::words);
        let shared = self.shared_reasons();
        for requirement in listed {
            let (mark, colour) = state_mark(requirement.state);
            let words = requirement.words();
            let state = self.paint(colour, &format!("{mark} {words:state_width$}"));
            let level = self.paint(Colour::Dim, &format!("{:6}", level(requirement.level)));
            let (id, text) = (&requirement.id, &requirement.text);
            self.line(&format!("{state}  {id:id_width$}  {level}  {text}"));
            if let (State::Untested, Some(reason)) = (requirement.state, &requirement.untested) {
                self.line(&format!("    {reason}"));
            }
            for case in requirement.cases.iter().filter_map(|id| document.case(id)) {
                let is_told_once = case.verdict == Verdict::CouldNotRun
                    && shared.contains_key(&document.reason(case));
                if verbose || (case.verdict != Verdict::Pass && !is_told_once) {
                    self.case(case);
                }
            }
        }
        for (reason, count) in shared.iter().filter(|_| !verbose) {
            let (mark, colour) = mark(Verdict::CouldNotRun);
            let verdict = Verdict::CouldNotRun.name();
            let verdict = self.paint(colour, &format!("{mark} {verdict}"));
            self.line(&format!("\n{verdict}  {count} cases: {reason}"));
        }
    }

    /// Why many cases could not run, given once: a page of the same words hides the others.
    fn shared_reasons(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        let cases = self.document.cases.iter();
        for case in cases.filter(|case| case.verdict == Verdict::CouldNotRun) {
            *counts.entry(self.document.reason(case)).or_default() += 1;
        }
        counts.retain(|_, count| *count >= MANY);
        counts
    }

    fn case(&mut self, case: &CaseEntry) {
        let (mark, colour) = mark(case.verdict);
        let verdict = self.paint(colour, &format!("{mark} {}", case.verdict.name()));
        let reason = match self.document.reason(case) {
            reason if reason.is_empty() => reason,
            reason => format!(": {reason}"),
        };
        let unselected = if case.selected { "" } else { ", not selected, always run" };
        self.line(&format!("    {verdict}  {}{unselected}{reason}", case.id));
        if let Some(known) = &case.known {
            let issue = known.issue.as_ref();
            let issue = issue.map_or_else(String::new, |issue| format!(" ({issue})"));
            self.line(&format!("        known: {}{issue}", known.reason));
        }
    }

    fn failures(&mut self) {
        for failure in self.document.shown_failures() {
            // One that is known is no news: its reason stands with its requirement.
            if self.style.verbose || failure.verdict != Verdict::ExpectedFail {
                self.failure(failure);
            }
        }
    }

    fn failure(&mut self, failure: &Failure) {
        let (mark, colour) = mark(failure.verdict);
        let (verdict, case, what) = (failure.verdict.name(), &failure.case, &failure.what);
        let headline = self.paint(colour, &format!("{mark} {verdict} {case}: {what}"));
        self.line(&format!("\n{headline}"));
        if let Some(requirement) = self.document.requirement(&failure.requirement) {
            let (id, level) = (&requirement.id, level(requirement.level));
            self.field("requirement", &format!("{id} ({level}): {}", requirement.text));
            self.field("source", &failure.source);
        }
        self.field("expected", &failure.expected);
        self.field("got", &failure.got);
        for exchange in &failure.exchanges {
            self.exchange(exchange);
        }
        self.field("run again", &failure.rerun);
    }

    /// A line after the first has a mark too, so that none can pass for a line of the report.
    fn field(&mut self, name: &str, text: &str) {
        let name = self.paint(Colour::Dim, &format!("{name:11}"));
        let text = text.replace('\n', "\n             | ");
        self.line(&format!("  {name}  {text}"));
    }

    fn exchange(&mut self, exchange: &Exchange) {
        let text = exchange_lines(exchange).map(|line| format!("  {line}"));
        for line in text {
            self.line(line.trim_end());
        }
    }

    fn annex(&mut self) {
        for (number, line) in self.document.annex.iter().enumerate() {
            let gap = if number == 0 { "\n" } else { "" };
            self.line(&format!("{gap}{line}"));
        }
    }

    fn needs(&mut self) {
        let needs = &self.document.needs;
        if needs.is_empty() {
            return;
        }
        self.line("\nnot observable here, and what would supply it");
        for need in needs {
            let required = if need.required { ", required" } else { "" };
            let (name, supply) = (&need.name, &need.supply);
            self.line(&format!("  {name} ({}{required}): {supply}", plural(need.cases, "case")));
        }
    }

    fn notes(&mut self) {
        for complaint in self.document.complaints() {
            self.line(&format!("\n{complaint}"));
        }
    }

    fn last_lines(&mut self) {
        let document = self.document;
        let counts = document.counts.cases.iter();
        let counts: Vec<_> = counts
            .filter(|(_, count)| **count > 0)
            .map(|(verdict, count)| format!("{count} {}", verdict.name()))
            .collect();
        let cases = plural(document.cases.len(), "case");
        let seconds = seconds(document.duration_ms);
        self.line(&format!("\n{cases} in {seconds:.1} s: {}", counts.join(", ")));
        let colour = match document.exit {
            0 => Colour::Green,
            1 | 4 => Colour::Red,
            _ => Colour::Yellow,
        };
        let verdict = self.paint(colour, &document.verdict);
        let (target, coda) = (&document.target, &document.coda);
        self.line(&format!("{target}: {verdict}{coda}"));
    }

    fn line(&mut self, text: &str) {
        let _ = writeln!(self.text, "{text}");
    }

    fn paint(&self, colour: Colour, text: &str) -> String {
        if !self.style.colour {
            return text.to_owned();
        }
        let code = match colour {
            Colour::Green => "32",
            Colour::Red => "31",
            Colour::Yellow => "33",
            Colour::Dim => "2",
            Colour::Bold => "1",
        };
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    }
}

const fn state_mark(state: State) -> (char, Colour) {
    match state {
        State::Failed => ('✗', Colour::Red),
        State::KnownFailure => ('✗', Colour::Yellow),
        State::Warned => ('!', Colour::Yellow),
        State::CouldNotRun => ('?', Colour::Yellow),
        State::NotObservable => ('-', Colour::Yellow),
        State::NotApplicable => ('-', Colour::Dim),
        State::Held => ('✓', Colour::Green),
        State::NotSelected | State::Untested => ('·', Colour::Dim),
    }
}

const fn mark(verdict: Verdict) -> (char, Colour) {
    match verdict {
        Verdict::Pass => ('✓', Colour::Green),
        Verdict::Fail | Verdict::UnexpectedPass | Verdict::HarnessError => ('✗', Colour::Red),
        Verdict::ExpectedFail => ('✗', Colour::Yellow),
        Verdict::Warn => ('!', Colour::Yellow),
        Verdict::NotApplicable => ('-', Colour::Dim),
        Verdict::NotObservable => ('-', Colour::Yellow),
        Verdict::CouldNotRun => ('?', Colour::Yellow),
    }
}

/// An exchange line by line: `>` before the request, `<` before the response.
pub(super) fn exchange_lines(exchange: &Exchange) -> impl Iterator<Item = String> {
    let mut lines = message_lines('>', &exchange.request);
    match &exchange.response {
        Some(response) => lines.extend(message_lines('<', response)),
        None => lines.push("< no answer".to_owned()),
    }
    lines.into_iter()
}

fn message_lines(mark: char, message: &Message) -> Vec<String> {
    let mut lines = vec![message.line.clone()];
    let headers = message.headers.iter();
    lines.extend(headers.map(|(name, value)| format!("{name}: {value}")));
    if !message.body.is_empty() {
        lines.push(String::new());
        lines.extend(message.body.lines().map(str::to_owned));
    }
    let lines = lines.into_iter();
    lines.map(|line| format!("{mark} {line}").trim_end().to_owned()).collect()
}

/// Milliseconds as seconds.
pub(super) fn seconds(milliseconds: u64) -> f64 {
    std::time::Duration::from_millis(milliseconds).as_secs_f64()
}

pub(super) fn plural(count: usize, noun: &str) -> String {
    let ending = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{ending}")
}
