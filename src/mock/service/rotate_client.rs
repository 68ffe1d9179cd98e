//! Rotation of a client-managed key: the client brings every current secret under the new key.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::json;

use super::call::serve;
use super::{Answer, Room, Setback, Transaction, guard, perform};
use crate::contract::error::Code;
use crate::contract::request::RotateClientKeys;
use crate::contract::response::{Count, RotatedClientKeys};
use crate::contract::route::Endpoint;
use crate::contract::violation::Violations;
use crate::mock::model::key::Material;
use crate::mock::model::organization::Counters;
use crate::mock::model::project::Project;
use crate::mock::model::sealed::Sealed;
use crate::mock::model::versions::Version;
use crate::mock::refusal::Refusal;
use crate::mock::stage::Stage;
use crate::mock::steer::gate::Point;
use crate::mock::trace::Trace;

serve! {
    RotateClientKeys(call, body) run(call.room, body, call.trace).await;
}

/// Most ids that the journal names of those that are missing.
const LISTED: usize = 16;

/// POST secrets/rotate-client-keys.
async fn run(room: &Room, body: RotateClientKeys, trace: &mut Trace) -> Result<Answer, Refusal> {
    let count = perform(room, &body, trace).await?;
    let rotated = RotatedClientKeys {
        success: true,
        message: "Client encryption key rotated successfully.",
        data: Count { count },
    };
    Ok(Answer::ok(&rotated))
}

impl Transaction for RotateClientKeys {
    const GATE: Point = Point::RotateClient;
    type Plan = ();
    type Done = usize;

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
    ) -> Result<usize, Setback> {
        self.check(project, trace)?;
        let now = room.world.clock.now();
        let material = Material::Client(Some(self.proof.clone()));
        project.rotate(counters.row(), material, now);
        let version = project.active().version;
        let given = self.contents();
        let mut replaced = Vec::with_capacity(self.secrets.len());
        for (level, secret) in &mut project.secrets {
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
        let count = replaced.len();
        for version in replaced {
            project.keep_version(version);
        }
        Ok(count)
    }
}

impl RotateClientKeys {
    fn check(&self, project: &Project, trace: &mut Trace) -> Result<(), Refusal> {
        let custody = guard::custody(Endpoint::RotateClientKeys, project.custody());
        trace.recheck(Stage::Custody, custody)?;
        trace.pass(Stage::Held, guard::not_held(project))?;
        trace.pass(Stage::State, self.names_each_secret_once(project))?;
        trace.pass(Stage::State, self.is_new(project))
    }

    fn names_each_secret_once(&self, project: &Project) -> Result<(), Refusal> {
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
    /// The blobs by the ids of their secrets. If an id is listed twice, its first blob counts.
    fn contents(&self) -> BTreeMap<&str, &str> {
        let rotated = self.secrets.iter().rev();
        rotated.map(|given| (given.id.as_str(), given.content.as_str())).collect()
    }
}
