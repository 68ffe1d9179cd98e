//! The job that a rotation with `re_encrypt` queues. Its goal is that no version of the project is under a rotated
//! server key; a later rotation only moves the goal.

use std::sync::{Arc, Weak};

use super::Room;
use super::sealing::{Sheet, reseal};
use crate::mock::jobs::Job;
use crate::mock::model::{Project, ServerKey};
use crate::mock::{Point, Refusal, World};

/// How many versions are sealed between two commits.
const BATCH: usize = 32;

type Batch = (u64, Arc<ServerKey>, Vec<(u64, Sheet)>);

/// Runs a job to its goal, or until the project is gone, or until it is paused after a batch. Whether there may be more
/// to do.
pub(super) async fn run(world: &Weak<World>, job: &Job, paused: impl Fn() -> bool) -> bool {
    while one(world, job).await {
        if paused() {
            return true;
        }
    }
    false
}

/// Runs one batch of a job and saves it. Whether there may be more to do.
pub(super) async fn one(world: &Weak<World>, job: &Job) -> bool {
    let (Some(world), Some(project)) = (world.upgrade(), slug_now(job)) else {
        return false;
    };
    let room = Room { world, cell: Arc::clone(&job.cell), config: job.cell.config(), project };
    let stepped = step(&room, job).await;
    // If it cannot be saved, the next request is refused, and the file says that the job is not done.
    let _ = room.world.keep(Some(&room.cell)).await;
    match stepped {
        Ok(more) => more,
        // A project that is not found may have another slug by now.
        Err(_) => slug_now(job).is_some_and(|slug| slug != room.project),
    }
}

fn slug_now(job: &Job) -> Option<String> {
    let organization = job.cell.state.read();
    let projects = organization.projects.values();
    let mut of_number = projects.filter(|project| project.number == job.number);
    of_number.next().map(|project| project.slug.clone())
}

/// Moves one batch. Whether there may be more.
async fn step(room: &Room, job: &Job) -> Result<bool, Refusal> {
    let (active, onto, rows) = room.read(|project| batch(project, job))?;
    if room.cell.incarnation() != job.incarnation {
        return Ok(false);
    }
    if rows.is_empty() {
        let mut organization = room.cell.state.write();
        if let Some((project, _)) = organization.project_mut(&room.project) {
            project.moving &= project.number != job.number;
        }
        return Ok(false);
    }
    let sheets = rows.iter().map(|(_, sheet)| sheet.clone()).collect();
    let resealed = reseal(room, sheets, &onto).await?;
    let gates = &room.world.gates;
    gates.pass(Point::Reencrypt, &room.cell, &room.project).await?;
    let _turn = room.read(|project| Ok(project.turn.lock()))?.await;
    let mut organization = room.cell.state.write();
    if room.cell.incarnation() != job.incarnation {
        return Ok(false);
    }
    let Some((project, _)) = organization.project_mut(&room.project) else {
        return Ok(false);
    };
    if project.number != job.number {
        return Ok(false);
    }
    if project.active().version != active {
        return Ok(true);
    }
    for ((id, sheet), content) in rows.into_iter().zip(resealed) {
        let version = project.version(id);
        if version.is_some_and(|version| Arc::ptr_eq(&version.content, &sheet.content)) {
            project.move_version(id, content, active);
        }
    }
    // Once the goal is reached, a later rotation needs a job of its own.
    project.moving = project.pending_count() > 0;
    Ok(project.moving)
}

/// The active key, and the next versions to move onto it.
fn batch(project: &Project, job: &Job) -> Result<Batch, Refusal> {
    let active = project.active();
    let onto = match active.server() {
        Some(key) if project.number == job.number => Arc::clone(key),
        _ => return Err(Refusal::not_found("Project")),
    };
    let rows = project.pending().filter_map(|version| {
        let key = Arc::clone(project.server_key_of(version.sealed)?);
        Some((version.id, Sheet { key, content: Arc::clone(&version.content) }))
    });
    Ok((active.version, onto, rows.take(BATCH).collect()))
}
