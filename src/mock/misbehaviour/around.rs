//! What is done before an operation and after it, outside its turn.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::answer;
use super::conduct::Conduct;
use super::decision::Of;
use super::effect::{level_of, move_submitted, submitted};
use super::table::table;
use crate::contract::custody::{Custody, HistoryPolicy};
use crate::contract::error::Code;
use crate::mock::model::{Key, Project};
use crate::mock::service::Answer;
use crate::mock::{Defect, Refusal, Room, Stage, Trace, Variant};

/// Long enough for another request of the same time to be answered.
const A_MOMENT: Duration = Duration::from_millis(300);

table! {
    LATE: ();

    Defect::SubmitStoresLate [SubmitReencrypted] ();
}

table! {
    SLOW: ();

    Defect::ClientRotationSplit [RotateClientKeys] ();
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
    Defect::SubmitPartial [SubmitReencrypted] |ended| if ended.is_refused(Stage::State, Of::Invalid) { store_submitted(ended) };
    Defect::SubmitStoresLate [SubmitReencrypted] |ended| if ended.is_refused(Stage::Proof, Of::Code(Code::KeyVersionConflict)) { store_submitted(ended) };
    Defect::StoreKeepsRefused [StoreSecrets] |ended| if ended.is_refused(Stage::Proof, Of::Code(Code::KeyProofMismatch)) { overwrite(ended) };
    Defect::ClientRotationPartial [RotateClientKeys] |ended| if ended.result.is_err() && !ended.body.is_null() { store_named(ended) };
    Defect::ClientRotationSplit [RotateClientKeys] |ended| if ended.result.is_ok() { store_after_another(ended) };
    Defect::PendingPrunesServerHistory [ListPending] prune_server_history;
    Variant::KeyVersionsWithGaps [CreateProject] |ended| change_created(ended, leave_gaps);
    Variant::ReEncryptByDefault [CreateProject] |ended| change_created(ended, re_encrypt);
}

pub(in crate::mock) async fn before(conduct: Option<&Arc<Conduct>>) {
    if conduct.is_some_and(|conduct| conduct.has(LATE)) {
        tokio::time::sleep(A_MOMENT).await;
    }
}

/// Acts once the operation has ended, and changes its answer.
pub(in crate::mock) async fn after(
    room: &Room,
    trace: &Trace,
    result: Result<Answer, Refusal>,
) -> Result<Answer, Refusal> {
    let Some(conduct) = trace.conduct() else {
        return result;
    };
    if result.is_ok() && conduct.has(SLOW) {
        tokio::time::sleep(A_MOMENT).await;
    }
    let ended = Ended { room, body: &conduct.body, stage: trace.last(), result: &result };
    conduct.find(AFTER).for_each(|act| act(&ended));
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
    let content = ended.body.get("content").and_then(Value::as_str);
    ended.change(|project| {
        if let Some(secret) = project.secrets.get_mut(&level_of(ended.body))
            && let Some(content) = content
        {
            secret.content = Arc::from(content);
            secret.revision += 1;
        }
    });
}

fn store_named(ended: &Ended<'_>) {
    ended.change(|project| ended.store(project));
}

/// Stores the blobs under the key of another rotation, if one was committed in between.
fn store_after_another(ended: &Ended<'_>) {
    ended.change(|project| {
        let active = project.proof().map(|proof| proof.key_check.as_str());
        if active != ended.body.get("key_check").and_then(Value::as_str) {
            ended.store(project);
        }
    });
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
