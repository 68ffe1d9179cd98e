//! What may happen: one file an operation. Nothing here knows HTTP beyond the bodies' types.
//!
//! An operation that changes a project is made in two steps. `prepare` checks, derives and seals,
//! outside every lock, and changes nothing. `commit` checks again what may have changed since and
//! then changes all or nothing, in the project's turn. An operation that finds at commit that the project has
//! changed prepares again and keeps the turn, so that it ends. Reads take no turn: they see the
//! state before or after a commit.

mod answer;
pub(super) mod api_key;
pub(super) mod call;
mod delete;
mod descriptor;
pub(super) mod guard;
mod mistake;
mod organization;
mod pending;
mod place;
mod project;
mod purge;
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
pub(super) mod version;
pub(super) mod worker;

use std::future::Future;
use std::sync::Arc;

pub(super) use answer::Answer;

use super::refusal::Refusal;
use super::room::{Occupant, Room};
use super::stage::Stage;
use super::trace::Trace;
use crate::mock::misbehaviour::{effect, veto};
use crate::mock::model::organization::Counters;
use crate::mock::model::project::Project;
use crate::mock::steer::gate::Point;

/// The number of a row, as a path names it: decimal digits and nothing else.
fn row_number(text: &str) -> Option<u64> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| digits)
}

/// Why a commit did not happen.
pub(super) enum Setback {
    /// The project is not the one that the plan was made for any more.
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
    /// Where it can be made to wait between the two.
    const GATE: Point;
    /// What `prepare` worked out.
    type Plan: Send;
    /// What the answer is made of.
    type Done: Send;

    /// Checks, derives and seals. Changes nothing.
    fn prepare(
        &self,
        room: &Room,
        trace: &mut Trace,
    ) -> impl Future<Output = Result<Self::Plan, Refusal>> + Send;

    /// Checks again, then changes all or nothing.
    fn commit(
        &self,
        room: &Room,
        plan: Self::Plan,
        project: &mut Project,
        counters: &mut Counters,
        trace: &mut Trace,
    ) -> Result<Self::Done, Setback>;
}

/// Prepares and commits a transaction.
pub(super) async fn perform<T: Transaction>(
    room: &Room,
    transaction: &T,
    trace: &mut Trace,
) -> Result<T::Done, Refusal> {
    let mut occupant = room.occupant();
    let mut plan = transaction.prepare(room, trace).await?;
    let gates = &room.world.gates;
    gates.pass(T::GATE, &room.cell, &room.project).await?;
    let turn = room.read(|project| Ok(Arc::clone(&project.turn)))?;
    let _turn = turn.lock_owned().await;
    loop {
        match commit(room, transaction, plan, occupant, trace) {
            Ok(done) => return Ok(done),
            Err(Setback::Refused(refusal)) => return Err(refusal),
            Err(Setback::Stale) => {
                occupant = room.occupant();
                plan = transaction.prepare(room, trace).await?;
            }
        }
    }
}

/// Changes the project in its turn, where nothing has to be prepared.
async fn in_turn<T>(
    room: &Room,
    change: impl FnOnce(&mut Project, &mut Counters) -> Result<T, Refusal>,
) -> Result<T, Refusal> {
    let occupant = room.occupant();
    let turn = room.read(|project| Ok(Arc::clone(&project.turn)))?;
    let _turn = turn.lock_owned().await;
    let mut organization = room.cell.state.write();
    match organization.project_mut(&room.project) {
        // A later project of the same slug is not the one that was meant.
        Some((project, counters)) if occupant == room.occupant_of(project) => {
            change(project, counters)
        }
        _ => Err(Refusal::not_found("Project")),
    }
}

fn commit<T: Transaction>(
    room: &Room,
    transaction: &T,
    plan: T::Plan,
    occupant: Occupant,
    trace: &mut Trace,
) -> Result<T::Done, Setback> {
    let mut organization = room.cell.state.write();
    let (project, counters) =
        organization.project_mut(&room.project).ok_or_else(|| Refusal::not_found("Project"))?;
    if occupant != room.occupant_of(project) {
        return Err(Setback::Stale);
    }
    let accepted = veto::accept(trace.conduct(), project);
    trace.recheck(Stage::State, accepted)?;
    let effects = effect::Effects::of(trace.conduct(), project);
    let done = transaction.commit(room, plan, project, counters, trace)?;
    if let Some(effects) = effects {
        effects.apply((project, counters), &room.cell, room.world.clock.now());
    }
    Ok(done)
}
