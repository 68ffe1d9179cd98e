//! Two reports, compared case by case: what held and no longer does is a regression.

use std::fmt::Write;

use super::text::plural;
use super::{CaseEntry, Document};
use crate::contract::requirement::Level;
use crate::harness::{Exit, Verdict};

/// What differs between an old report and a new one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// The old and the new report, in words.
    heads: [String; 2],
    changes: Vec<Change>,
    /// Cases that passed in the old report.
    held: usize,
}

/// A case that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Change {
    kind: Kind,
    case: String,
    level: Level,
    before: Option<Verdict>,
    after: Option<Verdict>,
    /// Why it does not pass now.
    reason: String,
}

/// In the order of the comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Regressed,
    /// It passed, and is not judged any more.
    Lost,
    /// It passed, and is not in the new report.
    Gone,
    Fixed,
    Changed,
    New,
    /// It did not pass, and is not in the new report.
    Dropped,
}

impl Kind {
    const ALL: [Self; 7] = [
        Self::Regressed,
        Self::Lost,
        Self::Gone,
        Self::Fixed,
        Self::Changed,
        Self::New,
        Self::Dropped,
    ];

    const fn words(self) -> &'static str {
        match self {
            Self::Regressed => "✗ held, and no longer does",
            Self::Lost => "? held, and is no longer judged",
            Self::Gone => "? held, and is not in the new report",
            Self::Fixed => "✓ holds now",
            Self::Changed => "! does not hold, in another way than before",
            Self::New => "+ not in the old report",
            Self::Dropped => "- did not hold, and is not in the new report",
        }
    }
}

/// Compares two reports.
pub fn compare(old: &Document, new: &Document) -> Comparison {
    let mut changes: Vec<Change> = old
        .cases
        .iter()
        .filter_map(|before| {
            let after = new.case(&before.id);
            let kind = kind(before, after)?;
            Some(change(kind, Some(before), after, new))
        })
        .collect();
    let is_new = |case: &&CaseEntry| old.case(&case.id).is_none();
    let appeared = new.cases.iter().filter(is_new);
    changes.extend(appeared.map(|case| change(Kind::New, None, Some(case), new)));
    Comparison {
        heads: [old, new].map(head),
        changes,
        held: old.cases.iter().filter(|case| holds(case)).count(),
    }
}

/// How a case of the old report differs in the new one, if it does.
fn kind(before: &CaseEntry, after: Option<&CaseEntry>) -> Option<Kind> {
    let Some(after) = after else {
        return Some(if holds(before) { Kind::Gone } else { Kind::Dropped });
    };
    match (holds(before), holds(after)) {
        (true, true) => None,
        (false, true) => Some(Kind::Fixed),
        (false, false) => {
            let is_same = (before.verdict, &before.message) == (after.verdict, &after.message);
            (!is_same).then_some(Kind::Changed)
        }
        (true, false) => Some(match after.verdict {
            verdict if verdict.is_judgement() => Kind::Regressed,
            // A free choice, made anew.
            Verdict::NotApplicable if after.level == Level::May => Kind::Changed,
            _ => Kind::Lost,
        }),
    }
}

const fn holds(case: &CaseEntry) -> bool {
    matches!(case.verdict, Verdict::Pass | Verdict::UnexpectedPass)
}

fn change(
    kind: Kind,
    before: Option<&CaseEntry>,
    after: Option<&CaseEntry>,
    new: &Document,
) -> Change {
    let named = after.or(before);
    Change {
        kind,
        case: named.map_or_else(String::new, |case| case.id.clone()),
        level: named.map_or(Level::Must, |case| case.level),
        before: before.map(|case| case.verdict),
        after: after.map(|case| case.verdict),
        reason: after.map_or_else(String::new, |case| new.reason(case)),
    }
}

fn head(document: &Document) -> String {
    let (target, shard) = (&document.target, document.shard_words());
    let (started, verdict) = (&document.started, &document.verdict);
    format!("{target}{shard}, {started}: {verdict}")
}

impl Comparison {
    /// [`Exit::Failed`] if something that held no longer does, [`Exit::Incomplete`] if nobody knows
    /// whether it still does.
    pub fn exit(&self) -> Exit {
        match (self.count(Kind::Regressed), self.count(Kind::Lost) + self.count(Kind::Gone)) {
            (0, 0) => Exit::Held,
            (0, _) => Exit::Incomplete,
            _ => Exit::Failed,
        }
    }

    fn count(&self, kind: Kind) -> usize {
        self.changes.iter().filter(|change| change.kind == kind).count()
    }

    /// For people.
    pub fn text(&self) -> String {
        let [old, new] = &self.heads;
        let mut text = format!("old: {old}\nnew: {new}\n");
        for kind in Kind::ALL {
            let count = self.count(kind);
            if count == 0 {
                continue;
            }
            let _ = writeln!(text, "\n{} ({count})", kind.words());
            for change in self.changes.iter().filter(|change| change.kind == kind) {
                let _ = writeln!(text, "  {}", change.text());
            }
        }
        let _ = writeln!(text, "\n{}", self.verdict_line());
        text
    }

    fn verdict_line(&self) -> String {
        let held = plural(self.held, "case");
        let lost = self.count(Kind::Lost) + self.count(Kind::Gone);
        let headline = match self.exit() {
            Exit::Held => "no regression".to_owned(),
            Exit::Incomplete => "incomplete".to_owned(),
            _ => "regression".to_owned(),
        };
        let counts = [(self.count(Kind::Regressed), "no longer held"), (lost, "no longer judged")];
        let counts: Vec<_> = counts
            .into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, words)| format!(", {count} {words}"))
            .collect();
        let fixed = self.count(Kind::Fixed);
        format!("{headline}: {held} held before{}; {fixed} more hold now", counts.concat())
    }
}

impl Change {
    fn text(&self) -> String {
        let name = |verdict: Option<Verdict>| verdict.map_or("none", Verdict::name);
        let (case, level) = (&self.case, super::document::level(self.level));
        let (before, after) = (name(self.before), name(self.after));
        let reason = match self.reason.as_str() {
            "" => String::new(),
            reason => format!(": {reason}"),
        };
        format!("{case} ({level}): {before} → {after}{reason}")
    }
}
