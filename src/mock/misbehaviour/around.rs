//! What is done after an operation, outside its turn.

use std::sync::Arc;

use serde_json::{Value, json};

use super::answer;
use super::decision::Of;
use super::sent::{level_of, move_submitted, submitted};
use super::table::table;
use crate::contract::custody::{Custody, HistoryPolicy};
use crate::contract::error::Code;
use crate::mock::model::{Key, Project};
use crate::mock::service::Answer;
use crate::mock::{Defect, Refusal, Room, Stage, Trace, Variant};

table! {
    DETAILED: ();

    Defect::ProofInDetails [*] ();
}

/// An operation that has ended.
struct Ended<'e> {
    room: &'e Room,
    /// The body of the request; null if it was refused, or absent.
    body: &'e Value,
    /// The last stage that was checked.
    stage: Option<Stage>,
    result: &'e Result<Answer, Refusal>,
}

type Act = fn(&Ended<'_>);

table! {
    AFTER: Act;

    Defect::SubmitReachesOthers [SubmitReencrypted] store_elsewhere;
    Defect::SubmitReachesOtherProjects [SubmitReencrypted] |ended| ended.change_others(|project| move_submitted(project, ended.body));
    Defect::ClientRotationReachesOtherProjects [RotateClientKeys] |ended| ended.change_others(|project| ended.store(project));
    Defect::StoreFindsEnvironmentsAnywhere [StoreSecrets] |ended| if ended.is_refused(Stage::Project, Of::Any) && ended.body.get("environment").is_some() { ended.change_others(|project| overwrite_in(project, ended.body)) };
    Defect::SubmitPartial [SubmitReencrypted] |ended| if ended.is_refused(Stage::State, Of::Invalid) { store_submitted(ended) };
    Defect::SubmitStoresLate [SubmitReencrypted] |ended| if ended.is_refused(Stage::Proof, Of::Code(Code::KeyVersionConflict)) { store_submitted(ended) };
    Defect::StoreKeepsRefused [StoreSecrets] |ended| if ended.is_refused(Stage::Proof, Of::Code(Code::KeyProofMismatch)) { overwrite(ended) };
    Defect::ClientRotationPartial [RotateClientKeys] |ended| if ended.result.is_err() && !ended.body.is_null() { store_named(ended) };
    Defect::SubmitStoresDespiteConflict [SubmitReencrypted] |ended| if ended.is_refused(Stage::State, Of::Code(Code::KeyVersionConflict)) { store_submitted(ended) };
    Defect::StoreDespiteConflict [StoreSecrets] |ended| if ended.is_refused(Stage::State, Of::Code(Code::KeyVersionConflict)) { overwrite(ended) };
    Defect::PendingPrunesServerHistory [ListPending] prune_server_history;
    Variant::KeyVersionsWithGaps [CreateProject] |ended| change_created(ended, leave_gaps);
    Variant::ReEncryptByDefault [CreateProject] |ended| change_created(ended, re_encrypt);
}

/// Acts once the operation has ended, and changes its answer.
pub(in crate::mock) fn after(
    room: &Room,
    trace: &Trace,
    result: Result<Answer, Refusal>,
) -> Result<Answer, Refusal> {
    let Some(conduct) = trace.conduct() else {
        return result;
    };
    let ended = Ended { room, body: &conduct.body, stage: trace.last(), result: &result };
    conduct.find(AFTER).for_each(|act| act(&ended));
    let result = match result {
        Err(refusal) if conduct.has(DETAILED) => Err(with_proof(room, refusal)),
        result => result,
    };
    answer::change(room, conduct, result?)
}

impl Ended<'_> {
    fn is_refused(&self, stage: Stage, of: Of) -> bool {
        let refusal = self.result.as_ref().err();
        self.stage == Some(stage) && refusal.is_some_and(|refusal| of.is(refusal))
    }

    fn change(&self, change: impl FnOnce(&mut Project)) {
        let mut organization = self.room.cell.state.write();
        if let Some((project, _)) = organization.project_mut(&self.room.project) {
            change(project);
        }
    }

    /// Changes every other project of the organization.
    fn change_others(&self, change: impl Fn(&mut Project)) {
        let mut organization = self.room.cell.state.write();
        let others = organization.projects.iter_mut();
        others.filter(|(slug, _)| **slug != self.room.project).for_each(|(_, one)| change(one));
    }

    /// Stores the blobs that the body of a rotation names. Of an id that is named twice, the first counts.
    fn store(&self, project: &mut Project) {
        let named = self.body.get("secrets").and_then(Value::as_array).into_iter().flatten();
        for secret in project.secrets.values_mut() {
            let content = named.clone().find(|named| named["id"] == *secret.id);
            if let Some(content) = content.and_then(|named| named["content"].as_str()) {
                secret.content = Arc::from(content);
                secret.revision += 1;
            }
        }
    }
}

/// A refusal of a wrong proof, with the right one.
fn with_proof(room: &Room, mut refusal: Refusal) -> Refusal {
    let proof = room.read(|project| Ok(project.proof().cloned()));
    if let Refusal::Coded { code: Code::KeyProofMismatch, details, .. } = &mut refusal
        && let Ok(Some(proof)) = proof
    {
        *details = Some(Box::new(json!({"expected": proof.key_check})));
    }
    refusal
}

/// Moves versions of those ids in every other organization.
fn store_elsewhere(ended: &Ended<'_>) {
    let cells = ended.room.world.cells();
    let others = cells.iter().filter(|cell| !Arc::ptr_eq(cell, &ended.room.cell));
    for cell in others {
        for project in cell.state.write().projects.values_mut() {
            move_submitted(project, ended.body);
        }
    }
}

/// Moves versions up to the first that does not exist.
fn store_submitted(ended: &Ended<'_>) {
    ended.change(|project| {
        let active = project.active().version;
        for (id, content) in submitted(ended.body) {
            if project.version(id).is_none() {
                return;
            }
            project.move_version(id, content, active);
        }
    });
}

fn overwrite(ended: &Ended<'_>) {
    ended.change(|project| overwrite_in(project, ended.body));
}

fn overwrite_in(project: &mut Project, body: &Value) {
    let content = body.get("content").and_then(Value::as_str);
    if let Some(secret) = project.secrets.get_mut(&level_of(body))
        && let Some(content) = content
    {
        secret.content = Arc::from(content);
        secret.revision += 1;
    }
}

fn store_named(ended: &Ended<'_>) {
    ended.change(|project| ended.store(project));
}

fn prune_server_history(ended: &Ended<'_>) {
    ended.change(|project| {
        if project.custody() == Custody::Server {
            project.purge(None);
        }
    });
}

/// Changes the project that was created.
fn change_created(ended: &Ended<'_>, change: fn(Project) -> Project) {
    let answer = ended.result.as_ref().ok().and_then(|answer| answer.body.as_deref());
    let answer = answer.and_then(|body| serde_json::from_slice::<Value>(body).ok());
    let slug = answer.as_ref().and_then(|answer| answer.pointer("/data/attributes/slug")?.as_str());
    let mut organization = ended.room.cell.state.write();
    if let Some(slug) = slug
        && let Some(project) = organization.projects.remove(slug)
    {
        organization.projects.insert(slug.to_owned(), change(project));
    }
}

/// The versions of its keys start at 3 and grow by 2.
fn leave_gaps(mut project: Project) -> Project {
    project.version_step = 2;
    let first = Key { version: 3, ..project.active().clone() };
    project.with_keys(vec![first])
}

fn re_encrypt(mut project: Project) -> Project {
    project.history_policy = HistoryPolicy::ReEncrypt;
    project
}
