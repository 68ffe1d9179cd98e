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
    /// The request may go on.
    Passed,
    /// The request stops here: the status and the reason.
    Refused {
        /// HTTP status of the answer.
        status: u16,
        /// The error code, or what is wrong with the body.
        reason: String,
    },
}

/// The stages that a request has passed, in their order; the last may have refused it.
#[derive(Debug, Clone)]
pub struct Trace {
    order: &'static [Stage; 16],
    steps: Vec<(Stage, Passage)>,
    would_pass: Option<String>,
    /// What decides otherwise than the checks; none in a mock in which nothing is switched on.
    conduct: Option<Arc<Conduct>>,
}

impl Trace {
    pub(super) fn new(project: ProjectIn) -> Self {
        Self {
            order: Stage::order(project),
            steps: Vec::with_capacity(Stage::ORDER.len()),
            would_pass: None,
            conduct: None,
        }
    }

    /// From now on the checks are decided as an organization is configured, for an endpoint once it is known.
    pub(super) fn configure(&mut self, config: &Arc<Config>, endpoint: Option<Endpoint>) {
        self.conduct = Conduct::of(config, endpoint);
    }

    /// From now on the checks are decided by this conduct.
    pub(super) fn conduct_as(&mut self, conduct: Option<Arc<Conduct>>) {
        self.conduct = conduct;
    }

    /// The version that the path names, for the conduct to know; 0 if it names none.
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

    /// What was checked, in order.
    pub fn steps(&self) -> &[(Stage, Passage)] {
        &self.steps
    }

    /// The smallest change with which a refused request would have got further; none if it passed.
    pub fn would_pass(&self) -> Option<&str> {
        self.would_pass.as_deref()
    }

    /// Checks a stage again that was passed before. If it still is, that leaves no trace.
    pub(super) fn recheck(
        &mut self,
        stage: Stage,
        result: Result<(), Refusal>,
    ) -> Result<(), Refusal> {
        match result.or_else(|refusal| decision::decide(self.conduct(), stage, refusal)) {
            Ok(()) => Ok(()),
            Err(refusal) => self.note(stage, Err(refusal)),
        }
    }

    /// Notes the result of a check that only says yes or no.
    pub(super) fn pass(
        &mut self,
        stage: Stage,
        result: Result<(), Refusal>,
    ) -> Result<(), Refusal> {
        let result = result.or_else(|refusal| decision::decide(self.conduct(), stage, refusal));
        self.note(stage, result)
    }

    /// Notes the result of a check that finds something.
    pub(super) fn check<T>(
        &mut self,
        stage: Stage,
        result: Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let result = result.map_err(|refusal| decision::reword(self.conduct(), stage, refusal));
        self.note(stage, result)
    }

    /// A stage that is checked again, by a commit, replaces its own step and those behind it.
    fn note<T>(&mut self, stage: Stage, result: Result<T, Refusal>) -> Result<T, Refusal> {
        let place = |stage| self.order.iter().position(|entry| *entry == stage);
        let here = place(stage);
        self.steps.retain(|(earlier, _)| place(*earlier) < here);
        let refused = result.as_ref().err();
        self.would_pass = refused.and_then(|refusal| remedy::of(stage, refusal));
        self.steps.push((
            stage,
            match &result {
                Ok(_) => Passage::Passed,
                Err(refusal) => Passage::Refused {
                    status: refusal.status(),
                    reason: refusal.reason().to_owned(),
                },
            },
        ));
        result
    }
}
