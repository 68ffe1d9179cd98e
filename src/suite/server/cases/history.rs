//! GET encryption-key/history.

use serde_json::{Value, json};

use super::row::{case, compares, probed};
use crate::contract::custody::Custody;
use crate::contract::route::Endpoint::GetKeyHistory;
use crate::crypto::encoding;
use crate::harness::{Case, Judged, Stop};
use crate::suite::random::random;
use crate::suite::server::context::Context;
use crate::suite::server::needs;
use crate::suite::server::steps::probe::Breaks;
use crate::suite::server::steps::project::{Project, SECOND, create_client_project, store};
use crate::suite::server::steps::refusal::Reason;
use crate::suite::server::steps::rotations::ROTATIONS;
use crate::suite::server::steps::secret_ids::{SecretIds, secret_ids};
use crate::suite::server::steps::site::{CLIENT_SITE, ROTATION_SITE, SERVER_SITE};
use crate::suite::server::wire::call::Call;
use crate::suite::server::wire::reply::Reply;
use crate::suite::server::wire::reply::number;

/// Rotations that take a project past version 9, where the order of text and of numbers differ.
const PAST_NINE: usize = 10;

pub(super) fn cases() -> Vec<Case<Context>> {
    vec![
        compares("server/history/order", "history-order", order)
            .needs(needs::SECRET_IDS)
            .requests(14 + SecretIds::most(1)),
        case("server/history/one-active", "history-one-active", one_active)
            .on(CLIENT_SITE)
            .on(ROTATIONS)
            .requests(5),
        case("server/history/no-server-key", "history-withholds-server-key", no_server_key)
            .on(ROTATIONS),
        compares(
            "server/history/rotated-proofs-stay",
            "history-rotated-proof-unchanged",
            rotated_proofs_stay,
        )
        .on(ROTATION_SITE)
        .needs(needs::SECRET_IDS)
        .requests(5),
        case("server/history/shape", "history-shape", shape).on(SERVER_SITE).on(CLIENT_SITE).late(),
        probed(
            "server/history/no-token",
            "token-required",
            (GetKeyHistory, Breaks::NoToken, Reason::Status(401)),
        ),
        probed(
            "server/history/scope",
            "history-scope",
            (GetKeyHistory, Breaks::Scope, Reason::Refused),
        ),
        probed(
            "server/history/unknown-project",
            "unknown-project",
            (GetKeyHistory, Breaks::UnknownProject, Reason::Refused),
        ),
    ]
}

async fn read(context: &Context, slug: &str) -> Result<Reply, Stop> {
    context.succeed(200, &Call::to(GetKeyHistory, &[slug])).await
}

async fn order(context: &Context) -> Judged {
    let first = context.client_key(0).await?;
    let project =
        Project::new(create_client_project(context, &first, None).await?, Custody::Client);
    store(context, &project, None, &first.seal(SECOND)?, Some(&first)).await?;
    let ids = secret_ids(context, &project, Some(&first)).await?;
    // Nothing is written under these keys: any proof will do, a new one each time.
    for _ in 0..PAST_NINE {
        let secrets: Result<Vec<_>, Stop> = ids
            .iter()
            .map(|(id, plaintext)| Ok(json!({"id": id, "content": first.seal(plaintext)?})))
            .collect();
        let body = json!({
            "secrets": secrets?,
            "key_check": encoding::encode(random::<32>()?),
            "key_check_salt": encoding::encode(random::<16>()?),
            "key_check_iterations": 600_000,
        });
        let call = Call::to(crate::contract::route::Endpoint::RotateClientKeys, &[&project.slug]);
        context.prepare("rotating the client key", &call.json(&body)).await?;
    }
    let reply = read(context, &project.slug).await?;
    let entries = reply.list("/data")?;
    let versions: Vec<_> = entries.iter().filter_map(|entry| number(&entry["version"])).collect();
    let descends = versions.len() == PAST_NINE + 1 && versions.is_sorted_by(|one, next| one > next);
    if descends && entries[0]["is_active"] == true {
        return Ok(());
    }
    Err(reply.mismatch(
        "the history is not ordered by descending version, the active key first",
        "the active key first, then numerically descending versions",
        format!("versions {versions:?}"),
    ))
}

async fn one_active(context: &Context) -> Judged {
    let site = context.client_site().await?;
    let rotations = context.rotations().await?;
    let site = site.lock(context).await?;
    for slug in [&site.project.slug, &rotations.keep.slug] {
        let active_version = context.descriptor(slug).await?["version"].clone();
        let reply = read(context, slug).await?;
        let active: Vec<_> = reply
            .list("/data")?
            .iter()
            .filter(|entry| entry["is_active"] == true)
            .map(|entry| number(&entry["version"]))
            .collect();
        if active != [number(&active_version)] {
            return Err(reply.mismatch(
                "the history does not have exactly one active key, that of the descriptor",
                "1 active entry, of the descriptor's version",
                format!("{} active entries", active.len()),
            ));
        }
    }
    Ok(())
}

async fn no_server_key(context: &Context) -> Judged {
    let rotations = context.rotations().await?;
    let reply = read(context, &rotations.keep.slug).await?;
    let old = rotations.keep.before["key"].as_str().unwrap_or_default();
    let new = context.descriptor(&rotations.keep.slug).await?;
    let new = new["key"].as_str().unwrap_or_default();
    let text = reply.json.to_string();
    let exposes = |key: &str| !key.is_empty() && text.contains(key);
    let has_member =
        reply.list("/data")?.iter().any(|entry| entry.get("key").is_some_and(|key| !key.is_null()));
    if has_member || exposes(old) || exposes(new) {
        return Err(reply.mismatch(
            "the history exposes the material of a server-managed key",
            "no key in any entry",
            "the key itself",
        ));
    }
    Ok(())
}

async fn rotated_proofs_stay(context: &Context) -> Judged {
    let site = context.rotation_site().await?;
    let mut site = site.lock(context).await?;
    let before = read(context, &site.project.slug).await?;
    site.rotate(context).await?;
    let after = read(context, &site.project.slug).await?;
    let proof = |entry: &Value| {
        ["key_check", "key_check_salt", "key_check_iterations"].map(|name| entry[name].clone())
    };
    let rotated = |entry: &&Value| entry["is_active"] == false;
    for entry in before.list("/data")?.iter().filter(rotated) {
        let same = after.list("/data")?.iter().find(|later| later["version"] == entry["version"]);
        if same.map(proof) != Some(proof(entry)) {
            return Err(after.mismatch(
                "the proof of a key is another one after it was rotated",
                "key_check, key_check_salt and key_check_iterations as before the rotation",
                "another value",
            ));
        }
    }
    Ok(())
}

async fn shape(context: &Context) -> Judged {
    for site in [context.server_site().await?, context.client_site().await?] {
        let call = Call::to(GetKeyHistory, &[&site.project.slug]);
        context.prepare("reading the history", &call).await?;
    }
    context.judge_shape(GetKeyHistory)
}
