//! One self-contained page: the verdict, every failure with its exchanges, every requirement.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest as _, Sha256};

use super::count::plural;
use super::text::seconds;
use super::tone::{Tone, mark_of_state};
use super::{CaseEntry, Document, Failure, Format};
use crate::harness::{Exchange, Message, RequirementResult, State, Verdict};

const STYLE: &str = include_str!("html/page.css");
const SCRIPT: &str = include_str!("html/page.js");

/// A page without any resource of its own: a browser needs no network to show it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Html;

impl Format for Html {
    fn render(&self, document: &Document) -> String {
        let title = format!("keyproof: {}: {}", document.target, document.verdict);
        html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta http-equiv="Content-Security-Policy" content=(policy());
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    title { (title) }
                    style { (PreEscaped(STYLE)) }
                }
                body {
                    a.skip href="#requirements" { "Skip to the requirements" }
                    (header(document))
                    main {
                        (notes(document))
                        (failures(document))
                        (requirements(document))
                        (annex(document))
                        (needs(document))
                    }
                    footer {
                        "keyproof " (document.version) ", seed " (document.seed)
                        (document.shard_words()) ", started " (document.started)
                    }
                    script { (PreEscaped(SCRIPT)) }
                }
            }
        }
        .into_string()
    }
}

/// The page's own style, the page's own script, and nothing else, whatever it quotes.
fn policy() -> String {
    let hash = |text: &str| STANDARD.encode(Sha256::digest(text));
    format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; \
         form-action 'none'",
        hash(STYLE),
        hash(SCRIPT)
    )
}

fn header(document: &Document) -> Markup {
    let (headline, figures) = document.verdict_parts();
    let seconds = seconds(document.duration_ms);
    html! {
        header class=(Tone::of_headline(document.headline).class()) {
            p.target { "keyproof · " (document.target) (document.shard_words()) }
            h1 { (headline) }
            p.rest { (figures) (document.coda) }
            ul.counts {
                @for (verdict, count) in document.counts.verdicts() {
                    li class=(class_of(verdict)) { b { (count) } " " (verdict.name()) }
                }
                li { (plural(document.cases.len(), "case")) " in " (format!("{seconds:.1}")) " s" }
                li { "exit " (document.exit) }
            }
        }
    }
}

fn notes(document: &Document) -> Markup {
    html! {
        @for complaint in document.complaints() {
            p.note role="alert" { (complaint) }
        }
    }
}

fn requirements(document: &Document) -> Markup {
    let states = State::ALL.iter().copied().filter_map(|state| {
        let mut alike = document.requirements.iter().filter(|one| one.state == state);
        let first = alike.next()?;
        Some((first.words(), class_of_state(state), 1 + alike.count()))
    });
    let states: Vec<_> = states.collect();
    html! {
        section id="requirements" aria-labelledby="requirements-title" {
            h2 id="requirements-title" { "Requirements" }
            form.filter hidden role="search" {
                label { span { "Filter" } input type="search" name="text" placeholder="rotate, must, proof …" autocomplete="off"; }
                fieldset {
                    legend { "State" }
                    @for (words, tone, count) in &states {
                        label.chip.(*tone) {
                            input type="checkbox" name="state" value=(words) checked;
                            span { (words) " " b { (count) } }
                        }
                    }
                }
                p.shown role="status" {}
            }
            div.scroll tabindex="0" role="region" aria-labelledby="requirements-title" {
                table {
                    thead { tr { th scope="col" { "State" } th scope="col" { "Level" } th scope="col" { "Requirement" } th scope="col" { "Cases" } } }
                    tbody {
                        @for requirement in &document.requirements { (row(document, requirement)) }
                    }
                }
            }
        }
    }
}

fn row(document: &Document, requirement: &RequirementResult) -> Markup {
    let cases: Vec<&CaseEntry> = document.cases_of(requirement).collect();
    // A longer dash than in the text.
    let mark = match mark_of_state(requirement.state) {
        '-' => '–',
        mark => mark,
    };
    html! {
        tr.requirement data-state=(requirement.words()) {
            td { span.state.(class_of_state(requirement.state)) { (mark) " " (requirement.words()) } }
            td.level { (requirement.level.name()) }
            td {
                code.id { (requirement.id) }
                p { (requirement.text) }
                p.source { (requirement.source) }
                @if let Some(reason) = requirement.reason() {
                    p.reason { (reason) }
                }
            }
            td {
                @if !cases.is_empty() {
                    ul.cases { @for case in cases { (entry(document, case)) } }
                }
            }
        }
    }
}

