//! Deleting versions for good: one, or all of a level or of the project.

use super::call::serve;
use super::{Answer, Room, Turn, guard, perform_checked};
use crate::contract::error::Code;
use crate::contract::request::{PurgeScope, PurgeVersions};
use crate::contract::response::{Purged, PurgedData};
use crate::mock::model::{Level, Project};
use crate::mock::{Point, Refusal, Stage, Trace};

serve! {
    DeleteVersion(call, body) one(call.room, call.row, body.force || asks(call.query, "force"), call.trace).await;
    PurgeVersions(call, body) all(call.room, body, call.trace).await;
}

/// Whether a parameter of a query is true.
fn asks(query: &str, name: &str) -> bool {
    query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .any(|(key, value)| key == name && !matches!(value, "false" | "0" | ""))
}

async fn one(room: &Room, id: u64, force: bool, trace: &mut Trace) -> Result<Answer, Refusal> {
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

async fn all(room: &Room, body: PurgeVersions, trace: &mut Trace) -> Result<Answer, Refusal> {
    let level = Level::of(body.level);
    let check = |project: &Project, trace: &mut Trace| {
        trace.check(Stage::Project, guard::level_exists(project, &level))
    };
    let level_or_all = match body.scope {
        PurgeScope::Level => Some(&level),
        PurgeScope::Project => None,
    };
    let purge = |turn: &mut Turn<'_>| turn.project.purge(level_or_all);
    let purged_count = perform_checked(room, Point::Purge, trace, check, purge).await?;
    let message = "Versions purged successfully.";
    Ok(Answer::ok(&Purged { data: PurgedData { purged_count }, message }))
}
