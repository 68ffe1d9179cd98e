//! The ids of current secrets. A client rotation names each of them, and no published read shows one:
//! where GET secrets has none with its levels, the answer of a restore has it.

use std::collections::HashMap;

use parking_lot::Mutex;
use serde_json::{Value, json};

use super::{AT_TARGET, Project, SECOND, store};
use crate::contract::route::Endpoint::RestoreVersion;
use crate::harness::Stop;
use crate::suite::server::context::Context;
use crate::suite::server::key::ClientKey;
use crate::suite::server::needs;
use crate::suite::server::wire::{Call, Reply, id_text};

/// Versions of a level that are listed.
const LISTED: usize = 5;

/// An id, and the text that its level holds.
pub(crate) type Named = (String, &'static str);

/// The ids that other answers than GET secrets had, by project, or why none had. An id stays the same as long
/// as its level holds something, so that each project is looked through once.
#[derive(Default)]
pub(crate) struct SecretIds(Mutex<HashMap<String, Result<Vec<Named>, Stop>>>);

impl SecretIds {
    /// The most requests that it takes to find out the ids of a project, beside reading its secrets: a
    /// write, a list and a restore for each level.
    pub(crate) const fn most(levels: u32) -> u32 {
        levels * 3
    }

    /// Whether a rotation was refused whose ids are from other answers. They may not be the ids that a
    /// rotation takes, and are not used again.
    pub(crate) fn doubt(&self, project: &str, refusal: &Reply) -> bool {
        let mut known = self.0.lock();
        let Some(ids) = known.get_mut(project).filter(|_| refusal.is_refusal()) else {
            return false;
        };
        let what = "rotating the client key by the ids that restoring told was refused";
        *ids = Err(refusal.could_not_run(what));
        true
    }
}

/// The current secrets' ids and the plaintext that each level holds, of a project that is under `key`
/// if it is client-managed. Not observable if no answer has them.
pub(crate) async fn secret_ids(
    context: &Context,
    project: &Project,
    key: Option<&ClientKey>,
) -> Result<Vec<Named>, Stop> {
    let memo = context.memo::<SecretIds>();
    let known = memo.0.lock().get(&project.slug).cloned();
    if let Some(known) = known {
        return known;
    }
    let reply = context.look_up("reading the current secrets", &project.secrets()).await?;
    let levels = &reply.json["data"]["attributes"]["levels"];
    let mut ids = Vec::new();
    let mut is_searched = false;
    for (name, plaintext) in [("project", SECOND), ("target", AT_TARGET)] {
        let level = &levels[name];
        let Some(content) = level["content"].as_str().filter(|text| !text.is_empty()) else {
            continue;
        };
        let mut id = text(&level["id"]).or_else(|| secret_id(level));
        if id.is_none() {
            is_searched = true;
            let target = project.target.as_deref().filter(|_| name == "target");
            id = search(context, project, target, content, key).await?;
        }
        ids.push(id.map(|id| (id, plaintext)));
        if ids.last() == Some(&None) {
            break;
        }
    }
    let ids: Option<Vec<Named>> = ids.into_iter().collect();
    let ids = ids.ok_or(Stop::NotObservable(needs::SECRET_IDS));
    if is_searched {
        memo.0.lock().insert(project.slug.clone(), ids.clone());
    }
    ids
}

/// Finds the id of a level's secret. What the level holds is written once more, so that there is a version
/// to put back, and it holds the same afterwards. The first answer that has the id ends it.
async fn search(
    context: &Context,
    project: &Project,
    target: Option<&str>,
    content: &str,
    key: Option<&ClientKey>,
) -> Result<Option<String>, Stop> {
    let stored = store(context, project, target, content, key).await?;
    if let Some(id) = secret_id(&stored.json["data"]) {
        return Ok(Some(id));
    }
    let mut level = json!({"per_page": LISTED});
    if let Some(target) = target {
        level["target"] = json!(target);
    }
    let list = context.send(&project.versions(level)).await?;
    let rows = list.newest_first();
    if let Some(id) = rows.iter().find_map(|row| secret_id(row)) {
        return Ok(Some(id));
    }
    let Some(newest) = rows.first().and_then(|row| text(&row["id"])) else {
        return Ok(None);
    };
    let restore = Call::to(RestoreVersion, &[&newest]);
    let restored = context.send(&project.own(restore)).await?;
    Ok(secret_id(&restored.json["data"]))
}

/// The id of the secret that something belongs to, as the answer of a restore calls it.
fn secret_id(of: &Value) -> Option<String> {
    text(&of["secret_id"]).or_else(|| text(&of["attributes"]["secret_id"]))
}

/// An id as requests send it.
fn text(id: &Value) -> Option<String> {
    id_text(id).filter(|id| !id.is_empty())
}
