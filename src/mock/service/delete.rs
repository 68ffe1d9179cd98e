//! Emptying a level.

use super::call::serve;
use super::{Answer, Room, Setback, Transaction, guard, perform};
use crate::contract::request::DeleteSecrets;
use crate::mock::model::level::Level;
use crate::mock::model::organization::Counters;
use crate::mock::model::project::Project;
use crate::mock::model::sealed::Sealed;
use crate::mock::model::versions::Version;
use crate::mock::refusal::Refusal;
use crate::mock::stage::Stage;
use crate::mock::steer::gate::Point;
use crate::mock::trace::Trace;

serve! {
    DeleteSecrets(call, body) run(call.room, body, call.trace).await;
}

/// POST secrets/delete. It takes no proof: nothing is stored.
async fn run(room: &Room, body: DeleteSecrets, trace: &mut Trace) -> Result<Answer, Refusal> {
    let transaction = Delete { level: Level::of(body.level), no_backup: body.no_backup };
    perform(room, &transaction, trace).await?;
    Ok(Answer::empty())
}

struct Delete {
    level: Level,
    no_backup: bool,
}

impl Transaction for Delete {
    const GATE: Point = Point::Delete;
    type Plan = ();
    type Done = ();

    async fn prepare(&self, room: &Room, trace: &mut Trace) -> Result<(), Refusal> {
        room.read(|project| self.check(project, trace))
    }

    fn commit(
        &self,
        room: &Room,
        (): (),
        project: &mut Project,
        counters: &mut Counters,
        trace: &mut Trace,
    ) -> Result<(), Setback> {
        self.check(project, trace)?;
        let now = room.world.clock.now();
        project.updated_at = now;
        let deleted = project.secrets.remove(&self.level);
        if self.no_backup {
            project.purge(Some(&self.level));
            return Ok(());
        }
        // That there was nothing to delete is kept too, as empty content.
        let (content, sealed) = match deleted {
            Some(secret) => (secret.content, secret.sealed),
            None => ("".into(), Sealed::Opaque),
        };
        project.keep_version(Version {
            id: counters.row(),
            level: self.level.clone(),
            action: "delete",
            content,
            sealed,
            created_at: now,
        });
        Ok(())
    }
}

impl Delete {
    fn check(&self, project: &Project, trace: &mut Trace) -> Result<(), Refusal> {
        trace.check(Stage::Project, guard::level_exists(project, &self.level))
    }
}
