//! The report for people. Every word of it is in this file or in the verdict line.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::count::plural;
use super::tone::{Tone, mark_of_state, mark_of_verdict};
use super::{CaseEntry, Document, Failure, Format, Report};
use crate::harness::{Outcome, RequirementResult, State, Verdict};

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

/// How a terminal shows a text: the parameter of its escape sequence.
type Colour = u8;

const BOLD: Colour = 1;
const DIM: Colour = 2;

const fn colour(tone: Tone) -> Colour {
    match tone {
        Tone::Good => 32,
        Tone::Bad => 31,
        Tone::Neutral => BOLD,
        Tone::Unsure => 33,
        Tone::Quiet => DIM,
    }
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
        let target = self.paint(BOLD, &document.target);
        let shard = document.shard_words();
        let (seed, started) = (document.seed, &document.started);
        self.line(&format!("keyproof: {target}{shard}, seed {seed}, started {started}\n"));
    }

    fn requirements(&mut self) {
        let verbose = self.style.verbose;
        let document = self.document;
        let listed: Vec<&RequirementResult> = document
            .requirements
            .iter()
            .filter(|one| verbose || one.state != State::NotSelected)
            .collect();
        let width = |text: fn(&RequirementResult) -> &str| {
            let widths = listed.iter().map(|one| text(one).chars().count());
            widths.max().unwrap_or(0)
        };
        let id_width = width(|one| &one.id);
        let state_width = width(RequirementResult::words);
        let shared = self.shared_reasons();
        for requirement in listed {
            let colour = colour(Tone::of_state(requirement.state));
            let (mark, words) = (mark_of_state(requirement.state), requirement.words());
            let state = self.paint(colour, &format!("{mark} {words:state_width$}"));
            let level = self.paint(DIM, &format!("{:6}", requirement.level.name()));
            let (id, text) = (&requirement.id, &requirement.text);
            self.line(&format!("{state}  {id:id_width$}  {level}  {text}"));
            if let Some(reason) = requirement.reason() {
                self.line(&format!("    {reason}"));
            }
            let mut more = Vec::new();
            let mut listed = BTreeSet::new();
            for case in document.cases_of(requirement) {
                let reason = document.reason(case);
                let is_reported_once =
                    case.verdict == Verdict::CouldNotRun && shared.contains_key(&reason);
                if verbose {
                    self.case(case);
                } else if is_failure(case.verdict) && !listed.insert((case.verdict, reason)) {
                    more.push(case);
                } else if case.verdict != Verdict::Pass && !is_reported_once {
                    self.case(case);
                }
            }
            if let Some(case) = more.first() {
                let verdict = self.verdict(case.verdict, "");
                let count = plural(more.len(), "more case");
                self.line(&format!("    {verdict}  {count} like those, listed below"));
            }
        }
        for (reason, (count, first)) in shared.iter().filter(|_| !verbose) {
            let verdict = self.verdict(Verdict::CouldNotRun, "");
            self.line(&format!("\n{verdict}  {count} cases, the first is {first}: {reason}"));
        }
    }

    /// Why many cases could not run, given once with their number and the first: a page of the same words hides the others.
    fn shared_reasons(&self) -> BTreeMap<String, (usize, String)> {
        let mut counts = BTreeMap::new();
        let cases = self.document.cases.iter();
        for case in cases.filter(|case| case.verdict == Verdict::CouldNotRun) {
            let reason = self.document.reason(case);
            let (count, _) = counts.entry(reason).or_insert_with(|| (0, case.id.clone()));
            *count += 1;
        }
        counts.retain(|_, (count, _)| *count >= MANY);
        counts
    }

    fn case(&mut self, case: &CaseEntry) {
        let verdict = self.verdict(case.verdict, "");
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

    /// Failures of one requirement with one first line are shown once, by the smallest example.
    fn failures(&mut self) {
        let verbose = self.style.verbose;
        let mut groups: Vec<Vec<&Failure>> = Vec::new();
        for failure in self.document.reported_failures() {
            // A known failure is no news, and its reason is listed with its requirement.
            if !verbose && failure.verdict == Verdict::ExpectedFail {
                continue;
            }
            let is_alike = |group: &&mut Vec<&Failure>| !verbose && alike(group[0], failure);
            match groups.iter_mut().find(is_alike) {
                Some(group) => group.push(failure),
                None => groups.push(vec![failure]),
            }
        }
        for group in groups {
            let size = |failure: &&&Failure| {
                let details = self.document.details(failure).into_iter();
                details.map(|(_, text)| text.len()).sum::<usize>()
            };
            let Some(smallest) = group.iter().min_by_key(size).copied() else { continue };
            self.failure(smallest);
            let others = group.iter().filter(|one| one.case != smallest.case);
            let others: Vec<&str> = others.map(|one| one.case.as_str()).collect();
            if !others.is_empty() {
                self.field("and alike", &others.join(", "));
            }
        }
    }

    fn failure(&mut self, failure: &Failure) {
        let headline =
            self.verdict(failure.verdict, &format!(" {}: {}", failure.case, failure.what));
        self.line(&format!("\n{headline}"));
        for (name, text) in self.document.details(failure) {
            self.field(name, &text);
        }
        for line in failure.exchange_lines() {
            self.line(format!("  {line}").trim_end());
        }
        self.field("run again", &failure.rerun);
    }

    /// A line after the first has a mark too, so that none can pass for a line of the report.
    fn field(&mut self, name: &str, text: &str) {
        let name = self.paint(DIM, &format!("{name:11}"));
        let text = text.replace('\n', "\n             | ");
        self.line(&format!("  {name}  {text}"));
    }

    fn annex(&mut self) {
        for (number, line) in self.document.annex.iter().enumerate() {
            let gap = if number == 0 { "\n" } else { "" };
            self.line(&format!("{gap}{line}"));
        }
    }

    fn needs(&mut self) {
        if self.document.needs.is_empty() {
            return;
        }
        self.line("\nnot observable here, and what would supply it");
        for need in self.document.need_lines() {
            self.line(&format!("  {need}"));
        }
    }

    fn notes(&mut self) {
        for complaint in self.document.complaints() {
            self.line(&format!("\n{complaint}"));
        }
    }

    fn last_lines(&mut self) {
        let document = self.document;
        let counts = document.counts.words();
        let cases = plural(document.cases.len(), "case");
        let seconds = seconds(document.duration_ms);
        self.line(&format!("\n{cases} in {seconds:.1} s: {counts}"));
        let verdict = self.paint(colour(Tone::of_headline(document.headline)), &document.verdict);
        let (target, coda) = (&document.target, &document.coda);
        self.line(&format!("{target}: {verdict}{coda}"));
    }

    fn line(&mut self, text: &str) {
        let _ = writeln!(self.text, "{text}");
    }

    /// A verdict and the text behind it, in its colour.
    fn verdict(&self, verdict: Verdict, rest: &str) -> String {
        let (mark, name) = (mark_of_verdict(verdict), verdict.name());
        self.paint(colour(Tone::of_verdict(verdict)), &format!("{mark} {name}{rest}"))
    }

    fn paint(&self, colour: Colour, text: &str) -> String {
        if self.style.colour { format!("\u{1b}[{colour}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}

const fn is_failure(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Fail | Verdict::Warn)
}

/// Whether two failures are of one requirement and say the same.
fn alike(one: &Failure, other: &Failure) -> bool {
    (one.verdict, &one.requirement, &one.what) == (other.verdict, &other.requirement, &other.what)
}

/// Milliseconds as seconds.
pub(super) fn seconds(milliseconds: u64) -> f64 {
    std::time::Duration::from_millis(milliseconds).as_secs_f64()
}
