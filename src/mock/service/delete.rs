//! Emptying a level.

use super::call::serve;
use super::{Answer, Room, Turn, guard, perform_checked};
use crate::contract::request::DeleteSecrets;
use crate::mock::model::{Level, Project, Sealed};
use crate::mock::{Point, Refusal, Stage, Trace};

serve! {
    DeleteSecrets(call, body) run(call.room, body, call.trace).await;
}

/// POST secrets/delete. It takes no proof: nothing is stored.
async fn run(room: &Room, body: DeleteSecrets, trace: &mut Trace) -> Result<Answer, Refusal> {
    let level = Level::of(body.level);
    let check = |project: &Project, trace: &mut Trace| {
        trace.check(Stage::Project, guard::level_exists(project, &level))
    };
    let delete = |turn: &mut Turn<'_>| {
        turn.project.updated_at = turn.now;
        let deleted = turn.project.secrets.remove(&level);
        if body.no_backup {
            turn.project.purge(Some(&level));
            return;
        }
        // That there was nothing to delete is kept too, as empty content.
        let held = deleted.map_or(("".into(), Sealed::Opaque), |one| (one.content, one.sealed));
        turn.keep(level.clone(), "delete", held);
    };
    perform_checked(room, Point::Delete, trace, check, delete).await?;
    Ok(Answer::empty())
}
