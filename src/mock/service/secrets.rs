//! Reading the blobs of a project, level by level.

use serde_json::{Map, Value, json};

use super::{Answer, Room, guard};
use crate::mock::clock::rfc3339;
use crate::mock::faults::Defect;
use crate::mock::level::Level;
use crate::mock::refusal::Refusal;
use crate::mock::variants::Variant;

/// GET secrets: the level that the path names and those above it.
pub(in crate::mock) fn get(room: &Room, path: &str, level: &Level) -> Result<Answer, Refusal> {
    room.read(|project| {
        guard::level_exists(project, level)?;
        let format = match room.has(Defect::SecretsFormatHierarchical) {
            true => "hierarchical",
            false => &project.secret_format,
        };
        let mut levels = Map::new();
        for (place, secret) in &project.secrets {
            if is_above_or_at(place, level) {
                let mut shown = json!({
                    "encrypted": true,
                    "content": secret.content,
                    "source": place.source(&project.slug),
                });
                if let Some(id) = shown_id(room, &secret.id) {
                    shown["id"] = id;
                }
                levels.insert(place.name().to_owned(), shown);
            }
        }
        Ok(Answer::ok(&json!({
            "data": {
                "type": "secrets",
                "attributes": {
                    "encrypted": true,
                    "format": format,
                    "levels": Value::Object(levels),
                },
            },
            "meta": {
                "api_path": path,
                "format": project.secret_format,
                "merged": "false",
                "timestamp": rfc3339(room.world.clock.now()),
                "hierarchy": {
                    "project": project.slug,
                    "target": level.target,
                    "environment": level.environment,
                },
                "action": "read",
            },
        })))
    })
}

/// The id of a secret as the answer shows it.
fn shown_id(room: &Room, id: &str) -> Option<Value> {
    if room.varies(Variant::SecretIdsAbsent) {
        return None;
    }
    let number = id.parse::<u64>().ok();
    Some(number.map_or_else(|| json!(id), |number| json!(number)))
}

/// Whether the path to `level` passes `place`.
fn is_above_or_at(place: &Level, level: &Level) -> bool {
    (place.target.is_none() || place.target == level.target)
        && (place.environment.is_none() || place.environment == level.environment)
}
