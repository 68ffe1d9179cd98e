//! Reading the secrets of a project: the level that is named and those above it.

use serde_json::{Map, Value, json};

use super::reading::{Levels, Merged};
use super::{Answer, Room};
use crate::contract::request::{Merge, Reading};
use crate::mock::clock::rfc3339;
use crate::mock::faults::Defect;
use crate::mock::level::Level;
use crate::mock::refusal::Refusal;
use crate::mock::stage::{Stage, Trace};
use crate::mock::variants::Variant;

/// No source shows what merged secrets look like.
pub(super) const SHAPE: &str = "the shape of merged secrets";

/// GET secrets.
pub(in crate::mock) async fn get(
    room: &Room,
    path: &str,
    level: &Level,
    reading: Reading,
    trace: &mut Trace,
) -> Result<Answer, Refusal> {
    let mut levels = Levels::read(room, level)?;
    let warning = match reading.decrypt {
        true => levels.open().await?,
        false => None,
    };
    let merged = merged(&levels, reading, trace)?;
    let answer = match merged {
        Some(merged) if reading.raw => {
            Answer::ok(&Value::Object(merged.variables)).with_choice(SHAPE)
        }
        Some(merged) => Answer::ok(&json!({
            "data": data(room, &levels, reading, Some(&merged)),
            "meta": meta(room, path, &levels, level, reading),
        }))
        .with_choice(SHAPE),
        None => Answer::ok(&json!({
            "data": data(room, &levels, reading, None),
            "meta": meta(room, path, &levels, level, reading),
        })),
    };
    Ok(answer.with_warning(warning))
}

/// The levels as one, where that is asked for.
pub(super) fn merged(
    levels: &Levels,
    reading: Reading,
    trace: &mut Trace,
) -> Result<Option<Merged>, Refusal> {
    if reading.merge == Merge::Levels && !reading.raw {
        return Ok(None);
    }
    trace.check(Stage::State, levels.merge()).map(Some)
}

/// The resource: the levels, unless they are asked for as one only, and that one.
pub(super) fn data(
    room: &Room,
    levels: &Levels,
    reading: Reading,
    merged: Option<&Merged>,
) -> Value {
    let format = match room.has(Defect::SecretsFormatHierarchical) {
        true => "hierarchical",
        false => &levels.format,
    };
    let mut attributes = json!({
        "encrypted": !(reading.decrypt && levels.are_open()),
        "format": format,
    });
    if reading.merge != Merge::Merged {
        attributes["levels"] = Value::Object(shown(room, levels));
    }
    if let Some(merged) = merged {
        attributes["merged"] = json!({"encrypted": false, "content": merged.text});
    }
    json!({"type": "secrets", "attributes": attributes})
}

fn shown(room: &Room, levels: &Levels) -> Map<String, Value> {
    let shown = levels.held.iter().map(|held| {
        let content = held
            .opened
            .as_ref()
            .map_or(&*held.content, |text| text.as_str());
        let mut shown = json!({
            "encrypted": held.opened.is_none(),
            "content": content,
            "source": held.level.source(&levels.project),
        });
        if let Some(id) = shown_id(room, &held.id) {
            shown["id"] = id;
        }
        (held.level.name().to_owned(), shown)
    });
    shown.collect()
}

/// The id of a secret as the answer shows it.
fn shown_id(room: &Room, id: &str) -> Option<Value> {
    if room.varies(Variant::SecretIdsAbsent) {
        return None;
    }
    let number = id.parse::<u64>().ok();
    Some(number.map_or_else(|| json!(id), |number| json!(number)))
}

/// What was asked, and when.
pub(super) fn meta(
    room: &Room,
    path: &str,
    levels: &Levels,
    level: &Level,
    reading: Reading,
) -> Value {
    json!({
        "api_path": path,
        "format": levels.format,
        "merged": reading.merge.name(),
        "timestamp": rfc3339(room.world.clock.now()),
        "hierarchy": {
            "project": levels.project,
            "target": level.target,
            "environment": level.environment,
        },
        "action": match reading.decrypt {
            true => "decrypt",
            false => "read",
        },
    })
}
