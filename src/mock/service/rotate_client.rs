//! Rotation of a client-managed key: the client brings every current secret under the new key.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use super::{Answer, Operation, Room, Setback, guard, perform};
use crate::contract::custody::HistoryPolicy;
use crate::contract::error::Code;
use crate::contract::request::RotateClientKeys;
use crate::contract::response::{Count, RotatedClientKeys};
use crate::contract::route::Endpoint;
use crate::contract::violation::Violations;
use crate::mock::misbehaviour::defect::Defect;
use crate::mock::misbehaviour::variant::Variant;
use crate::mock::model::key::Material;
use crate::mock::model::organization::Counters;
use crate::mock::model::project::{Project, Sealed};
use crate::mock::model::versions::Version;
use crate::mock::refusal::Refusal;
use crate::mock::stage::{Stage, Trace};
use crate::mock::steer::gate::Point;

/// Most ids that the journal names of those that are missing.
const LISTED: usize = 16;
/// Long enough for a request that was sent at the same time to be answered.
pub(super) const A_MOMENT: Duration = Duration::from_millis(300);

/// POST secrets/rotate-client-keys.
pub(in crate::mock) async fn run(
    room: &Room,
    body: RotateClientKeys,
    trace: &mut Trace,
) -> Result<Answer, Refusal> {
    if body.history_policy.is_some() && room.has(Defect::ClientRotationRefusesPolicy) {
        let message = "The history_policy field is prohibited.";
        return Err(Violations::of("history_policy", message).into());
    }
    let count = perform(room, &body, trace).await;
    if count.is_ok() && room.has(Defect::ClientRotationSplit) {
        tokio::time::sleep(A_MOMENT).await;
        body.store_after_another(room);
    }
    if count.is_err() && room.has(Defect::ClientRotationPartial) {
        body.store_what_is_named(room);
    }
    let rotated = RotatedClientKeys {
        success: true,
        message: "Client encryption key rotated successfully.",
        data: Count { count: count? },
    };
    if room.has(Defect::ClientRotationOmitsSuccess) {
        let mut rotated = json!(rotated);
        if let Some(members) = rotated.as_object_mut() {
            members.remove("success");
        }
        return Ok(Answer::ok(&rotated));
    }
    Ok(Answer::ok(&rotated))
}

impl Operation for RotateClientKeys {
    const GATE: Point = Point::RotateClient;
    type Plan = ();
    type Done = usize;

    async fn prepare(&self, room: &Room, trace: &mut Trace) -> Result<(), Refusal> {
        room.read(|project| self.check(room, project, trace))
    }

    fn commit(
        &self,
        room: &Room,
        (): (),
        project: &mut Project,
        counters: &mut Counters,
        trace: &mut Trace,
    ) -> Result<usize, Setback> {
        if let Err(refusal) = self.check(room, project, trace) {
            return Err(refusal.into());
        }
        let now = room.world.clock.now();
        let material = Material::Client(Some(self.proof.clone()));
        let replaced_key = project.active().version;
        project.rotate(counters.row(), material, now);
        let version = project.active().version;
        if self.history_policy == Some(HistoryPolicy::Keep) && room.varies(Variant::KeepEndsPending)
        {
            project.pending_from = version;
        }
        if room.has(Defect::ClientRotationMovesHistory) {
            relabel(project, version, |_| true);
        }
        if room.has(Defect::ClientRotationMergesOldKeys) {
            relabel(project, replaced_key, |key| key < replaced_key);
        }
        if room.has(Defect::ClientRotationTakesMoved) {
            relabel(project, version, |key| key == replaced_key);
        }
        let given = self.contents();
        let mut replaced = Vec::with_capacity(self.secrets.len());
        for (level, secret) in &mut project.secrets {
            if level.target.is_some() && room.has(Defect::ClientRotationLeavesTargets) {
                continue;
            }
            let Some(content) = given.get(secret.id.as_str()) else {
                continue;
            };
            let content = Arc::from(*content);
            replaced.push(Version {
                id: counters.row(),
                level: level.clone(),
                action: "rotate",
                content: std::mem::replace(&mut secret.content, content),
                sealed: std::mem::replace(&mut secret.sealed, Sealed::Under(version)),
                created_at: now,
            });
            secret.revision += 1;
        }
        let count = if room.has(Defect::ClientRotationLeavesTargets) {
            self.secrets.len()
        } else {
            replaced.len()
        } + usize::from(room.has(Defect::ClientRotationMiscounts));
        if !room.has(Defect::ClientRotationDropsReplaced) {
            for version in replaced {
                project.keep_version(version);
            }
        }
        Ok(count)
    }
}

