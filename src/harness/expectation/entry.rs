//! One `[[expect]]` of the file.

use std::fmt;
use std::ops::Range;

use jiff::civil::Date;
use serde::Deserialize;
use toml::Spanned;
use toml::value::Datetime;

use super::Place;
use crate::contract::requirement::{Catalogue, Level};
use crate::harness::selection::Pattern;
use crate::harness::{Case, SelectionError};

/// What is known of the cases that one pattern covers.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) line: usize,
    pub(super) pattern: String,
    /// The cases that it covers: one, unless the pattern is a glob.
    pub(super) cases: Vec<&'static str>,
    pub(super) verdict: Expected,
    pub(super) reason: String,
    pub(super) issue: Option<String>,
    pub(super) message: Option<String>,
    pub(super) expires: Option<Date>,
}

/// What a case is expected to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Expected {
    /// Not to meet its requirement, a `must` or a `should`.
    #[default]
    Fail,
    /// To find something in its way.
    CouldNotRun,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    expect: Vec<Spanned<Written>>,
}

/// An entry as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    case: Spanned<String>,
    #[serde(default)]
    verdict: Expected,
    reason: Spanned<String>,
    issue: Option<Spanned<String>>,
    message: Option<Spanned<String>>,
    expires: Option<Spanned<Datetime>>,
}

/// A file that is being read, against the suite that it is about.
struct Reader<'r, C> {
    file: &'r str,
    text: &'r str,
    cases: &'r [Case<C>],
    catalogue: &'r Catalogue,
}

/// Reads all entries of the file, in its order.
pub(super) fn read<C>(
    file: &str,
    text: &str,
    cases: &[Case<C>],
    catalogue: &Catalogue,
) -> Result<Vec<Entry>, String> {
    let reader = Reader { file, text, cases, catalogue };
    let written: File = toml::from_str(text).map_err(|error| {
        let span = error.span().unwrap_or_default();
        reader.refused(span, error.message())
    })?;
    let mut entries: Vec<Entry> = Vec::new();
    for one in written.expect {
        let entry = reader.entry(one, &entries)?;
        entries.push(entry);
    }
    Ok(entries)
}

impl<C> Reader<'_, C> {
    fn entry(&self, written: Spanned<Written>, earlier: &[Entry]) -> Result<Entry, String> {
        let span = written.span();
        if self.text[span.start..].starts_with('{') {
            let why =
                "an entry in braces is not read: give each one a table of its own, `[[expect]]`";
            return Err(self.refused(span, why));
        }
        let line = Place::of(self.file, self.text, span.start).line;
        let written = written.into_inner();
        let at = written.case.span();
        let cases = self.covered(&written.case, written.verdict)?;
        for case in &cases {
            let mut earlier = earlier.iter();
            if let Some(other) = earlier.find(|one| one.cases.contains(case)) {
                let line = other.line;
                return Err(self.refused(
                    at,
                    format!("`{case}` has an entry already, in line {line}: keep one of the two"),
                ));
            }
        }
        let why = "say why this is known";
        let part = "give a part of the failure's first line, or leave it out";
        let where_to = "give where it is followed up, or leave it out";
        let optional = |name, text: Option<_>, remedy| {
            text.map(|text| self.filled(name, text, remedy)).transpose()
        };
        Ok(Entry {
            line,
            pattern: written.case.into_inner(),
            cases,
            verdict: written.verdict,
            reason: self.filled("reason", written.reason, why)?,
            issue: optional("issue", written.issue, where_to)?,
            message: optional("message", written.message, part)?,
            expires: written.expires.map(|day| self.day(day)).transpose()?,
        })
    }

    fn covered(
        &self,
        pattern: &Spanned<String>,
        expected: Expected,
    ) -> Result<Vec<&'static str>, String> {
        let (text, span) = (pattern.get_ref(), pattern.span());
        let refused = |problem: &dyn fmt::Display| self.refused(span.clone(), problem);
        let pattern = Pattern::parse(text, false).map_err(|error| refused(&error))?;
        let matched: Vec<&Case<C>> =
            self.cases.iter().filter(|case| pattern.matches(case.id)).collect();
        if matched.is_empty() {
            let ids = self.cases.iter().map(|case| case.id);
            return Err(refused(&SelectionError::dead(text, ids)));
        }
        let is_coverable = |case: &&Case<C>| {
            let requirement = self.catalogue.get(case.requirement);
            let is_open = requirement.is_some_and(|one| one.level == Level::May);
            !is_open || expected == Expected::CouldNotRun
        };
        let covered = matched.into_iter().filter(is_coverable);
        let covered: Vec<&'static str> = covered.map(|case| case.id).collect();
        if covered.is_empty() {
            Err(refused(&format!("`{text}` cannot fail: it checks what a `may` leaves open")))
        } else {
            Ok(covered)
        }
    }

    fn filled(
        &self,
        name: &'static str,
        text: Spanned<String>,
        remedy: &'static str,
    ) -> Result<String, String> {
        if text.get_ref().trim().is_empty() {
            Err(self.refused(text.span(), format!("`{name}` is empty: {remedy}")))
        } else {
            Ok(text.into_inner())
        }
    }

    fn day(&self, written: Spanned<Datetime>) -> Result<Date, String> {
        let span = written.span();
        let day = match written.into_inner() {
            Datetime { date: Some(date), time: None, offset: None } => {
                i16::try_from(date.year).ok().and_then(|year| {
                    let (month, day) = (date.month.cast_signed(), date.day.cast_signed());
                    Date::new(year, month, day).ok()
                })
            }
            _ => None,
        };
        day.ok_or_else(|| {
            let why =
                "`expires` is the last day on which the entry holds, and nothing else: 2026-12-31";
            self.refused(span, why)
        })
    }

    fn refused(&self, span: Range<usize>, problem: impl fmt::Display) -> String {
        format!("{}: {problem}", Place::of(self.file, self.text, span.start))
    }
}