fn entry(document: &Document, case: &CaseEntry) -> Markup {
    let reason = document.reason(case);
    let is_shown = document.reported_failures().any(|failure| failure.case == case.id);
    html! {
        li {
            span.verdict.(class_of(case.verdict)) { (case.verdict.name()) } " "
            @if is_shown {
                a href=(format!("#{}", anchor(&case.id))) { code { (case.id) } }
            } @else {
                code { (case.id) }
            }
            @if !case.selected { span.reason { "not selected, always run" } }
            @if !reason.is_empty() { span.reason { (reason) } }
        }
    }
}

fn failures(document: &Document) -> Markup {
    let failures: Vec<&Failure> = document.reported_failures().collect();
    html! {
        @if !failures.is_empty() {
            section aria-labelledby="failures-title" {
                h2 id="failures-title" { "What does not hold" }
                @for failure in failures { (rendered(document, failure)) }
            }
        }
    }
}

fn rendered(document: &Document, failure: &Failure) -> Markup {
    let requirement = document.requirement(&failure.requirement);
    html! {
        article.failure id=(anchor(&failure.case)) {
            h3 {
                span.verdict.(class_of(failure.verdict)) { (failure.verdict.name()) } " "
                code { (failure.case) }
            }
            p.what { (failure.what) }
            dl {
                @if let Some(requirement) = requirement {
                    dt { "Requirement" }
                    dd { code { (requirement.id) } " (" (requirement.level.name()) "): " (requirement.text) }
                    dt { "Source" } dd { (failure.source) }
                }
                dt { "Expected" } dd { pre tabindex="0" { (lines(&failure.expected)) } }
                dt { "Got" } dd { pre tabindex="0" { (lines(&failure.got)) } }
                dt { "Run again" } dd { pre tabindex="0" { (failure.rerun) } }
            }
            @for (number, exchange) in failure.exchanges.iter().enumerate() {
                (rendered_exchange(number + 1, exchange))
            }
        }
    }
}

fn rendered_exchange(number: usize, exchange: &Exchange) -> Markup {
    let answer = exchange.response.as_ref();
    let answer = answer.map_or("no answer", |response| response.line.as_str());
    html! {
        details.exchange {
            summary { "Exchange " (number) ": " code { (exchange.request.line) } " → " code { (answer) } }
            (message("Sent", &exchange.request))
            @match &exchange.response {
                Some(response) => (message("Came", response)),
                None => p { "No answer came." },
            }
        }
    }
}

fn message(title: &str, message: &Message) -> Markup {
    html! {
        h4 { (title) }
        pre tabindex="0" {
            b { (message.line) } (NEW_LINE)
            @for (name, value) in &message.headers { span.header { (name) ":" } " " (value) (NEW_LINE) }
            @if !message.body.is_empty() { (NEW_LINE) (lines(&message.body)) }
        }
    }
}

/// A line break in the rendered page that is none in the page's source: a line of the source could be a workflow
/// command, where CI prints the report.
const NEW_LINE: PreEscaped<&str> = PreEscaped("&#10;");

fn lines(text: &str) -> Markup {
    html! {
        @for (number, line) in text.split('\n').enumerate() {
            @if number > 0 { (NEW_LINE) }
            (line)
        }
    }
}

fn annex(document: &Document) -> Markup {
    html! {
        @if !document.annex.is_empty() {
            section { pre tabindex="0" { (lines(&document.annex.join("\n"))) } }
        }
    }
}

fn needs(document: &Document) -> Markup {
    html! {
        @if !document.needs.is_empty() {
            section aria-labelledby="needs-title" {
                h2 id="needs-title" { "Not observable here" }
                dl.needs {
                    @for need in &document.needs {
                        dt { code { (need.name) } " · " (plural(need.cases, "case")) @if need.required { ", required" } }
                        dd { (need.supply) }
                    }
                }
            }
        }
    }
}

/// The fragment that leads to a failure.
fn anchor(case: &str) -> String {
    format!("case-{}", case.replace('/', "."))
}

impl Tone {
    /// The style of its class in the page.
    const fn class(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Bad => "bad",
            Self::Neutral => "neutral",
            Self::Unsure => "unsure",
            Self::Quiet => "quiet",
        }
    }
}

fn class_of(verdict: Verdict) -> &'static str {
    Tone::of_verdict(verdict).class()
}

fn class_of_state(state: State) -> &'static str {
    Tone::of_state(state).class()
}
