//! Putting a prior blob back. What the level holds then becomes a version in its turn.

use std::sync::Arc;

use super::call::serve;
use super::sealing::{Sheet, reseal};
use super::{Answer, Room, Setback, Transaction, guard, perform};
use crate::contract::custody::Custody;
use crate::contract::error::Code;
use crate::contract::request::RestoreVersion;
use crate::contract::response::{Restored, RestoredData};
use crate::contract::violation::Violations;
use crate::mock::model::key::ServerKey;
use crate::mock::model::organization::Counters;
use crate::mock::model::project::Project;
use crate::mock::model::sealed::Sealed;
use crate::mock::model::versions::Version;
use crate::mock::refusal::Refusal;
use crate::mock::stage::Stage;
use crate::mock::steer::gate::Point;
use crate::mock::trace::Trace;

serve! {
    RestoreVersion(call, body) run(call.room, call.row, body, call.trace).await;
}

/// POST secrets/versions/N/restore.
async fn run(
    room: &Room,
    id: u64,
    body: RestoreVersion,
    trace: &mut Trace,
) -> Result<Answer, Refusal> {
    let transaction = Restore {
        id,
        content: body.content.map(Arc::from),
        key_proof: body.key_proof,
        new_id: room.cell.ulid(&room.world.clock),
    };
    let done = perform(room, &transaction, trace).await?;
    let restored = Restored {
        data: RestoredData {
            kind: "secrets",
            secret_id: done.secret,
            restored_from: id.to_string(),
        },
        message: "Secret version restored successfully.",
    };
    Ok(Answer::ok(&restored).with_warning(done.warning.map(str::to_owned)))
}

struct Restore {
    id: u64,
    content: Option<Arc<str>>,
    key_proof: Option<String>,
    /// The id of the secret, if the level holds none.
    new_id: String,
}

struct Plan {
    /// The key that was active, and the blob that the version held, when the plan was made.
    active: u64,
    read: Arc<str>,
    content: Arc<str>,
    sealed: Sealed,
    warning: Option<&'static str>,
}

struct Done {
    /// The id of the secret that the level holds now.
    secret: String,
    warning: Option<&'static str>,
}

impl Transaction for Restore {
    const GATE: Point = Point::Restore;
    type Plan = Plan;
    type Done = Done;

    async fn prepare(&self, room: &Room, trace: &mut Trace) -> Result<Plan, Refusal> {
        let (mut plan, keys) = room.read(|project| {
            let version = self.check(project, trace)?;
            let plan = self.as_it_is(project, version);
            Ok((plan, keys_between(project, version)))
        })?;
        if let Some((key, onto)) = keys {
            let content = Arc::clone(&plan.content);
            let resealed = reseal(room, vec![Sheet { key, content }], &onto).await?;
            plan.content = resealed.into_iter().next().unwrap_or(plan.content);
            plan.sealed = Sealed::Under(plan.active);
        }
        Ok(plan)
    }

    fn commit(
        &self,
        room: &Room,
        plan: Plan,
        project: &mut Project,
        counters: &mut Counters,
        trace: &mut Trace,
    ) -> Result<Done, Setback> {
        let version = self.check(project, trace)?;
        if project.active().version != plan.active || !Arc::ptr_eq(&version.content, &plan.read) {
            return Err(Setback::Stale);
        }
        let level = version.level.clone();
        let now = room.world.clock.now();
        project.updated_at = now;
        let replaced = project.put(&level, &self.new_id, plan.content, plan.sealed);
        let secret = project.secrets[&level].id.clone();
        if let Some((content, sealed)) = replaced {
            project.keep_version(Version {
                id: counters.row(),
                level,
                action: "restore",
                content,
                sealed,
                created_at: now,
            });
        }
        Ok(Done { secret, warning: plan.warning })
    }
}

impl Restore {
    fn check<'p>(&self, project: &'p Project, trace: &mut Trace) -> Result<&'p Version, Refusal> {
        let version = project.version(self.id).ok_or_else(|| Refusal::not_found("Version"));
        let version = trace.check(Stage::Project, version)?;
        // What stores a blob needs the proof; one that is given has to be right in any case.
        let proves = self.content.is_some() || self.key_proof.is_some();
        if proves {
            let proof = guard::proof_of_active_key(project, self.key_proof.as_deref());
            trace.pass(Stage::Proof, proof)?;
        } else {
            trace.check(Stage::Proof, Ok(()))?;
        }
        trace.pass(Stage::State, self.can_be_put_back(project, version))?;
        Ok(version)
    }

    fn can_be_put_back(&self, project: &Project, version: &Version) -> Result<(), Refusal> {
        if version.content.is_empty() {
            let empty =
                "The version says that the level held nothing: there is nothing to restore.";
            return Err(Violations::of("version", empty).into());
        }
        let is_active = version.sealed == Sealed::Under(project.active().version);
        if project.custody() == Custody::Server || self.content.is_some() || is_active {
            return Ok(());
        }
        Err(Refusal::new(
            Code::ContentRequiredForOldKey,
            "This version is under an older client-managed key: send its content under the active \
             key, with key_proof.",
        ))
    }

    /// The plan for a version that need not be sealed again by the server.
    fn as_it_is(&self, project: &Project, version: &Version) -> Plan {
        let active = project.active().version;
        let (content, sealed, warning) = match (project.custody(), self.content.as_ref()) {
            (Custody::Client, Some(content)) => (content, Sealed::Under(active), None),
            (Custody::Client, None) => (&version.content, version.sealed, None),
            (Custody::Server, _) if version.sealed == Sealed::Opaque => (
                &version.content,
                version.sealed,
                Some(
                    "an opaque blob opens under no key of this project and was put back unchanged",
                ),
            ),
            (Custody::Server, given) => (
                &version.content,
                version.sealed,
                given.map(|_| "content is ignored under server custody: the version was put back"),
            ),
        };
        Plan {
            active,
            read: Arc::clone(&version.content),
            content: Arc::clone(content),
            sealed,
            warning,
        }
    }
}

/// The keys from which and onto which the server seals a version again, if it has to.
fn keys_between(project: &Project, version: &Version) -> Option<(Arc<ServerKey>, Arc<ServerKey>)> {
    let active = project.active();
    let Sealed::Under(key) = version.sealed else {
        return None;
    };
    if key == active.version {
        return None;
    }
    let from = project.key(key)?.server()?;
    Some((Arc::clone(from), Arc::clone(active.server()?)))
}
