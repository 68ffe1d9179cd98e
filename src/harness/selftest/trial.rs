//! A suite against one target of which it is known what is wrong with it.

use crate::harness::{Conclusion, Exit, Outcome, Selection, Verdict};

/// A run of a suite against a target that is known.
#[derive(Debug, Clone)]
pub struct Trial {
    /// What the user selects it by.
    pub id: String,
    /// What the suite has to make of that target.
    pub expectation: Expectation,
    /// What it made of it.
    pub conclusion: Conclusion,
}

/// What a suite has to make of a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expectation {
    /// It is wrong, and that has to be found.
    Caught(Catch),
    /// It is right: no case may fail.
    Held,
}

/// What catches a mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Catch {
    /// The cases that claim to, all of them; of a glob one has to.
    pub cases: Vec<String>,
    /// How it is judged.
    pub verdict: Verdict,
    /// The first line of the failure.
    pub what: String,
    /// The mistake in words, where the suite has words for it: no failure may name another one.
    pub explanation: Option<String>,
    /// Which other cases may hold something against the target.
    pub others: Others,
    /// How the run ends, where that is not what the verdict alone makes of it: what the mistake takes
    /// away may be what other cases need.
    pub exit: Option<Exit>,
}

/// What cases may say of a mistake that is not theirs to catch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Others {
    /// Anything, as long as they do not explain it by another mistake.
    Any,
    /// Only these, as ids or globs, fail too.
    Named {
        /// Each of these does.
        always: Vec<String>,
        /// These do in one order of requests that race with each other.
        perhaps: Vec<String>,
    },
}

/// What became of an expectation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// The mistake was found by the case that claims to, for its reason.
    Caught(&'static str),
    /// No case failed a right target.
    Held,
    /// No case that claims to found the mistake for its reason.
    Missed,
    /// It was found, and this case takes it for another mistake.
    Misled(&'static str),
    /// It was found, and these cases, which are listed as failing too, do not fail.
    Unharmed(String),
    /// This case accuses a right target.
    Accused(&'static str),
    /// The run ended with another exit code than it should have.
    Exit(Exit),
    /// Something was wrong with the suite itself, whatever it found.
    Troubled(String),
}

impl Finding {
    /// Whether the suite did what it has to.
    pub const fn is_right(&self) -> bool {
        matches!(self, Self::Caught(_) | Self::Held)
    }
}

impl Trial {
    /// The cases that claim to catch the mistake and do, for its reason.
    pub fn catching(&self) -> Vec<&'static str> {
        let Expectation::Caught(catch) = &self.expectation else {
            return Vec::new();
        };
        let outcomes = self.conclusion.outcomes.iter();
        let catching = outcomes.filter(|one| catch.is_by(one) && matches(&catch.cases, one.id));
        catching.map(|outcome| outcome.id).collect()
    }

    pub fn finding(&self) -> Finding {
        match &self.expectation {
            Expectation::Held => self.accused(),
            Expectation::Caught(catch) => self.caught(catch),
        }
    }

    fn accused(&self) -> Finding {
        let is_accused =
            |one: &&Outcome| !matches!(one.verdict, Verdict::Pass | Verdict::NotApplicable);
        match self.conclusion.outcomes.iter().find(is_accused) {
            Some(outcome) => Finding::Accused(outcome.id),
            None => self.ended(Exit::Held, Finding::Held),
        }
    }

    fn caught(&self, catch: &Catch) -> Finding {
        let catching = self.catching();
        let missing = catch.cases.iter().find(|claiming| {
            let claiming = std::slice::from_ref(*claiming);
            !catching.iter().any(|id| matches(claiming, id))
        });
        let (None, Some(by)) = (missing, catching.first()) else {
            return Finding::Missed;
        };
        let other = match &catch.others {
            Others::Any => self.misled(catch.explanation.as_deref()),
            Others::Named { always, perhaps } => self.beyond(&catch.cases, always, perhaps),
        };
        if let Some(finding) = other {
            return finding;
        }
        let usual = match catch.verdict {
            Verdict::Fail => Exit::Failed,
            _ => Exit::Held,
        };
        self.ended(catch.exit.unwrap_or(usual), Finding::Caught(by))
    }

    /// A failure names another mistake than this.
    fn misled(&self, explanation: Option<&str>) -> Option<Finding> {
        let mut outcomes = self.conclusion.outcomes.iter();
        let misled = outcomes.find(|outcome| {
            let explained = outcome.mismatch().and_then(|one| one.what.split_once(": "));
            explained.is_some_and(|(_, words)| explanation != Some(words))
        });
        misled.map(|outcome| Finding::Misled(outcome.id))
    }

    /// What there is against the other cases: one accuses that is not named, or does not that is.
    fn beyond(
        &self,
        claiming: &[String],
        always: &[String],
        perhaps: &[String],
    ) -> Option<Finding> {
        let outcomes = self.conclusion.outcomes.iter();
        let accusing: Vec<&'static str> = outcomes
            .filter(|outcome| matches!(outcome.verdict, Verdict::Fail | Verdict::Warn))
            .map(|outcome| outcome.id)
            .filter(|id| !matches(claiming, id))
            .collect();
        let is_named = |id: &str| matches(always, id) || matches(perhaps, id);
        if let Some(id) = accusing.iter().find(|id| !is_named(id)) {
            return Some(Finding::Misled(id));
        }
        let unharmed = always.iter().find(|one| {
            let one = std::slice::from_ref(*one);
            !accusing.iter().any(|id| matches(one, id))
        });
        unharmed.map(|one| Finding::Unharmed(one.clone()))
    }

    fn ended(&self, wanted: Exit, finding: Finding) -> Finding {
        // A failure goes before them in the exit code.
        if let Some(trouble) = self.conclusion.troubles.first() {
            return Finding::Troubled(trouble.clone());
        }
        match self.conclusion.exit() {
            exit if exit == wanted => finding,
            exit => Finding::Exit(exit),
        }
    }

    /// The first line of that case's failure.
    pub(super) fn first_line(&self, id: &str) -> &str {
        self.conclusion.outcome(id).and_then(Outcome::message).unwrap_or("nothing")
    }
}

impl Catch {
    /// Whether this is how the mistake is caught.
    fn is_by(&self, outcome: &Outcome) -> bool {
        outcome.verdict == self.verdict
            && outcome.mismatch().is_some_and(|mismatch| mismatch.what == self.what)
    }
}

/// Whether one of these ids or globs is that of a case.
pub(super) fn matches(cases: &[String], id: &str) -> bool {
    let selection = Selection::parse(cases, &[], false);
    !cases.is_empty() && selection.is_ok_and(|selection| selection.matches(id))
}
