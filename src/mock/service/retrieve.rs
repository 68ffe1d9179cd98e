//! POST secrets/retrieve: secrets by name, as far as the server can read names, or the key.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::call::{Call, serve};
use super::reading::{Levels, Merged};
use super::secrets::{SHAPE, merged, meta, resource};
use super::{Answer, descriptor, guard};
use crate::contract::custody::Custody;
use crate::contract::error::Code;
use crate::contract::request::{Action, Filters, Merge, Reading, RetrieveSecrets};
use crate::contract::response::{Secrets, ShownSecrets};
use crate::mock::model::Level;
use crate::mock::{Refusal, Stage};

serve! {
    RetrieveSecrets(call, body) run(call, body).await;
}

async fn run(call: Call<'_>, body: RetrieveSecrets) -> Result<Answer, Refusal> {
    let Call { room, path, trace, .. } = call;
    let level = Level::of(body.level.clone());
    let exists = room.read(|project| guard::level_exists(project, &level));
    trace.check(Stage::Project, exists)?;
    let conflict = body
        .conflict()
        .map_or(Ok(()), |conflict| Err(Refusal::new(Code::InvalidParameterCombination, conflict)));
    trace.check(Stage::State, conflict)?;
    if body.action == Action::RetrieveKey {
        return descriptor::get(room);
    }
    let mut levels = Levels::read(room, &level)?;
    let mut warning = None;
    let mut reading = body.reading();
    let mut variables = None;
    if reading.decrypt {
        warning = levels.open().await?;
        // Where the server can read no names, only the levels can be retrieved.
        let is_plain = reading == Reading { decrypt: true, ..Reading::default() };
        if levels.have_names() || !is_plain || !body.filters.is_empty() {
            let merging = Reading { merge: Merge::Merged, ..reading };
            variables = merged(&levels, merging, trace)?.map(|all| filter(all, &body.filters));
        } else if levels.custody == Custody::Client {
            reading.decrypt = false;
        }
    }
    if !body.filters.tags.is_empty() {
        warning = Some("variables have no tags here: none matches".to_owned());
    }
    let answer = Answer::ok(&match variables {
        Some(variables) if reading.raw => Secrets::Raw(variables.variables),
        variables => {
            let merged = variables.as_ref().filter(|_| reading.merge != Merge::Levels);
            let mut data = resource(&levels, reading, merged);
            data.secrets = Some(match variables {
                Some(variables) => variables.variables,
                None => texts(&levels),
            });
            let meta = meta(room, path, &levels, &level, reading);
            Secrets::Shown(Box::new(ShownSecrets { data, meta }))
        }
    });
    Ok(answer.with_choice(SHAPE).with_warning(warning))
}

/// The contents of the levels, opened or not, by the names of the levels.
fn texts(levels: &Levels) -> Map<String, Value> {
    let stored = levels.stored.iter();
    stored.map(|stored| (stored.level.name().to_owned(), stored.text().into())).collect()
}

/// The variables that the filters let pass.
fn filter(mut merged: Merged, filters: &Filters) -> Merged {
    let names: BTreeSet<&str> = filters.names.iter().map(String::as_str).collect();
    let search = filters.search.as_deref().unwrap_or_default().to_lowercase();
    merged.variables.retain(|name, _| {
        filters.tags.is_empty()
            && (names.is_empty() || names.contains(name.as_str()))
            && name.to_lowercase().contains(&search)
    });
    merged
}
