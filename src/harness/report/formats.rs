//! The formats of reports, a row each.

use super::{Format, Github, Html, Json, Junit, Markdown, Ndjson, Tap, Text};

/// What is to be known of a format. To add one is to add its row, and the file that renders it.
#[derive(Debug)]
pub struct FormatRow {
    /// As `--report` takes it.
    pub name: &'static str,
    /// Whether people read it on standard output: they read a second one too, where a program reads one
    /// document.
    pub is_for_people: bool,
    /// Whether the Markdown report is added to the summary of the GitHub job too.
    pub has_summary: bool,
    /// What renders it.
    pub format: fn(Style) -> Box<dyn Format>,
}

/// What a format may depend on beside the document.
#[derive(Debug, Clone)]
pub struct Style {
    /// Whether a terminal shows it that has colours.
    pub colour: bool,
    /// Whether cases that passed are listed too.
    pub verbose: bool,
    /// A random word, which no author of a quoted text can guess.
    pub token: String,
}

/// The one that is written without being asked for.
pub static TEXT: &FormatRow = &FORMATS[0];

pub static FORMATS: [FormatRow; 8] = [
    FormatRow {
        is_for_people: true,
        ..row("text", |Style { colour, verbose, .. }| Box::new(Text { colour, verbose }))
    },
    row("json", |_| Box::new(Json)),
    row("ndjson", |_| Box::new(Ndjson)),
    row("junit", |_| Box::new(Junit)),
    row("tap", |_| Box::new(Tap)),
    row("html", |_| Box::new(Html)),
    row("markdown", |_| Box::new(Markdown)),
    FormatRow {
        has_summary: true,
        ..row("github", |Style { token, .. }| Box::new(Github { token }))
    },
];

const fn row(name: &'static str, format: fn(Style) -> Box<dyn Format>) -> FormatRow {
    FormatRow { name, is_for_people: false, has_summary: false, format }
}

/// The names of all formats, as a sentence lists them.
pub fn format_names() -> String {
    FORMATS.each_ref().map(|row| row.name).join(", ")
}
