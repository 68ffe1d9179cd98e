//! Emptying a level, and deleting versions for good: one, or all of a level or of the project.

use super::call::serve;
use super::{Answer, Room, Turn, guard, perform_checked};
use crate::contract::error::Code;
use crate::contract::request::{DeleteSecrets, PurgeScope, PurgeVersions};
use crate::contract::response::{Purged, PurgedData};
use crate::mock::model::{Level, Project, Sealed};
use crate::mock::{Point, Refusal, Stage, Trace};

serve! {
    DeleteSecrets(call, body) secrets(call.room, body, call.trace).await;
    DeleteVersion(call, body) version(call.room, call.row, body.force || is_true(call.query, "force"), call.trace).await;
    PurgeVersions(call, body) versions(call.room, body, call.trace).await;
}

/// POST secrets/delete. It takes no proof: nothing is stored.
async fn secrets(room: &Room, body: DeleteSecrets, trace: &mut Trace) -> Result<Answer, Refusal> {
    let level = Level::of(body.level);
    let check = exists(&level);
    let delete = |turn: &mut Turn<'_>| {
        turn.project.updated_at = turn.now;
        let deleted = turn.project.secrets.remove(&level);
        if body.no_backup {
            turn.project.purge(Some(&level));
            return;
        }
        // That there was nothing to delete is kept too, as empty content.
        let blob = deleted.map_or(("".into(), Sealed::Opaque), |one| (one.content, one.sealed));
        turn.keep(level.clone(), "delete", blob);
    };
    perform_checked(room, Point::Delete, trace, check, delete).await?;
    Ok(Answer::empty())
}

/// Checks that a level exists.
fn exists(level: &Level) -> impl Fn(&Project, &mut Trace) -> Result<(), Refusal> {
    |project, trace| trace.check(Stage::Project, guard::level_exists(project, level))
}

/// Whether a parameter of a query is true.
fn is_true(query: &str, name: &str) -> bool {
    query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .any(|(key, value)| key == name && !matches!(value, "false" | "0" | ""))
}

async fn version(room: &Room, id: u64, force: bool, trace: &mut Trace) -> Result<Answer, Refusal> {
    let check = |project: &Project, trace: &mut Trace| {
        let version = project.version(id).ok_or_else(|| Refusal::not_found("Version"));
        let version = trace.check(Stage::Project, version)?;
        let is_protected = !force && project.is_last_of_deleted(version);
        let message = "This version is all that is left of a deleted secret: delete it with force.";
        let protected = Refusal::new(Code::VersionProtected, message);
        trace.check(Stage::State, if is_protected { Err(protected) } else { Ok(()) })
    };
    let remove = |turn: &mut Turn<'_>| turn.project.remove_version(id);
    perform_checked(room, Point::Purge, trace, check, remove).await?;
    Ok(Answer::empty())
}

async fn versions(room: &Room, body: PurgeVersions, trace: &mut Trace) -> Result<Answer, Refusal> {
    let level = Level::of(body.level);
    let check = exists(&level);
    let level_or_all = match body.scope {
        PurgeScope::Level => Some(&level),
        PurgeScope::Project => None,
    };
    let purge = |turn: &mut Turn<'_>| turn.project.purge(level_or_all);
    let purged_count = perform_checked(room, Point::Purge, trace, check, purge).await?;
    let message = "Versions purged successfully.";
    Ok(Answer::ok(&Purged { data: PurgedData { purged_count }, message }))
}
