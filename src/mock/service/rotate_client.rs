//! Rotation of a client-managed key: the client brings every current secret under the new key.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::json;

use super::call::serve;
use super::{Answer, Room, Turn, guard, perform_checked};
use crate::contract::error::Code;
use crate::contract::request::RotateClientKeys;
use crate::contract::response::{Count, RotatedClientKeys};
use crate::contract::route::Endpoint;
use crate::contract::violation::Violations;
use crate::mock::model::{Material, Project, Sealed};
use crate::mock::{Point, Refusal, Stage, Trace};

serve! {
    RotateClientKeys(call, body) run(call.room, body, call.trace).await;
}

/// How many of the missing ids the journal names.
const LISTED: usize = 16;

async fn run(room: &Room, body: RotateClientKeys, trace: &mut Trace) -> Result<Answer, Refusal> {
    let check = |project: &Project, trace: &mut Trace| body.check(project, trace);
    let rotate = |turn: &mut Turn<'_>| body.rotate(turn);
    let count = perform_checked(room, Point::RotateClient, trace, check, rotate).await?;
    let rotated = RotatedClientKeys {
        success: true,
        message: "Client encryption key rotated successfully.",
        data: Count { count },
    };
    Ok(Answer::ok(&rotated))
}

impl RotateClientKeys {
    /// Replaces the key and every blob. Gives the number of blobs.
    fn rotate(&self, turn: &mut Turn<'_>) -> usize {
        let material = Material::Client(Some(self.proof.clone()));
        turn.project.rotate(turn.counters.row(), material, turn.now);
        let version = turn.project.active().version;
        // Of an id that is named twice, the first blob counts.
        let named = self.secrets.iter().rev();
        let named: BTreeMap<_, _> = named.map(|one| (&*one.id, &*one.content)).collect();
        let mut replaced = Vec::with_capacity(named.len());
        for (level, secret) in &mut turn.project.secrets {
            if let Some(content) = named.get(&*secret.id) {
                let blob = secret.replace(Arc::from(*content), Sealed::Under(version));
                replaced.push((level.clone(), blob));
            }
        }
        let count = replaced.len();
        for (level, blob) in replaced {
            turn.keep(level, "rotate", blob);
        }
        count
    }

    fn check(&self, project: &Project, trace: &mut Trace) -> Result<(), Refusal> {
        guard::may_use_key(Endpoint::RotateClientKeys, project, trace)?;
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
            let message = "The key_check field must not be that of the active key.";
            return Err(Violations::of("key_check", message).into());
        }
        Ok(())
    }
}
