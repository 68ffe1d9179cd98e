//! Rotation after rotation: nothing is lost, and what was begun can be ended.

use std::sync::Arc;

use serde_json::{Value, json};

use super::row::compares;
use crate::contract::route::Endpoint::{GetKeyHistory, GetVersion, ListPending, ListVersions};
use crate::harness::{Case, Check, Judged, Stop};
use crate::suite::server::context::Context;
use crate::suite::server::key::{CLIENT_KEYS, ClientKey};
use crate::suite::server::needs;
use crate::suite::server::steps::project::Project;
use crate::suite::server::steps::secret_ids::SecretIds;
use crate::suite::server::steps::site::{ROTATION_SITE, Site, row_id};
use crate::suite::server::wire::call::Call;
use crate::suite::server::wire::reply::Reply;

/// Versions that are read, of those that a project has.
const MOST_VERSIONS: usize = 6;
/// Versions in the first batch, so that there are several.
const BATCH: usize = 3;
/// Versions in each after it: how many a server keeps is its own affair.
const LARGER_BATCH: usize = 50;
/// Batches until nothing remains.
const MOST_BATCHES: usize = 6;

pub(super) fn cases() -> Vec<Case<Context>> {
    vec![
        rotates(
            "server/client-rotation/history-policy",
            "client-rotation-policy-words",
            history_policy,
        )
        .requests(7),
        rotates(
            "server/client-rotation/every-version-opens",
            "client-rotation-loses-nothing",
            every_version_opens,
        )
        .requests(11),
        rotates("server/submit/resumes-after-rotation", "submit-resumes", resumes)
            .requests(36 + SecretIds::most(2)),
    ]
}

fn rotates(
    id: &'static str,
    requirement: &'static str,
    check: impl Check<Context>,
) -> Case<Context> {
    compares(id, requirement, check).on(ROTATION_SITE).needs(needs::SECRET_IDS)
}

/// The words that the published client sends with a client rotation.
async fn history_policy(context: &Context) -> Judged {
    let site = context.rotation_site().await?;
    let mut site = site.lock(context).await?;
    for policy in ["keep", "re_encrypt"] {
        let next = site.next_key(context).await?;
        let (mut body, _) = site.rotation(context).await?;
        body["history_policy"] = json!(policy);
        let reply = context.succeed(200, &site.rotation_with(&body)).await?;
        site.has_rotated();
        let now = context.descriptor(&site.project.slug).await?;
        if now["key_check_salt"] != next.proof.key_check_salt {
            return Err(reply.mismatch(
                "after a client rotation with a history_policy the descriptor is not that of the new key",
                "the salt that was sent",
                "another salt",
            ));
        }
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

async fn history(context: &Context, project: &Project) -> Result<Reply, Stop> {
    let call = Call::to(GetKeyHistory, &[&project.slug]);
    context.prepare("reading the history", &call).await
}

async fn every_version_opens(context: &Context) -> Judged {
    let site = context.rotation_site().await?;
    let mut site = site.lock(context).await?;
    // With the rotation that the site was made with there are two at least.
    site.rotate(context).await?;
    let history = history(context, site.project).await?;
    let list = json!({"project": site.project.slug, "per_page": MOST_VERSIONS});
    let list =
        context.prepare("listing versions", &Call::to(ListVersions, &[]).json(&list)).await?;
    for row in list.list("/data")?.iter().take(MOST_VERSIONS) {
        let id = row["id"].as_str().unwrap_or_default();
        let version = context.succeed(200, &Call::to(GetVersion, &[id])).await?;
        let content = version.text("/data/content")?;
        let key = match &version.json["data"]["key"]["version"] {
            Value::Null => site.key(context).await?,
            named_version => named(context, &history, named_version).await?,
        };
        if !content.is_empty() && key.open(content).is_none() {
            return Err(version.mismatch(
                "after several client rotations a version does not open under the key that it names",
                "the blob opens under the key of that version in the history",
                "it does not",
            ));
        }
    }
    Ok(())
}

/// One version is moved, the key is rotated, and the rest follows in batches until none remain.
async fn resumes(context: &Context) -> Judged {
    let site = Site::client(context, None).await?;
    let mut site = site.lock(context).await?;
    let begun = site.submission(context).await?;
    context.prepare("submitting a version", &site.submit(&begun)).await?;
    site.rotate(context).await?;
    let newest = site.key(context).await?;
    let history = history(context, site.project).await?;
    let mut moved = Vec::new();
    let batches = [BATCH].into_iter().chain([LARGER_BATCH; MOST_BATCHES - 1]);
    for limit in batches {
        let list = Call::to(ListPending, &[&site.project.slug]).json(&json!({"limit": limit}));
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
        if versions.is_empty() {
            return Err(pending.mismatch(
                "versions remain that pending does not list",
                "at least one row until remaining is 0",
                "no row",
            ));
        }
        let body = json!({"versions": versions, "key_proof": newest.proof.key_check});
        let reply = context.succeed(200, &site.submit(&body)).await?;
        if reply.number("/data/remaining")? == 0 {
            return all_moved(context, &reply, &begun["versions"][0]["id"], &moved, &newest).await;
        }
    }
    Err(Stop::CouldNotRun(format!("more versions are pending than {MOST_BATCHES} batches move")))
}

async fn all_moved(
    context: &Context,
    last: &Reply,
    begun: &Value,
    moved: &[(Value, String)],
    newest: &ClientKey,
) -> Judged {
    if !moved.iter().any(|(id, _)| id == begun) {
        return Err(last.mismatch(
            "a version that was moved before a rotation is not pending after it",
            "it is under an older key now, and listed again",
            "it is not listed",
        ));
    }
    for (id, text) in moved.iter().take(MOST_VERSIONS) {
        let call = Call::to(GetVersion, &[&id.to_string()]);
        let version = context.succeed(200, &call).await?;
        if !newest.opens_to(version.text("/data/content")?, text) {
            return Err(version.mismatch(
                "with none remaining a version does not open under the newest key",
                "the text from before, under the active key",
                "it does not open to it",
            ));
        }
    }
    Ok(())
}
