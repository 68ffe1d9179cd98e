//! Deleting versions for good: one, or all of a level or of the project.

use super::call::serve;
use super::{Answer, Room, Setback, Transaction, guard, perform};
use crate::contract::error::Code;
use crate::contract::request::{PurgeScope, PurgeVersions};
use crate::contract::response::{Purged, PurgedData};
use crate::mock::model::level::Level;
use crate::mock::model::organization::Counters;
use crate::mock::model::project::Project;
use crate::mock::refusal::Refusal;
use crate::mock::stage::Stage;
use crate::mock::steer::gate::Point;
use crate::mock::trace::Trace;

serve! {
    DeleteVersion(call, body) one(call.room, call.row, body.force || asks(call.query, "force"), call.trace).await;
    PurgeVersions(call, body) all(call.room, body, call.trace).await;
}

/// Whether a query says yes to something.
fn asks(query: &str, name: &str) -> bool {
    query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .any(|(key, value)| key == name && !matches!(value, "false" | "0" | ""))
}

/// DELETE secrets/versions/N.
async fn one(room: &Room, id: u64, force: bool, trace: &mut Trace) -> Result<Answer, Refusal> {
    perform(room, &One { id, force }, trace).await?;
    Ok(Answer::empty())
}

struct One {
    id: u64,
    force: bool,
}

impl Transaction for One {
    const GATE: Point = Point::Purge;
    type Plan = ();
    type Done = ();

    async fn prepare(&self, room: &Room, trace: &mut Trace) -> Result<(), Refusal> {
        room.read(|project| self.check(project, trace))
    }

    fn commit(
        &self,
        _: &Room,
        (): (),
        project: &mut Project,
        _: &mut Counters,
        trace: &mut Trace,
    ) -> Result<(), Setback> {
        self.check(project, trace)?;
        project.remove_version(self.id);
        Ok(())
    }
}

impl One {
    fn check(&self, project: &Project, trace: &mut Trace) -> Result<(), Refusal> {
        let version = project.version(self.id).ok_or_else(|| Refusal::not_found("Version"));
        let version = trace.check(Stage::Project, version)?;
        let protected = !self.force && project.is_last_of_deleted(version);
        trace.check(
            Stage::State,
            if !protected {
                Ok(())
            } else {
                Err(Refusal::new(
                    Code::VersionProtected,
                    "This version is all that is left of a deleted secret: delete it with force.",
                ))
            },
        )
    }
}

/// POST secrets/versions/purge.
async fn all(room: &Room, body: PurgeVersions, trace: &mut Trace) -> Result<Answer, Refusal> {
    let transaction = All { level: Level::of(body.level), scope: body.scope };
    let count = perform(room, &transaction, trace).await?;
    Ok(Answer::ok(&Purged {
        data: PurgedData { purged_count: count },
        message: "Versions purged successfully.",
    }))
}

struct All {
    level: Level,
    scope: PurgeScope,
}

impl Transaction for All {
    const GATE: Point = Point::Purge;
    type Plan = ();
    type Done = usize;

    async fn prepare(&self, room: &Room, trace: &mut Trace) -> Result<(), Refusal> {
        room.read(|project| self.check(project, trace))
    }

    fn commit(
        &self,
        _: &Room,
        (): (),
        project: &mut Project,
        _: &mut Counters,
        trace: &mut Trace,
    ) -> Result<usize, Setback> {
        self.check(project, trace)?;
        Ok(project.purge(match self.scope {
            PurgeScope::Level => Some(&self.level),
            PurgeScope::Project => None,
        }))
    }
}

impl All {
    fn check(&self, project: &Project, trace: &mut Trace) -> Result<(), Refusal> {
        trace.check(Stage::Project, guard::level_exists(project, &self.level))
    }
}
