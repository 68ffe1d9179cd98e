//! Two reports, compared case by case: what held and no longer does is a regression.

use std::fmt::Write;

use super::count::plural;
use super::{CaseEntry, Document};
use crate::contract::requirement::Level;
use crate::harness::{Exit, Verdict};

/// What differs between an old report and a new one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// The old and the new report, in words.
    heads: [String; 2],
    /// Cases that differ, a line each.
    changes: Vec<(Kind, String)>,
    /// Cases that passed in the old report.
    passed: usize,
}

/// How a case differs.
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

/// The headline of each kind, in the order of the comparison.
const HEADLINES: [(Kind, &str); 7] = [
    (Kind::Regressed, "✗ held, and no longer does"),
    (Kind::Lost, "? held, and is no longer judged"),
    (Kind::Gone, "? held, and is not in the new report"),
    (Kind::Fixed, "✓ holds now"),
    (Kind::Changed, "! does not hold, in another way than before"),
    (Kind::New, "+ not in the old report"),
    (Kind::Dropped, "- did not hold, and is not in the new report"),
];

pub fn compare(old: &Document, new: &Document) -> Comparison {
    let mut changes = Vec::new();
    for before in &old.cases {
        let after = new.case(&before.id);
        if let Some(kind) = kind(before, after) {
            changes.push((kind, line(Some(before), after, new)));
        }
    }
    let added = new.cases.iter().filter(|case| old.case(&case.id).is_none());
    changes.extend(added.map(|case| (Kind::New, line(None, Some(case), new))));
    Comparison {
        heads: [old, new].map(head),
        changes,
        passed: old.cases.iter().filter(|case| holds(case)).count(),
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

fn line(before: Option<&CaseEntry>, after: Option<&CaseEntry>, new: &Document) -> String {
    let Some(CaseEntry { id, level, .. }) = after.or(before) else {
        return String::new();
    };
    let name = |case: Option<&CaseEntry>| case.map_or("none", |case| case.verdict.name());
    let reason = after.map(|case| new.reason(case)).filter(|reason| !reason.is_empty());
    let reason = reason.map_or_else(String::new, |reason| format!(": {reason}"));
    format!("{id} ({}): {} → {}{reason}", level.name(), name(before), name(after))
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
        match (self.count(Kind::Regressed), self.lost()) {
            (0, 0) => Exit::Held,
            (0, _) => Exit::Incomplete,
            _ => Exit::Failed,
        }
    }

    fn count(&self, kind: Kind) -> usize {
        self.changes.iter().filter(|(of, _)| *of == kind).count()
    }

    /// How many cases passed and have no verdict now.
    fn lost(&self) -> usize {
        self.count(Kind::Lost) + self.count(Kind::Gone)
    }

    pub fn text(&self) -> String {
        let [old, new] = &self.heads;
        let mut text = format!("old: {old}\nnew: {new}\n");
        for (kind, headline) in HEADLINES {
            let count = self.count(kind);
            if count > 0 {
                let _ = writeln!(text, "\n{headline} ({count})");
            }
            for (_, line) in self.changes.iter().filter(|(of, _)| *of == kind) {
                let _ = writeln!(text, "  {line}");
            }
        }
        let _ = writeln!(text, "\n{}", self.verdict_line());
        text
    }

    fn verdict_line(&self) -> String {
        let passed = plural(self.passed, "case");
        let headline = match self.exit() {
            Exit::Held => "no regression",
            Exit::Incomplete => "incomplete",
            _ => "regression",
        };
        let mut line = format!("{headline}: {passed} held before");
        for (count, words) in
            [(self.count(Kind::Regressed), "no longer held"), (self.lost(), "no longer judged")]
        {
            if count > 0 {
                let _ = write!(line, ", {count} {words}");
            }
        }
        line + &format!("; {} more hold now", self.count(Kind::Fixed))
    }
}
