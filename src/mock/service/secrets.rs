//! Reading the secrets of a project: the level that is named and those above it.

use super::call::{Call, serve};
use super::reading::{Levels, Merged};
use super::{Answer, Room};
use crate::contract::request::{Merge, Reading};
use crate::contract::response::{
    self, Hierarchy, SecretAttributes, SecretId, Secrets, SecretsData, SecretsMeta, ShownLevel,
    ShownLevels, ShownSecrets,
};
use crate::mock::clock::rfc3339;
use crate::mock::model::Level;
use crate::mock::{Refusal, Stage, Trace};

serve! {
    GetProjectSecrets(call, ()) get(call).await;
    GetTargetSecrets(call, ()) get(call).await;
    GetEnvironmentSecrets(call, ()) get(call).await;
}

/// The mock's own choice, since no source shows merged secrets.
pub(super) const SHAPE: &str = "the shape of merged secrets";

async fn get(call: Call<'_>) -> Result<Answer, Refusal> {
    let Call { room, path, trace, .. } = call;
    let reading = trace.check(Stage::Body, call.reading)?;
    let named = |slug: &str| (!slug.is_empty()).then(|| slug.to_owned());
    let level = Level { target: named(call.target), environment: named(call.environment) };
    let mut levels = Levels::read(room, &level)?;
    let warning = if reading.decrypt { levels.open().await? } else { None };
    let merged = merged(&levels, reading, trace)?;
    let is_own_shape = merged.is_some();
    let answer = Answer::ok(&match merged {
        Some(merged) if reading.raw => Secrets::Raw(merged.variables),
        merged => Secrets::Shown(Box::new(ShownSecrets {
            data: resource(&levels, reading, merged.as_ref()),
            meta: meta(room, path, &levels, &level, reading),
        })),
    });
    let answer = if is_own_shape { answer.with_choice(SHAPE) } else { answer };
    Ok(answer.with_warning(warning))
}

/// The levels merged, where the request wants that.
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

/// The resource: the levels, unless the request wants only the merged ones, and the merged ones.
pub(super) fn resource(levels: &Levels, reading: Reading, merged: Option<&Merged>) -> SecretsData {
    let is_shown = reading.merge != Merge::Merged;
    SecretsData {
        kind: "secrets",
        attributes: SecretAttributes {
            encrypted: !(reading.decrypt && levels.are_open()),
            format: levels.format.clone(),
            levels: is_shown.then(|| one_by_one(levels)),
            merged: merged
                .map(|merged| response::Merged { encrypted: false, content: merged.text.clone() }),
        },
        secrets: None,
    }
}

fn one_by_one(levels: &Levels) -> ShownLevels {
    let mut shown = ShownLevels::default();
    for stored in &levels.stored {
        let place = match &stored.level {
            Level { environment: Some(_), .. } => &mut shown.environment,
            Level { target: Some(_), .. } => &mut shown.target,
            _ => &mut shown.project,
        };
        *place = Some(ShownLevel {
            encrypted: stored.opened.is_none(),
            content: stored.text().to_owned(),
            source: stored.level.source(&levels.project).to_owned(),
            id: Some(SecretId::Text(stored.id.clone())),
        });
    }
    shown
}

pub(super) fn meta(
    room: &Room,
    path: &str,
    levels: &Levels,
    level: &Level,
    reading: Reading,
) -> SecretsMeta {
    SecretsMeta {
        api_path: path.to_owned(),
        format: levels.format.clone(),
        merged: reading.merge.name(),
        timestamp: rfc3339(room.world.clock.now()),
        hierarchy: Hierarchy {
            project: levels.project.clone(),
            target: level.target.clone(),
            environment: level.environment.clone(),
        },
        action: if reading.decrypt { "decrypt" } else { "read" },
    }
}
