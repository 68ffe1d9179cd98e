//! From answers to what they say in the model. What cannot be understood says nothing here: the shape cases judge it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::client::Client;
use crate::contract::custody::Custody;
use crate::harness::Stop;
use crate::suite::server::context::{Context, descriptor_of};
use crate::suite::server::history::operation::{
    Answer, Content, Current, Kept, Key, Level, Version,
};
use crate::suite::server::wire::{Reply, id_text, number};

/// A key that the server tells, in a descriptor or the answer of a rotation. Gives none if it has no version.
pub(super) async fn server_key(
    context: &Context,
    client: &mut Client,
    shown: &Value,
) -> Result<Option<Key>, Stop> {
    let Some(version) = number(&shown["version"]) else { return Ok(None) };
    match context.shared.keys.server(shown).await {
        Ok(data_key) => Ok(Some(client.learn_server_key(version, data_key))),
        Err(Stop::CouldNotRun(_)) => Ok(None),
        Err(stop) => Err(stop),
    }
}

pub(super) async fn descriptor(
    context: &Context,
    client: &mut Client,
    reply: &Reply,
) -> Result<Option<Answer>, Stop> {
    let Ok(shown) = descriptor_of(reply) else { return Ok(None) };
    let key = match client.custody {
        Custody::Client => client.key_of(&shown),
        Custody::Server => server_key(context, client, &shown).await?,
    };
    if let Some(key) = key {
        client.activate(key);
    }
    Ok(key.map(|key| Answer::Descriptor { key }))
}

pub(super) fn history(client: &mut Client, reply: &Reply) -> Option<Answer> {
    let mut active = Vec::new();
    let mut former = BTreeSet::new();
    for row in reply.json["data"].as_array()? {
        let key = client.key_of(row)?;
        if row["is_active"] == true {
            active.push(key);
        } else {
            former.insert(key);
        }
    }
    // Exactly one is active.
    let active = if let [active] = active[..] { active } else { Key::NONE };
    Some(Answer::History { active, former })
}

pub(super) fn secrets(client: &mut Client, reply: &Reply) -> Option<Answer> {
    let shown = reply.json["data"]["attributes"]["levels"].as_object()?;
    let mut levels = BTreeMap::new();
    for level in Level::ALL {
        let Some(held) = shown.get(level.name()) else { continue };
        let content = held["content"].as_str().unwrap_or_default();
        if !content.is_empty() {
            let secret = id_text(&held["id"]).map(|id| client.secret(&id));
            levels.insert(level, Current { secret, content: client.open(content) });
        }
    }
    Some(Answer::Secrets(levels))
}

/// A row of pending, or a version.
pub(super) fn kept(
    client: &mut Client,
    row: Version,
    level: Option<Level>,
    content: &Value,
    version: &Value,
) -> Kept {
    let content = client.open(content.as_str().unwrap_or_default());
    if let Content::Opens(blob) = content {
        let known = client.rows.get(&row).and_then(|(level, _)| *level);
        client.rows.insert(row, (level.or(known), blob));
    }
    Kept { named: client.key_named(version), content }
}

pub(super) fn pending(client: &mut Client, reply: &Reply) -> Option<Answer> {
    let mut rows = BTreeMap::new();
    for row in reply.json["data"].as_array()? {
        let version = Version(number(&row["id"])?);
        let shown = kept(client, version, None, &row["content"], &row["key_version"]);
        rows.insert(version, shown);
    }
    let is_done = number(&reply.json["meta"]["remaining"])? == 0;
    Some(Answer::Pending { rows, is_done })
}

pub(super) fn submitted(reply: &Reply) -> Option<Answer> {
    let data = &reply.json["data"];
    let is_done = number(&data["remaining"])? == 0;
    Some(Answer::Submitted { updated: number(&data["updated"])?, is_done })
}
