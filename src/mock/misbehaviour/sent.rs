//! What the body of a request names: a level, versions.

use std::sync::Arc;

use serde_json::Value;

use crate::mock::model::{Level, Project};

/// The level that a body names.
pub(super) fn level_of(body: &Value) -> Level {
    let named = |member| Some(body.get(member)?.as_str()?.to_owned());
    Level { target: named("target"), environment: named("environment") }
}

/// Moves the versions that a submit names under the active key, whatever they are under.
pub(super) fn move_submitted(project: &mut Project, body: &Value) {
    let active = project.active().version;
    for (id, content) in submitted(body) {
        project.move_version(id, content, active);
    }
}

/// The versions that a submit names, and their contents.
pub(super) fn submitted(body: &Value) -> impl Iterator<Item = (u64, Arc<str>)> {
    let versions = body.get("versions").and_then(Value::as_array);
    versions.into_iter().flatten().filter_map(|version| {
        let id = version["id"].as_u64().or_else(|| version["id"].as_str()?.parse().ok())?;
        Some((id, Arc::from(version["content"].as_str()?)))
    })
}
