//! The stages that a request has passed, and the one that refused it.

use std::sync::Arc;

use super::config::Config;
use super::misbehaviour::conduct::Conduct;
use super::misbehaviour::decision;
use super::refusal::Refusal;
use super::remedy;
use super::stage::Stage;
use crate::contract::route::{Endpoint, ProjectIn};

/// The result of a stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Passage {
    /// The request passed.
    Passed,
    /// The request was refused.
    Refused {
        /// HTTP status of the answer.
        status: u16,
        /// The error code, or what is wrong with the body.
        reason: String,
    },
}

/// The stages that a request has passed, in their order; the last one may have refused it.
#[derive(Debug, Clone)]
pub struct Trace {
    order: &'static [Stage; 16],
    steps: Vec<(Stage, Passage)>,
    would_pass: Option<String>,
    /// What decides otherwise than the checks; none in a mock in which nothing is switched on.
    conduct: Option<Arc<Conduct>>,
    /// Whether every check was passed: those that are made from then on are made again, before the commit.
    is_checked: bool,
}

impl Trace {
    pub(super) fn new(project: ProjectIn) -> Self {
        Self {
            order: Stage::order(project),
            steps: Vec::with_capacity(Stage::ORDER.len()),
            would_pass: None,
            conduct: None,
            is_checked: false,
        }
    }

    /// The checks before the preparation are passed.
    pub(super) fn checked(&mut self) {
        self.is_checked = true;
    }

    /// From now on the settings of an organization decide the checks, for an endpoint once it is known.
    pub(super) fn configure(&mut self, config: &Arc<Config>, endpoint: Option<Endpoint>) {
        self.conduct = Conduct::of(config, endpoint);
    }

    /// From now on this conduct decides the checks.
    pub(super) fn conduct_as(&mut self, conduct: Option<Arc<Conduct>>) {
        self.conduct = conduct;
    }

    /// Gives the conduct the version that the path names; 0 if it names none.
    pub(super) fn conduct_with(&mut self, row: u64) {
        if let Some(conduct) = &mut self.conduct {
            Arc::make_mut(conduct).row = row;
        }
    }

    pub(super) fn conduct(&self) -> Option<&Arc<Conduct>> {
        self.conduct.as_ref()
    }

    /// The last stage that was checked.
    pub(super) fn last(&self) -> Option<Stage> {
        self.steps.last().map(|(stage, _)| *stage)
    }

    /// The stages that were checked, in order.
    pub fn steps(&self) -> &[(Stage, Passage)] {
        &self.steps
    }

    /// The smallest change with which a refused request would have got further, in words; none if it passed or nothing
    /// would help.
    pub fn would_pass(&self) -> Option<&str> {
        self.would_pass.as_deref()
    }

    /// Checks a stage again that was passed before. If it passes again, that leaves no trace.
    pub(super) fn recheck(
        &mut self,
        stage: Stage,
        result: Result<(), Refusal>,
    ) -> Result<(), Refusal> {
        match result.or_else(|refusal| self.decide(stage, refusal)) {
            Ok(()) => Ok(()),
            refused => self.note(stage, refused),
        }
    }

    /// Notes the result of a check that only passes or refuses.
    pub(super) fn pass(
        &mut self,
        stage: Stage,
        result: Result<(), Refusal>,
    ) -> Result<(), Refusal> {
        let result = result.or_else(|refusal| self.decide(stage, refusal));
        self.note(stage, result)
    }

    fn decide(&self, stage: Stage, refusal: Refusal) -> Result<(), Refusal> {
        decision::decide(self.conduct(), self.is_checked, stage, refusal)
    }

    /// Notes the result of a check that gives a value.
    pub(super) fn check<T>(
        &mut self,
        stage: Stage,
        result: Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let result = result.map_err(|refusal| decision::reword(self.conduct(), stage, refusal));
        self.note(stage, result)
    }

    /// A stage that a commit checks again replaces its earlier step and the steps behind it.
    fn note<T>(&mut self, stage: Stage, result: Result<T, Refusal>) -> Result<T, Refusal> {
        let place = |stage| self.order.iter().position(|entry| *entry == stage);
        let here = place(stage);
        self.steps.retain(|(earlier, _)| place(*earlier) < here);
        let refusal = result.as_ref().err();
        self.would_pass = refusal.and_then(|refusal| remedy::of(stage, refusal));
        let passage = refusal.map_or(Passage::Passed, |refusal| Passage::Refused {
            status: refusal.status(),
            reason: refusal.reason().to_owned(),
        });
        self.steps.push((stage, passage));
        result
    }
}
