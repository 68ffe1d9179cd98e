//! Putting a version back. What the level holds until then becomes a version.

use std::sync::Arc;

use super::call::{Call, serve};
use super::sealing::{Sheet, reseal};
use super::{Answer, Room, Setback, Transaction, Turn, guard, perform};
use crate::contract::custody::Custody;
use crate::contract::error::Code;
use crate::contract::request::RestoreVersion;
use crate::contract::response::{Restored, RestoredData};
use crate::contract::violation::Violations;
use crate::mock::model::{Project, Sealed, ServerKey, Version};
use crate::mock::{Point, Refusal, Stage, Trace};

serve! {
    RestoreVersion(call, body) run(call, body).await;
}

async fn run(call: Call<'_>, body: RestoreVersion) -> Result<Answer, Refusal> {
    let Call { room, row: id, trace, .. } = call;
    let transaction = Restore {
        id,
        content: body.content.map(Arc::from),
        key_proof: body.key_proof,
        new_id: room.cell.ulid(&room.world.clock),
    };
    let (secret_id, warning) = perform(room, Point::Restore, &transaction, trace).await?;
    let restored = Restored {
        data: RestoredData { kind: "secrets", secret_id, restored_from: id.to_string() },
        message: "Secret version restored successfully.",
    };
    Ok(Answer::ok(&restored).with_warning(warning.map(str::to_owned)))
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

impl Transaction for Restore {
    type Plan = Plan;
    /// The id of the secret that the level holds now, and a warning.
    type Done = (String, Option<&'static str>);

    fn check(&self, project: &Project, trace: &mut Trace) -> Result<(), Refusal> {
        let version = trace.check(Stage::Project, self.version(project))?;
        // To store a blob needs the proof. One that is given has to be right in any case.
        if self.content.is_some() || self.key_proof.is_some() {
            let proof = guard::proof_of_active_key(project, self.key_proof.as_deref());
            trace.pass(Stage::Proof, proof)?;
        } else {
            trace.check(Stage::Proof, Ok(()))?;
        }
        trace.pass(Stage::State, self.can_be_put_back(project, version))
    }

    async fn prepare(&self, room: &Room, _: &mut Trace) -> Result<Plan, Refusal> {
        let (mut plan, keys) = room.read(|project| {
            let version = self.version(project)?;
            Ok((self.as_it_is(project, version), keys_between(project, version)))
        })?;
        if let Some((key, onto)) = keys {
            let content = Arc::clone(&plan.content);
            let resealed = reseal(room, vec![Sheet { key, content }], &onto).await?;
            plan.content = resealed.into_iter().next().unwrap_or(plan.content);
            plan.sealed = Sealed::Under(plan.active);
        }
        Ok(plan)
    }

    fn commit(&self, plan: Plan, turn: &mut Turn<'_>) -> Result<Self::Done, Setback> {
        let version = self.version(turn.project)?;
        let active = turn.project.active().version;
        if active != plan.active || !Arc::ptr_eq(&version.content, &plan.read) {
            return Err(Setback::Stale);
        }
        let level = version.level.clone();
        turn.project.updated_at = turn.now;
        let replaced = turn.project.put(&level, &self.new_id, plan.content, plan.sealed);
        let secret = turn.project.secrets[&level].id.clone();
        if let Some(replaced) = replaced {
            turn.keep(level, "restore", replaced);
        }
        Ok((secret, plan.warning))
    }
}

impl Restore {
    fn version<'p>(&self, project: &'p Project) -> Result<&'p Version, Refusal> {
        project.version(self.id).ok_or_else(|| Refusal::not_found("Version"))
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
        let as_stored = (&version.content, version.sealed);
        let ((content, sealed), warning) = match (project.custody(), &self.content) {
            (Custody::Client, Some(content)) => ((content, Sealed::Under(active)), None),
            (Custody::Client, None) => (as_stored, None),
            (Custody::Server, _) if version.sealed == Sealed::Opaque => {
                let opaque =
                    "an opaque blob opens under no key of this project and was put back unchanged";
                (as_stored, Some(opaque))
            }
            (Custody::Server, None) => (as_stored, None),
            (Custody::Server, Some(_)) => {
                let ignored = "content is ignored under server custody: the version was put back";
                (as_stored, Some(ignored))
            }
        };
        let (read, content) = (Arc::clone(&version.content), Arc::clone(content));
        Plan { active, read, content, sealed, warning }
    }
}

/// The key that a version is under and the one that the server has to seal it again under, if it has to.
fn keys_between(project: &Project, version: &Version) -> Option<(Arc<ServerKey>, Arc<ServerKey>)> {
    let active = project.active();
    if version.sealed == Sealed::Under(active.version) {
        return None;
    }
    let from = project.server_key_of(version.sealed)?;
    Some((Arc::clone(from), Arc::clone(active.server()?)))
}