impl RotateClientKeys {
    fn check(&self, room: &Room, project: &Project, trace: &mut Trace) -> Result<(), Refusal> {
        let custody = guard::custody(room, Endpoint::RotateClientKeys, project.custody());
        trace.recheck(Stage::Custody, custody)?;
        trace.check(Stage::Held, guard::not_held(project))?;
        let complete = if room.has(Defect::ClientRotationAcceptsIncomplete) {
            Ok(())
        } else {
            self.names_each_secret_once(room, project)
        };
        let is_new = || {
            if room.varies(Variant::SameProofAccepted) {
                Ok(())
            } else {
                self.is_new(project)
            }
        };
        trace.check(Stage::State, complete.and_then(|()| is_new()))
    }

    fn names_each_secret_once(&self, room: &Room, project: &Project) -> Result<(), Refusal> {
        let current: BTreeSet<&str> = project.secrets.values().map(|s| s.id.as_str()).collect();
        let mut given = BTreeSet::new();
        let mut duplicate = BTreeSet::new();
        for secret in &self.secrets {
            if !given.insert(secret.id.as_str()) {
                duplicate.insert(secret.id.as_str());
            }
        }
        let missing: Vec<_> = current.difference(&given).collect();
        let unknown: Vec<_> = given.difference(&current).collect();
        if missing.is_empty() && unknown.is_empty() && duplicate.is_empty() {
            return Ok(());
        }
        if room.varies(Variant::IncompleteRotationInvalid) {
            let message = "The secrets field must name every current secret exactly once.";
            return Err(Violations::of("secrets", message).into());
        }
        let unnamed: Vec<&str> = missing.iter().take(LISTED).map(|id| **id).collect();
        let mut how = format!("name each of the {} current secrets once", current.len());
        if !missing.is_empty() {
            how += &format!("; {} are missing: {}", missing.len(), unnamed.join(", "));
        }
        if !unknown.is_empty() {
            how += &format!("; {} are of no secret", unknown.len());
        }
        if !duplicate.is_empty() {
            how += &format!("; {} stand there more than once", duplicate.len());
        }
        let message =
            "A client rotation must name every current secret of the project exactly once.";
        if room.varies(Variant::SecretIdsAbsent) {
            return Err(Refusal::new(Code::IncompleteRotation, message).would_pass(how));
        }
        Err(Refusal::with_details(
            Code::IncompleteRotation,
            message,
            json!({"missing": missing, "unknown": unknown, "duplicate": duplicate}),
        )
        .would_pass(how))
    }

    fn is_new(&self, project: &Project) -> Result<(), Refusal> {
        if project.proof() == Some(&self.proof) {
            return Err(Violations::of(
                "key_check",
                "The key_check field must not be that of the active key.",
            )
            .into());
        }
        Ok(())
    }
}

impl RotateClientKeys {
    /// The blobs by the ids of their secrets. Of one that stands there twice the first counts.
    fn contents(&self) -> BTreeMap<&str, &str> {
        let rotated = self.secrets.iter().rev();
        rotated
            .map(|given| (given.id.as_str(), given.content.as_str()))
            .collect()
    }

    /// What [`Defect::ClientRotationSplit`] does, where another rotation came between.
    fn store_after_another(&self, room: &Room) {
        let mut organization = room.cell.state.write();
        let Some((project, _)) = organization.project_mut(&room.project) else {
            return;
        };
        if project.proof() == Some(&self.proof) {
            return;
        }
        let given = self.contents();
        for secret in project.secrets.values_mut() {
            if let Some(content) = given.get(secret.id.as_str()) {
                secret.content = Arc::from(*content);
            }
        }
    }

    /// What [`Defect::ClientRotationPartial`] does.
    fn store_what_is_named(&self, room: &Room) {
        let mut organization = room.cell.state.write();
        let Some((project, _)) = organization.project_mut(&room.project) else {
            return;
        };
        let given = self.contents();
        for secret in project.secrets.values_mut() {
            if let Some(content) = given.get(secret.id.as_str()) {
                secret.content = Arc::from(*content);
                secret.revision += 1;
            }
        }
    }
}

/// Labels the versions that are pending under some of the keys with another key.
fn relabel(project: &mut Project, version: u64, is_meant: impl Fn(u64) -> bool) {
    let pending: Vec<_> = project
        .pending()
        .filter(|version| matches!(version.sealed, Sealed::Under(key) if is_meant(key)))
        .map(|version| (version.id, Arc::clone(&version.content)))
        .collect();
    for (id, content) in pending {
        project.move_version(id, content, version);
    }
}
