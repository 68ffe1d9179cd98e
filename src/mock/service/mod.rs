//! The operations of the API, in the files of their nouns. They know nothing of HTTP but the types of bodies.
//!
//! What changes a project is a transaction of two steps. `prepare` derives and seals outside every lock, and changes
//! nothing. `commit` changes all or nothing, in the project's turn. What is checked before the first step is checked
//! again before the second. A transaction that finds at commit that the project has changed prepares again and keeps
//! the turn, so that it ends. Reads take no turn: they see the state before or after a commit.

mod answer;
pub(super) mod api_key;
pub(super) mod call;
mod delete;
mod descriptor;
pub(super) mod guard;
mod organization;
mod place;
mod project;
mod reading;
pub(super) mod reencrypt;
mod restore;
mod retrieve;
mod rotate_client;
mod rotate_server;
mod sealing;
mod secrets;
mod store;
mod submit;
mod turn;
pub(super) mod version;
pub(super) mod worker;

use std::future::Future;

pub(super) use answer::Answer;
pub(super) use turn::Turn;

use super::refusal::Refusal;
use super::room::{Occupant, Room};
use super::stage::Stage;
use super::trace::Trace;
use crate::mock::Point;
use crate::mock::misbehaviour::race::{self, Seen};
use crate::mock::misbehaviour::{effect, torn};
use crate::mock::model::{Organization, Project};

/// The number of a row, which a path writes in decimal digits and nothing else.
fn row_number(text: &str) -> Option<u64> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| digits)
}

/// Why a commit did not happen.
pub(super) enum Setback {
    /// The project has changed since the plan was made.
    Stale,
    Refused(Refusal),
}

impl From<Refusal> for Setback {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// A change of one project, in two steps.
pub(super) trait Transaction: Sync {
    type Plan: Send;
    type Done: Send;

    /// Whether the change may be made. Asked before it is prepared, and again before it is committed.
    fn check(&self, project: &Project, trace: &mut Trace) -> Result<(), Refusal>;

    /// Derives and seals. Changes nothing.
    fn prepare(
        &self,
        room: &Room,
        trace: &mut Trace,
    ) -> impl Future<Output = Result<Self::Plan, Refusal>> + Send;

    /// Changes all or nothing.
    fn commit(&self, plan: Self::Plan, turn: &mut Turn<'_>) -> Result<Self::Done, Setback>;
}

/// Prepares and commits a transaction, which can be made to wait at a gate between the two.
pub(super) async fn perform<T: Transaction>(
    room: &Room,
    gate: Point,
    transaction: &T,
    trace: &mut Trace,
) -> Result<T::Done, Refusal> {
    let occupant = room.occupant();
    room.read(|project| transaction.check(project, trace))?;
    trace.checked();
    let seen = Seen::of(trace.conduct(), room);
    let plan = transaction.prepare(room, trace).await?;
    let mut waiting = room.world.gates.arrive(gate, &room.cell, &room.project);
    // Dropped before `waiting`: whoever waits until a request has left the gate finds what became of it.
    let mut open = Open { room, transaction, occupant, seen, plan: Some(plan), trace };
    if let Some(waiting) = &mut waiting {
        let passed = waiting.pass().await;
        passed.inspect_err(|_| open.plan = None)?;
    }
    drop(waiting);
    race::moment(open.trace.conduct()).await;
    open.seen.revive(open.trace.conduct(), room);
    let _turn = room.read(|project| Ok(project.turn.lock()))?.await;
    loop {
        let plan = match open.plan.take() {
            Some(plan) => plan,
            None => transaction.prepare(room, open.trace).await?,
        };
        match open.commit(plan, false) {
            Ok(done) => return Ok(done),
            Err(Setback::Refused(refusal)) => return Err(refusal),
            Err(Setback::Stale) => {
                open.occupant = room.occupant();
                room.read(|project| transaction.check(project, open.trace))?;
            }
        }
    }
}

/// A transaction that is prepared and not committed. If its client hangs up it is dropped, and has changed nothing: but
/// for what the mock does wrongly then.
struct Open<'o, T: Transaction> {
    room: &'o Room,
    transaction: &'o T,
    /// The project as it was when the plan was made.
    occupant: Occupant,
    seen: Seen,
    plan: Option<T::Plan>,
    trace: &'o mut Trace,
}

impl<T: Transaction> Drop for Open<'_, T> {
    fn drop(&mut self) {
        if let Some(plan) = self.plan.take()
            && torn::is_any_left(self.trace.conduct())
        {
            // What cannot be committed cannot be torn either.
            let _ = self.commit(plan, true);
        }
    }
}

