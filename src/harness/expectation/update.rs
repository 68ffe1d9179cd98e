//! The expectation file as it would have to be: `--update-expect`.

use toml_edit::{ArrayOfTables, DocumentMut, Item, Table, TomlError, Value, value};

use super::entry::Entry;
use super::{CaseResult, Expectations, Stale, Staleness};
use crate::harness::{Conclusion, Redactor, Verdict};

const TABLE: &str = "expect";
/// Stands behind the reason that a new entry still lacks.
const NO_REASON: &str = " # say why: an empty reason is refused";

impl Expectations {
    /// The file's text, brought up to date: without what passes, with the messages of today, and
    /// with new failures at the end. Order and comments are preserved. What has expired is left to its
    /// author, who knows whether it is to be mended or put off; so is the reason of a new entry.
    ///
    /// # Errors
    /// `text` is not TOML: never for the text that these expectations were read from.
    pub fn updated(
        &self,
        text: &str,
        conclusion: &Conclusion,
        redactor: &Redactor,
    ) -> Result<String, TomlError> {
        let has_crlf = text.contains("\r\n");
        let mut document: DocumentMut = text.replace("\r\n", "\n").parse()?;
        let old = match document.remove(TABLE) {
            Some(Item::ArrayOfTables(tables)) => tables,
            _ => ArrayOfTables::new(),
        };
        let mut draft = Draft::default();
        for (entry, table) in self.entries.iter().zip(old) {
            let own = |stale: &&Stale| stale.line == entry.line;
            let stale: Vec<&Stale> = conclusion.stale.iter().filter(own).collect();
            draft.take(entry, table, &stale);
        }
        let mut rest = draft.orphans;
        rest.push_str(document.trailing().as_str().unwrap_or_default());
        let mut tables = draft.tables;
        for outcome in &conclusion.outcomes {
            if outcome.verdict == Verdict::Fail && self.covering(outcome.id).is_none() {
                let CaseResult::Failed(message) = CaseResult::of(outcome, redactor) else {
                    continue;
                };
                let mut table = unexplained(outcome.id, &message);
                let gap = if tables.is_empty() && rest.is_empty() { "" } else { "\n" };
                table.decor_mut().set_prefix(std::mem::take(&mut rest) + gap);
                tables.push(table);
            }
        }
        document.set_trailing(rest);
        if !tables.is_empty() {
            document.insert(TABLE, Item::ArrayOfTables(tables));
        }
        let updated = document.to_string();
        Ok(if has_crlf { updated.replace('\n', "\r\n") } else { updated })
    }
}

/// The entries so far.
#[derive(Default)]
struct Draft {
    tables: ArrayOfTables,
    /// Comments that stood in front of an entry that is gone, and not right above it.
    orphans: String,
}

impl Draft {
    fn take(&mut self, entry: &Entry, table: Table, stale: &[&Stale]) {
        let of = |case: &str| stale.iter().find(|one| one.case == case);
        let is_news = |one: &&Stale| !matches!(one.why, Staleness::Expired(_));
        if !stale.iter().any(is_news) {
            return self.push(table);
        }
        let remaining: Vec<&&str> = entry
            .cases
            .iter()
            .filter(|case| of(case).is_none_or(|one| one.why != Staleness::Passes))
            .collect();
        if remaining.is_empty() {
            return self.drop(&table);
        }
        for (number, case) in remaining.into_iter().enumerate() {
            let mut own = table.clone();
            if number > 0 {
                own.decor_mut().set_prefix("\n");
            }
            set(&mut own, "case", case);
            match of(case).map(|one| &one.why) {
                Some(Staleness::OtherMessage(now)) => set(&mut own, "message", now),
                Some(Staleness::Fails(now)) => {
                    set(&mut own, "verdict", "fail");
                    set(&mut own, "message", now);
                }
                Some(Staleness::Passes | Staleness::Expired(_)) | None => {}
            }
            self.push(own);
        }
    }

    fn push(&mut self, mut table: Table) {
        if !self.orphans.is_empty() {
            let prefix =
                std::mem::take(&mut self.orphans) + prefix(&table).trim_start_matches('\n');
            table.decor_mut().set_prefix(prefix);
        }
        self.tables.push(table);
    }

    /// A comment right above an entry goes with it. One that a blank line keeps apart stays.
    fn drop(&mut self, table: &Table) {
        let prefix = prefix(table);
        if let Some((apart, _)) = prefix.rsplit_once("\n\n")
            && !apart.trim().is_empty()
        {
            self.orphans.push_str(apart);
            self.orphans.push_str("\n\n");
        }
    }
}

fn prefix(table: &Table) -> &str {
    let prefix = table.decor().prefix();
    prefix.and_then(|raw| raw.as_str()).unwrap_or_default()
}

/// Changes a member in place, preserving the comment behind it, or adds it.
fn set(table: &mut Table, name: &str, text: &str) {
    let Some(old) = table.get_mut(name).and_then(Item::as_value_mut) else {
        table.insert(name, value(text));
        return;
    };
    if old.as_str() != Some(text) {
        let decor = old.decor().clone();
        *old = Value::from(text);
        *old.decor_mut() = decor;
    }
}

fn unexplained(case: &str, message: &str) -> Table {
    let mut table = Table::new();
    let mut reason = Value::from("");
    reason.decor_mut().set_suffix(NO_REASON);
    table.insert("case", value(case));
    table.insert("reason", Item::Value(reason));
    table.insert("message", value(message));
    table
}
