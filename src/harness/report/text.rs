//! The report for people. Every word of it is in this file or in the verdict line.

use std::fmt::Write;

use super::{Foreign, Format, Report};
use crate::contract::requirement::Level;
use crate::harness::{
    Detail, Ending, Exchange, Message, Mismatch, Outcome, Standing, State, Verdict,
};

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
    report: &'r Report<'r>,
    foreign: Foreign<'r>,
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
        let mut page = Page::new(*self, report);
        match &outcome.detail {
            Some(Detail::Mismatch(mismatch)) => page.failure(outcome, mismatch),
            _ => page.case(outcome),
        }
        report.redactor.redact(page.text.trim()).into_owned()
    }
}

impl Format for Text {
    fn render(&self, report: &Report<'_>) -> String {
        let mut page = Page::new(*self, report);
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
    fn new(style: Text, report: &'r Report<'r>) -> Self {
        Self {
            text: String::new(),
            style,
            report,
            foreign: report.foreign(),
        }
    }

    fn first_line(&mut self) {
        let target = self.foreign.line(self.report.target);
        let target = self.paint(Colour::Bold, &target);
        let (seed, started) = (self.report.seed, self.report.started);
        self.line(&format!(
            "keyproof: {target}, seed {seed}, started {started}\n"
        ));
    }

    fn requirements(&mut self) {
        let verbose = self.style.verbose;
        let standings: Vec<&Standing> = self
            .report
            .conclusion
            .standings
            .iter()
            .filter(|one| verbose || one.state != State::NotSelected)
            .collect();
        let width = |text: fn(&Standing) -> &str| {
            let widths = standings.iter().map(|one| text(one).chars().count());
            widths.max().unwrap_or(0)
        };
        let id_width = width(|one| &one.requirement.id);
        let state_width = width(|one| describe(one).2);
        for standing in standings {
            let (mark, colour, state) = describe(standing);
            let requirement = &standing.requirement;
            let state = self.paint(colour, &format!("{mark} {state:state_width$}"));
            let level = self.paint(Colour::Dim, &format!("{:6}", level(standing)));
            let (id, text) = (&requirement.id, &requirement.text);
            self.line(&format!("{state}  {id:id_width$}  {level}  {text}"));
            if let (State::Untested, Some(reason)) = (standing.state, &requirement.untested) {
                self.line(&format!("    {reason}"));
            }
            for &position in &standing.cases {
                let outcome = &self.report.conclusion.outcomes[position];
                if verbose || outcome.verdict != Verdict::Pass {
                    self.case(outcome);
                }
            }
        }
    }

    fn case(&mut self, outcome: &Outcome) {
        let (mark, colour) = mark(outcome.verdict);
        let verdict = self.paint(colour, &format!("{mark} {}", outcome.verdict.name()));
        let reason = match &outcome.detail {
            None => String::new(),
            Some(Detail::Mismatch(mismatch)) if outcome.verdict == Verdict::NotApplicable => {
                let what = self.foreign.line(&mismatch.what);
                format!(": this server chose otherwise: {what}")
            }
            Some(Detail::Mismatch(mismatch)) => format!(": {}", self.foreign.line(&mismatch.what)),
            Some(Detail::Needs(needs)) => {
                let names: Vec<_> = needs.iter().map(|need| need.name).collect();
                format!(": needs {}", names.join(", "))
            }
            Some(Detail::Note(note)) => format!(": {}", self.foreign.line(note)),
        };
        let unselected = if outcome.selected {
            ""
        } else {
            ", not selected, always run"
        };
        self.line(&format!(
            "    {verdict}  {}{unselected}{reason}",
            outcome.id
        ));
        if let Some(known) = &outcome.known {
            let reason = self.foreign.line(&known.reason);
            let issue = known.issue.as_deref().map(|one| self.foreign.line(one));
            let issue = issue.map_or(String::new(), |issue| format!(" ({issue})"));
            self.line(&format!("        known: {reason}{issue}"));
        }
    }

    fn failures(&mut self) {
        for outcome in &self.report.conclusion.outcomes {
            let is_shown = match outcome.verdict {
                Verdict::NotApplicable => false,
                // No news: its reason stands with its requirement.
                Verdict::ExpectedFail => self.style.verbose,
                _ => true,
            };
            if let (true, Some(Detail::Mismatch(mismatch))) = (is_shown, &outcome.detail) {
                self.failure(outcome, mismatch);
            }
        }
    }

    fn failure(&mut self, outcome: &Outcome, mismatch: &Mismatch) {
        let (mark, colour) = mark(outcome.verdict);
        let what = self.foreign.line(&mismatch.what);
        let headline = format!("{mark} {} {}: {what}", outcome.verdict.name(), outcome.id);
        let headline = self.paint(colour, &headline);
        self.line(&format!("\n{headline}"));
        if let Some(standing) = self.report.conclusion.standing(outcome) {
            let requirement = &standing.requirement;
            let (id, level) = (&requirement.id, level(standing));
            self.field(
                "requirement",
                &format!("{id} ({level}): {}", requirement.text),
            );
            self.field("source", &requirement.source);
        }
        self.field("expected", &self.foreign.lines(&mismatch.expected));
        self.field("got", &self.foreign.lines(&mismatch.got));
        for exchange in &mismatch.exchanges {
            self.exchange(&self.foreign.exchange(exchange));
        }
        self.field("run again", &(self.report.rerun)(outcome.id));
    }

    /// A line after the first has a mark too, so that none can pass for a line of the report.
    fn field(&mut self, name: &str, text: &str) {
        let name = self.paint(Colour::Dim, &format!("{name:11}"));
        let text = text.replace('\n', "\n             | ");
        self.line(&format!("  {name}  {text}"));
    }

    fn exchange(&mut self, exchange: &Exchange) {
        self.message('>', &exchange.request);
        match &exchange.response {
            Some(response) => self.message('<', response),
            None => self.line("  < no answer"),
        }
    }

    fn message(&mut self, mark: char, message: &Message) {
        let mut lines = vec![message.line.clone()];
        let headers = message.headers.iter();
        lines.extend(headers.map(|(name, value)| format!("{name}: {value}")));
        if !message.body.is_empty() {
            lines.push(String::new());
            lines.extend(message.body.lines().map(str::to_owned));
        }
        for line in lines {
            self.line(format!("  {mark} {line}").trim_end());
        }
    }

    fn annex(&mut self) {
        for (number, line) in self.report.annex.lines().enumerate() {
            let gap = if number == 0 { "\n" } else { "" };
            self.line(&format!("{gap}{}", self.foreign.line(line)));
        }
    }

    fn needs(&mut self) {
        let unmet = self.report.conclusion.unmet();
        if unmet.is_empty() {
            return;
        }
        let required = self.report.conclusion.required();
        self.line("\nnot observable here, and what would supply it");
        for (need, cases) in unmet {
            let required = if required.contains(&need) {
                ", required"
            } else {
                ""
            };
            let (name, supply) = (need.name, need.supply);
            self.line(&format!(
                "  {name} ({}{required}): {supply}",
                plural(cases, "case")
            ));
        }
    }

    fn notes(&mut self) {
        let conclusion = self.report.conclusion;
        match conclusion.ending {
            Ending::Complete => {}
            Ending::Stopped => self.line("\nthe run was stopped before its end"),
            Ending::Unreachable => self.line("\nthe target was never or is no longer reachable"),
        }
        if let Some(shortfall) = &conclusion.shortfall {
            let shortfall = self.foreign.line(shortfall);
            self.line(&format!("\nincomplete: {shortfall}"));
        }
        for (number, stale) in conclusion.stale.iter().enumerate() {
            if number == 0 {
                self.line("\nstale expectations");
            }
            let stale = self.foreign.line(&stale.to_string());
            self.line(&format!("  {stale}"));
        }
        for trouble in &conclusion.troubles {
            let trouble = self.foreign.line(trouble);
            self.line(&format!("\nharness error: {trouble}"));
        }
    }

    fn last_lines(&mut self) {
        let conclusion = self.report.conclusion;
        let verdicts = Verdict::ALL.into_iter();
        let counts: Vec<_> = verdicts
            .map(|verdict| (conclusion.cases(verdict), verdict.name()))
            .filter(|(count, _)| *count > 0)
            .map(|(count, name)| format!("{count} {name}"))
            .collect();
        let cases = plural(conclusion.outcomes.len(), "case");
        let seconds = self.report.took.as_secs_f64();
        self.line(&format!(
            "\n{cases} in {seconds:.1} s: {}",
            counts.join(", ")
        ));
        let colour = match conclusion.exit().code() {
            0 => Colour::Green,
            1 | 4 => Colour::Red,
            _ => Colour::Yellow,
        };
        let target = self.foreign.line(self.report.target);
        let verdict = self.paint(colour, &conclusion.verdict_line());
        let coda = self.foreign.line(self.report.coda);
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

const fn describe(standing: &Standing) -> (char, Colour, &'static str) {
    match standing.state {
        State::Failed => ('✗', Colour::Red, "failed"),
        State::KnownFailure => ('✗', Colour::Yellow, "known failure"),
        State::Warned => ('!', Colour::Yellow, "warned"),
        State::CouldNotRun => ('?', Colour::Yellow, "could not run"),
        State::NotObservable => ('-', Colour::Yellow, "not observable"),
        State::NotApplicable => match standing.requirement.level {
            Level::May => ('-', Colour::Dim, "chosen otherwise"),
            Level::Must | Level::Should => ('-', Colour::Dim, "not applicable"),
        },
        State::Held => ('✓', Colour::Green, "held"),
        State::NotSelected => ('·', Colour::Dim, "not selected"),
        State::Untested => ('·', Colour::Dim, "untested"),
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

const fn level(standing: &Standing) -> &'static str {
    match standing.requirement.level {
        Level::Must => "must",
        Level::Should => "should",
        Level::May => "may",
    }
}

fn plural(count: usize, noun: &str) -> String {
    let ending = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{ending}")
}