impl<T: Transaction> Open<'_, T> {
    /// `is_torn`: its client has hung up.
    fn commit(&mut self, plan: T::Plan, is_torn: bool) -> Result<T::Done, Setback> {
        let Self { room, transaction, occupant, seen, trace, .. } = self;
        let mut organization = room.cell.state.write();
        let (project, counters) =
            organization.project_mut(&room.project).ok_or_else(|| Refusal::not_found("Project"))?;
        if *occupant != room.occupant_of(project) {
            return Err(Setback::Stale);
        }
        let accepted = effect::accept(trace.conduct(), project);
        trace.recheck(Stage::State, accepted)?;
        trace.recheck(Stage::State, seen.accept(trace.conduct(), project))?;
        let before = seen.before(project);
        let effects = if is_torn {
            torn::effects(trace.conduct(), project)
        } else {
            effect::Effects::of(trace.conduct(), project)
        };
        transaction.check(project, trace)?;
        let mut turn = Turn { room, project, counters, now: room.world.clock.now() };
        let done = transaction.commit(plan, &mut turn)?;
        if let Some(effects) = effects {
            effects.apply(&mut turn);
        }
        seen.apply(trace.conduct(), before.as_ref(), &mut turn);
        Ok(done)
    }
}

/// Performs a transaction in which nothing has to be prepared.
async fn perform_checked<D: Send>(
    room: &Room,
    gate: Point,
    trace: &mut Trace,
    check: impl Fn(&Project, &mut Trace) -> Result<(), Refusal> + Send + Sync,
    change: impl Fn(&mut Turn<'_>) -> D + Send + Sync,
) -> Result<D, Refusal> {
    perform(room, gate, &Checked { check: &check, change: &change }, trace).await
}

struct Checked<'c, D> {
    check: &'c (dyn Fn(&Project, &mut Trace) -> Result<(), Refusal> + Sync),
    change: &'c (dyn Fn(&mut Turn<'_>) -> D + Sync),
}

impl<D: Send> Transaction for Checked<'_, D> {
    type Plan = ();
    type Done = D;

    fn check(&self, project: &Project, trace: &mut Trace) -> Result<(), Refusal> {
        (self.check)(project, trace)
    }

    async fn prepare(&self, _: &Room, _: &mut Trace) -> Result<(), Refusal> {
        Ok(())
    }

    fn commit(&self, (): (), turn: &mut Turn<'_>) -> Result<D, Setback> {
        Ok((self.change)(turn))
    }
}

/// Changes an organization in the turn of a project that it has.
async fn in_turn_of_project<T>(
    room: &Room,
    change: impl FnOnce(&mut Organization) -> Result<T, Refusal>,
) -> Result<T, Refusal> {
    let occupant = room.occupant();
    let _turn = room.read(|project| Ok(project.turn.lock()))?.await;
    let mut organization = room.cell.state.write();
    match organization.projects.get(&room.project) {
        // A later project of the same slug is not the one that was meant.
        Some(project) if occupant == room.occupant_of(project) => change(&mut organization),
        _ => Err(Refusal::not_found("Project")),
    }
}

/// Changes a project in its turn, where nothing has to be prepared.
async fn in_turn<T>(
    room: &Room,
    change: impl FnOnce(&mut Project) -> Result<T, Refusal>,
) -> Result<T, Refusal> {
    in_turn_of_project(room, |organization| change(project_mut(room, organization)?)).await
}

/// The project that a request is about, to change it.
fn project_mut<'o>(
    room: &Room,
    organization: &'o mut Organization,
) -> Result<&'o mut Project, Refusal> {
    let project = organization.project_mut(&room.project);
    project.map(|(project, _)| project).ok_or_else(|| Refusal::not_found("Project"))
}
