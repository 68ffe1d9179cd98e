//! Rotation after rotation: nothing is lost, and what was begun can be ended.

use std::sync::Arc;

use serde_json::{Value, json};

use super::row::{ServerCase, on_rotation_site};
use crate::contract::route::Endpoint::{GetKeyHistory, ListPending};
use crate::harness::{Judged, Stop};
use crate::suite::server::Context;
use crate::suite::server::key::{CLIENT_KEYS, ClientKey};
use crate::suite::server::steps::{
    LockedSite, ROTATION_SITE, SecretIds, established, row_id, says_the_same,
};
use crate::suite::server::wire::{Reply, with_members};

/// Versions that are read, of those that a project has.
const MOST_VERSIONS: usize = 6;
/// Versions in the first batch, so that there are several.
const BATCH: usize = 3;
/// Versions in each after it: how many a server keeps is its own affair.
const LARGER_BATCH: usize = 50;
/// Batches until nothing remains.
const MOST_BATCHES: usize = 6;

pub(super) fn cases() -> Vec<ServerCase> {
    vec![
        on_rotation_site(
            "server/client-rotation/history-policy",
            "client-rotation-policy-words",
            history_policy,
        )
        .requests(7),
        on_rotation_site(
            "server/client-rotation/every-version-opens",
            "client-rotation-loses-nothing",
            every_version_opens,
        )
        .requests(11),
        on_rotation_site("server/submit/resumes-after-rotation", "submit-resumes", resumes)
            .requests(36 + SecretIds::most(2)),
    ]
}

/// The words that the published client sends with a client rotation.
async fn history_policy(context: &Context) -> Judged {
    let mut site = context.lock(ROTATION_SITE).await?;
    for policy in ["keep", "re_encrypt"] {
        let next = site.next_key(context).await?;
        let rotation = site.rotation(context).await?.member("history_policy", policy);
        let reply = context.succeed(200, &rotation).await?;
        site.has_rotated();
        let now = site.project.descriptor(context).await?;
        reply.ensure(
            now["key_check_salt"] == next.proof.key_check_salt,
            "after a client rotation with a history_policy the descriptor is not that of the new key",
            "the salt that was sent",
            "another salt",
        )?;
    }
    Ok(())
}

/// The client key that the history names by this version.
async fn named(
    context: &Context,
    history: &Reply,
    version: &Value,
) -> Result<Arc<ClientKey>, Stop> {
    let entries = history.list("/data")?;
    let mut oldest_first = entries.iter().rev().enumerate();
    if let Some((place, entry)) = oldest_first.find(|(_, entry)| entry["version"] == *version) {
        // A history need not show salts. The keys of these projects were taken in turn.
        let Some(salt) = entry["key_check_salt"].as_str() else {
            return context.client_key(place % CLIENT_KEYS).await;
        };
        for number in 0..CLIENT_KEYS {
            let key = context.client_key(number).await?;
            if *salt == key.proof.key_check_salt {
                return Ok(key);
            }
        }
    }
    Err(history.mismatch(
        "a stored version names a key that the history does not have",
        "an entry of that version with the salt that it was made with",
        version.to_string(),
    ))
}

async fn history(context: &Context, site: &LockedSite) -> Result<Reply, Stop> {
    context.look_up("reading the history", &site.project.call(GetKeyHistory)).await
}

async fn every_version_opens(context: &Context) -> Judged {
    let mut site = context.lock(ROTATION_SITE).await?;
    // The site was rotated once when it was made: these are two at least.
    site.rotate(context).await?;
    let history = history(context, &site).await?;
    let list = site.project.versions(json!({"per_page": MOST_VERSIONS}));
    let list = context.prepare("listing versions", &list).await?;
    for row in list.list("/data")?.iter().take(MOST_VERSIONS) {
        let id = row["id"].as_str().unwrap_or_default();
        let version = context.version(id).await?;
        let content = version.text("/data/content")?;
        let key = match &version.json["data"]["key"]["version"] {
            Value::Null => site.key(context).await?,
            named_version => named(context, &history, named_version).await?,
        };
        let what = "a version says something else of its key than was established";
        let said = &version.json["data"]["key"];
        let mut entries = history.rows().iter();
        let entry = entries.find(|entry| entry["version"] == said["version"]);
        let is_active = json!({"is_active": entry.map(|entry| &entry["is_active"])});
        says_the_same(&version, what, said, &with_members(established(&key), is_active))?;
        version.ensure(
            content.is_empty() || key.open(content).is_some(),
            "after several client rotations a version does not open under the key that it names",
            "the blob opens under the key of that version in the history",
            "it does not",
        )?;
    }
    Ok(())
}

/// One version is moved, the key is rotated, and the rest follows in batches until none remain.
async fn resumes(context: &Context) -> Judged {
    let mut site = context.lock_own().await?;
    let begun = site.submission(context).await?;
    context.prepare("submitting a version", &begun).await?;
    site.rotate(context).await?;
    let newest = site.key(context).await?;
    let history = history(context, &site).await?;
    let mut moved = Vec::new();
    let batches = [BATCH].into_iter().chain([LARGER_BATCH; MOST_BATCHES - 1]);
    for limit in batches {
        let list = site.project.call(ListPending).json(&json!({"limit": limit}));
        let pending = context.succeed(200, &list).await?;
        let mut versions = Vec::new();
        for row in pending.list("/data")?.iter().take(limit) {
            let key = named(context, &history, &row["key_version"]).await?;
            let text = row["content"].as_str().and_then(|content| key.open(content));
            let text = text.ok_or_else(|| {
                pending.mismatch(
                    "a pending version does not open under the key that it names",
                    "the blob opens under the key of that version in the history",
                    "it does not",
                )
            })?;
            versions.push(json!({"id": row_id(row)?, "content": newest.seal(&text)?}));
            moved.push((row["id"].clone(), text));
        }
        pending.ensure(
            !versions.is_empty(),
            "versions remain that pending does not list",
            "at least one row until remaining is 0",
            "no row",
        )?;
        let reply = context.succeed(200, &site.submit(&newest, versions)).await?;
        if reply.number("/data/remaining")? == 0 {
            let begun = &begun.body()["versions"][0]["id"];
            reply.ensure(
                moved.iter().any(|(id, _)| id == begun),
                "a version that was moved before a rotation is not pending after it",
                "it is under an older key now, and listed again",
                "it is not listed",
            )?;
            // The first of them, and of a few more: the oldest and the newest are alike for a server.
            let most = if context.shared.is_thrifty { BATCH } else { MOST_VERSIONS };
            return all_open(context, &moved[..most.min(moved.len())], &newest).await;
        }
    }
    Err(Stop::CouldNotRun(format!("more versions are pending than {MOST_BATCHES} batches move")))
}

async fn all_open(context: &Context, moved: &[(Value, String)], newest: &ClientKey) -> Judged {
    for (id, text) in moved {
        let version = context.version(&id.to_string()).await?;
        version.ensure(
            newest.opens_to(version.text("/data/content")?, text),
            "with none remaining a version does not open under the newest key",
            "the text from before, under the active key",
            "it does not open to it",
        )?;
    }
    Ok(())
}
