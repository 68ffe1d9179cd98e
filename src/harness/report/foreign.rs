//! Text that others wrote, made safe to print.

use std::borrow::Cow;

use crate::harness::{Exchange, Message, Redactor, WITHHELD};

/// Most bytes of one foreign text that a report shows.
pub const FOREIGN_LIMIT: usize = 4096;

/// Headers that are nothing but a secret.
const SECRET_HEADERS: [&str; 4] = ["authorization", "proxy-authorization", "cookie", "set-cookie"];

/// Withholds, cuts and escapes, in this order, as half a secret at a cut would not be
/// found.
#[derive(Debug)]
pub struct Foreign<'r> {
    redactor: &'r Redactor,
}

impl<'r> Foreign<'r> {
    pub const fn new(redactor: &'r Redactor) -> Self {
        Self { redactor }
    }

    /// On one line, at most [`FOREIGN_LIMIT`] of it.
    pub fn line(&self, text: &str) -> String {
        printable(&cut(&self.redactor.redact(text)))
    }

    /// With its line breaks.
    pub(super) fn lines(&self, text: &str) -> String {
        printable_lines(&cut(&self.redactor.redact(text)))
    }

    /// The whole of a text of ours in which others had a part, with its line breaks.
    pub fn page(&self, text: &str) -> String {
        printable_lines(&self.redactor.redact(text))
    }

    pub(super) fn exchange(&self, exchange: &Exchange) -> Exchange {
        Exchange {
            request: self.message(&exchange.request),
            response: exchange.response.as_ref().map(|one| self.message(one)),
        }
    }

    fn message(&self, message: &Message) -> Message {
        let headers = message.headers.iter();
        Message {
            line: self.line(&message.line),
            headers: headers
                .map(|(name, value)| (self.line(name), self.header(name, value)))
                .collect(),
            body: self.lines(&self.redactor.withhold_members(&message.body)),
        }
    }

    fn header(&self, name: &str, value: &str) -> String {
        let is_secret = SECRET_HEADERS.iter().any(|one| one.eq_ignore_ascii_case(name));
        if is_secret { WITHHELD.to_owned() } else { self.line(value) }
    }
}

fn cut(text: &str) -> Cow<'_, str> {
    if text.len() <= FOREIGN_LIMIT { text.into() } else { cut_at(text, FOREIGN_LIMIT).into() }
}

/// The characters within the first `limit` bytes of a longer text, and that there are more.
pub fn cut_at(text: &str, limit: usize) -> String {
    let (end, all) = (text.floor_char_boundary(limit), text.len());
    format!("{} … [cut: {end} of {all} bytes shown]", &text[..end])
}

/// Foreign text on one line: control characters, those that hide others, and what makes a line a command,
/// as `\u{…}`.
pub fn printable(text: &str) -> String {
    harmless(&escape(text, is_unsafe))
}

/// Like [`printable`], with line breaks.
pub(super) fn printable_lines(text: &str) -> String {
    let escaped = escape(text, |character| is_unsafe(character) && character != '\n');
    let lines = escaped.split('\n').map(harmless);
    lines.collect::<Vec<_>>().join("\n")
}

/// A line that the runner of a GitHub workflow does not obey. It does obey `::name::` at a line's start,
/// also after white space, and `##[name]` anywhere. Done everywhere, since any output may end up in such a log.
fn harmless(line: &str) -> String {
    let line = line.replace("##[", "#\\u{23}[");
    let command = line.trim_start();
    let space = &line[..line.len() - command.len()];
    match command.strip_prefix("::") {
        Some(rest) if rest.contains("::") => format!("{space}\\u{{3a}}:{rest}"),
        _ => line,
    }
}

/// The text with some characters as `\u{…}`.
pub(super) fn escape(text: &str, is_escaped: impl Fn(char) -> bool) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        if is_escaped(character) {
            escaped.extend(character.escape_unicode());
        } else {
            escaped.push(character);
        }
    }
    escaped
}

/// Control characters, and those that reorder or hide the text around them.
fn is_unsafe(character: char) -> bool {
    let invisible = [
        '\u{200b}'..='\u{200f}',
        '\u{2028}'..='\u{202e}',
        '\u{2060}'..='\u{2069}',
        '\u{feff}'..='\u{feff}',
    ];
    character.is_control() || invisible.iter().any(|range| range.contains(&character))
}
