//! A suite against one target of which it is known what is wrong with it.

use crate::harness::{Conclusion, Detail, Exit, Outcome, Selection, Verdict};

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
    /// It is right, and nothing may be held against it.
    Held,
}

/// What catches a mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Catch {
    /// The case that claims to, or a glob of cases of which one has to.
    pub cases: String,
    /// How it is judged.
    pub verdict: Verdict,
    /// What the first line of the failure says.
    pub what: String,
    /// The mistake in words, where the suite has words for it: no failure may tell of another one.
    pub explanation: Option<String>,
}

/// What became of an expectation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// The mistake was found by the case that claims to, for its reason.
    Caught(&'static str),
    /// A right target was held right.
    Held,
    /// No case that claims to found the mistake for its reason.
    Missed,
    /// It was found, and this case takes it for another mistake.
    Misled(&'static str),
    /// This case accuses a right target.
    Accused(&'static str),
    /// The run ended with another exit code than it should have.
    Exit(Exit),
}

impl Finding {
    /// Whether the suite did what it has to.
    pub const fn is_right(&self) -> bool {
        matches!(self, Self::Caught(_) | Self::Held)
    }
}

impl Trial {
    /// What became of the expectation.
    pub fn finding(&self) -> Finding {
        match &self.expectation {
            Expectation::Held => self.held(),
            Expectation::Caught(catch) => self.caught(catch),
        }
    }

    fn held(&self) -> Finding {
        let is_free =
            |one: &&Outcome| !matches!(one.verdict, Verdict::Pass | Verdict::NotApplicable);
        match self.conclusion.outcomes.iter().find(is_free) {
            Some(outcome) => Finding::Accused(outcome.id),
            None => self.ended(Exit::Held, Finding::Held),
        }
    }

    fn caught(&self, catch: &Catch) -> Finding {
        let Ok(claiming) = Selection::parse(std::slice::from_ref(&catch.cases), &[], false) else {
            return Finding::Missed;
        };
        let found = self.conclusion.outcomes.iter().find(|outcome| {
            outcome.verdict == catch.verdict
                && told(outcome) == Some(&catch.what)
                && claiming.matches(outcome.id)
        });
        let Some(found) = found else {
            return Finding::Missed;
        };
        let misled = |outcome: &&Outcome| {
            let explanation = told(outcome).and_then(|what| what.split_once(": "));
            explanation.is_some_and(|(_, words)| catch.explanation.as_deref() != Some(words))
        };
        if let Some(outcome) = self.conclusion.outcomes.iter().find(misled) {
            return Finding::Misled(outcome.id);
        }
        let exit = match catch.verdict {
            Verdict::Fail => Exit::Failed,
            _ => Exit::Held,
        };
        self.ended(exit, Finding::Caught(found.id))
    }

    fn ended(&self, wanted: Exit, finding: Finding) -> Finding {
        match self.conclusion.exit() {
            exit if exit == wanted => finding,
            exit => Finding::Exit(exit),
        }
    }

    /// The first line of what that case says.
    pub(super) fn said(&self, id: &str) -> &str {
        let mut outcomes = self.conclusion.outcomes.iter();
        let outcome = outcomes.find(|outcome| outcome.id == id);
        match outcome.and_then(|outcome| outcome.detail.as_ref()) {
            Some(Detail::Mismatch(mismatch)) => &mismatch.what,
            Some(Detail::Note(note)) => note,
            _ => "nothing",
        }
    }
}

/// The first line of a failure.
fn told(outcome: &Outcome) -> Option<&String> {
    match &outcome.detail {
        Some(Detail::Mismatch(mismatch)) => Some(&mismatch.what),
        _ => None,
    }
}
