//! Refusals of commits that are right.

use std::sync::Arc;

use serde_json::Value;

use super::conduct::Conduct;
use super::effect::submitted;
use super::table::table;
use crate::contract::custody::Custody;
use crate::contract::violation::Violations;
use crate::crypto;
use crate::mock::misbehaviour::variant::Variant;
use crate::mock::model::project::Project;
use crate::mock::model::sealed::Sealed;
use crate::mock::refusal::Refusal;

/// Gets the project before the commit, and the body of the request.
type Refuse = fn(&Project, &Value) -> Option<Refusal>;

table! {
    REFUSALS: Refuse;

    Variant::SubmitMovedRefused [SubmitReencrypted] moved_already;
    Variant::OpaqueRefused [StoreSecrets] opaque;
}

pub(in crate::mock) fn accept(
    conduct: Option<&Arc<Conduct>>,
    project: &Project,
) -> Result<(), Refusal> {
    let refusal = conduct.and_then(|conduct| {
        let mut refusals = conduct.find(REFUSALS);
        refusals.find_map(|refuse| refuse(project, &conduct.body))
    });
    refusal.map_or(Ok(()), Err)
}

fn moved_already(project: &Project, body: &Value) -> Option<Refusal> {
    let active = project.active().version;
    let mut violations = Violations::default();
    for (place, (id, _)) in submitted(body).enumerate() {
        let version = project.version(id);
        if version.is_some_and(|version| version.sealed == Sealed::Under(active)) {
            let member = format!("versions.{place}.id");
            let message = format!("The {member} field is a version that was moved already.");
            violations.add(member, message);
        }
    }
    violations.into_result().err().map(Refusal::from)
}

fn opaque(project: &Project, body: &Value) -> Option<Refusal> {
    let content = body.get("content").and_then(Value::as_str)?;
    // All of them were derived when the content was tried under them.
    let opens = project.history().any(|key| {
        let key = key.server().and_then(|key| key.derived_data_key());
        key.is_some_and(|key| crypto::open(key, content).is_ok())
    });
    let message = "The content field opens under no key of this project.";
    (project.custody() == Custody::Server && !opens)
        .then(|| Violations::of("content", message).into())
}
