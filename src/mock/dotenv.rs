//! The text of a `.env` file: its assignments, and the merge of several texts, in which each keeps its
//! comments, quoting and multi-line values.
//!
//! This file finds where a statement ends; a parser reads the statement. A `#` in a value without quotes begins a
//! comment, `$NAME` is not expanded, and a line that neither assigns nor comments is an error.

use std::collections::{BTreeMap, BTreeSet};

/// One text, statement by statement.
#[derive(Debug)]
pub(super) struct Dotenv<'t> {
    statements: Vec<Statement<'t>>,
}

/// A comment, an empty line, or an assignment, which may be several lines long.
#[derive(Debug)]
struct Statement<'t> {
    /// With the line break at its end, if there is one.
    text: &'t str,
    /// Name and value.
    assigns: Option<(String, String)>,
}

/// Where a text is wrong. The message quotes nothing of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("line {line} is neither a comment nor an assignment KEY=value with its quotes closed")]
pub(super) struct Wrong {
    /// From 1.
    line: usize,
}

impl<'t> Dotenv<'t> {
    pub(super) fn parse(text: &'t str) -> Result<Self, Wrong> {
        let mut rest = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut statements = Vec::new();
        let mut line = 1;
        while !rest.is_empty() {
            let (text, after) = rest.split_at(end_of_statement(rest));
            let assigns = assignment(text).map_err(|()| Wrong { line })?;
            line += text.matches('\n').count();
            statements.push(Statement { text, assigns });
            rest = after;
        }
        Ok(Self { statements })
    }

    /// The variables that are assigned, each with its last value.
    pub(super) fn variables(&self) -> BTreeMap<&str, &str> {
        let assigned = self.statements.iter().filter_map(|one| one.assigns.as_ref());
        assigned.map(|(name, value)| (&**name, &**value)).collect()
    }
}

/// The texts one behind the other, without the assignments that a later text overrides: each name is
/// assigned once.
pub(super) fn merge(texts: &[Dotenv<'_>]) -> String {
    let mut assigned = BTreeSet::new();
    let mut kept = Vec::new();
    for statement in texts.iter().rev().flat_map(|text| text.statements.iter().rev()) {
        let assigns = statement.assigns.as_ref();
        let is_overridden = assigns.is_some_and(|(name, _)| !assigned.insert(name));
        if !is_overridden {
            kept.push(statement.text);
        }
    }
    let mut merged = String::new();
    for text in kept.into_iter().rev() {
        if !merged.is_empty() && !merged.ends_with('\n') {
            merged.push('\n');
        }
        merged.push_str(text);
    }
    merged
}

/// Length of the first statement in bytes: up to the end of the line, or of the line that closes the quotes of its value.
fn end_of_statement(text: &str) -> usize {
    let end_of_line = |from: usize| text[from..].find('\n').map_or(text.len(), |at| from + at + 1);
    let line = &text[..end_of_line(0)];
    let Some((name, value)) = line.split_once('=') else {
        return line.len();
    };
    let value = value.trim_start();
    let quote = value.chars().next();
    let Some(quote @ ('"' | '\'' | '`')) = quote.filter(|_| !name.trim_start().starts_with('#'))
    else {
        return line.len();
    };
    // Only a value on the line of its name belongs to the statement.
    let opened = line.len() - value.len() + 1;
    let mut is_escaped = false;
    for (at, letter) in text[opened..].char_indices() {
        if letter == quote && !is_escaped {
            return end_of_line(opened + at);
        }
        is_escaped = letter == '\\' && !is_escaped;
    }
    text.len()
}

/// The name and the value that a statement assigns; none for a comment or an empty line.
fn assignment(text: &str) -> Result<Option<(String, String)>, ()> {
    let text = text.trim();
    if text.is_empty() || text.starts_with('#') {
        return Ok(None);
    }
    let entries = dotenvor::parse_str(text).map_err(|_| ())?;
    match <[_; 1]>::try_from(entries) {
        Ok([entry]) => Ok(Some((entry.key, entry.value))),
        Err(_) => Err(()),
    }
}

#[cfg(test)]
mod tests;
