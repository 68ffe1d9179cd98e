//! GET encryption-key/history.

use std::cmp::Reverse;

use serde_json::{Value, json};

use super::row::{ServerCase, case, compares, no_token, on_rotation_site, scope, unknown_project};
use crate::contract::route::Endpoint::{GetKeyHistory, GetVersion, RotateClientKeys};
use crate::harness::{Judged, Stop};
use crate::suite::server::key::proof_without_key;
use crate::suite::server::steps::{
    CLIENT_SITE, Project, ROTATION_SITE, ROTATIONS, SECOND, SERVER_SITE, SecretIds,
    create_client_project, established, rotation_body, says_the_same, secret_ids, store,
};
use crate::suite::server::wire::{Call, Convention, Reply, number, with_members};
use crate::suite::server::{Context, needs};

/// Rotations that take a project past version 9, where the order of text and of numbers differ.
const PAST_NINE: usize = 10;

pub(super) fn cases() -> Vec<ServerCase> {
    vec![
        compares("server/history/order", "history-order", order)
            .needs(needs::SECRET_IDS)
            .on(CLIENT_SITE)
            .requests(14 + SecretIds::most(1))
            .late(),
        case("server/history/one-active", "history-one-active", one_active)
            .on(CLIENT_SITE)
            .on(ROTATIONS)
            .requests(5),
        case("server/history/established", "history-established", says_what_was_established)
            .on(CLIENT_SITE)
            .on(SERVER_SITE)
            .writes()
            .requests(6)
            .late(),
        case("server/history/no-server-key", "history-withholds-server-key", no_server_key)
            .on(ROTATIONS),
        on_rotation_site(
            "server/history/rotated-proofs-stay",
            "history-rotated-proof-unchanged",
            rotated_proofs_stay,
        )
        .requests(5),
        case("server/history/shape", "history-shape", shape).on(SERVER_SITE).on(CLIENT_SITE).late(),
        no_token("server/history/no-token", GetKeyHistory),
        scope("server/history/scope", "history-scope", GetKeyHistory),
        unknown_project("server/history/unknown-project", GetKeyHistory),
    ]
}

async fn read(context: &Context, project: &Project) -> Result<Reply, Stop> {
    let reply = context.look(&project.call(GetKeyHistory)).await?;
    reply.is_done(200)?;
    Ok(reply)
}

async fn order(context: &Context) -> Judged {
    let (reply, wanted) = if context.shared.is_thrifty {
        // What was rotated for others counts.
        let mut site = context.lock(CLIENT_SITE).await?;
        let known = read(context, &site.project).await?.list("/data")?.len();
        for _ in known..=PAST_NINE {
            site.rotate(context).await?;
        }
        (read(context, &site.project).await?, known.max(PAST_NINE + 1))
    } else {
        (rotated_past_nine(context).await?, PAST_NINE + 1)
    };
    let entries = reply.list("/data")?;
    let versions: Vec<_> = entries.iter().filter_map(|entry| number(&entry["version"])).collect();
    let descends = versions.len() == wanted && versions.is_sorted_by(|one, next| one > next);
    reply.ensure(
        descends && entries[0]["is_active"] == true,
        "the history is not ordered by descending version, the active key first",
        "the active key first, then numerically descending versions",
        format!("versions {versions:?}"),
    )
}

/// The history of a project of its own.
async fn rotated_past_nine(context: &Context) -> Result<Reply, Stop> {
    let (project, first) = create_client_project(context, None).await?;
    store(context, &project, None, &first.seal(SECOND)?, Some(&first)).await?;
    let ids = secret_ids(context, &project, Some(&first)).await?;
    // Nothing is written under these keys: any proof will do, a new one each time.
    for _ in 0..PAST_NINE {
        let body = with_members(rotation_body(&first, &ids)?, json!(proof_without_key()?));
        let call = project.call(RotateClientKeys).json(&body);
        context.prepare("rotating the client key", &call).await?;
    }
    read(context, &project).await
}

async fn one_active(context: &Context) -> Judged {
    let rotations = context.rotations().await?;
    let site = context.lock(CLIENT_SITE).await?;
    for project in [&site.project, &rotations.keep.project] {
        let of_descriptor = number(&project.descriptor(context).await?["version"]);
        let reply = read(context, project).await?;
        let active = reply.list("/data")?.iter().filter(|entry| entry["is_active"] == true);
        let active: Vec<_> = active.map(|entry| number(&entry["version"])).collect();
        reply.ensure(
            active == [of_descriptor],
            "the history does not have exactly one active key, that of the descriptor",
            "1 active entry, of the descriptor's version",
            format!("{} active entries", active.len()),
        )?;
    }
    Ok(())
}

/// Of a key that the client holds, the client knows best. The server says of its own what its descriptor says. Of all keys
/// of the run, no two answers have said different things.
async fn says_what_was_established(context: &Context) -> Judged {
    let what = "the history says something else of a key than was established";
    let site = context.lock(CLIENT_SITE).await?;
    let reply = read(context, &site.project).await?;
    let mut newest_first: Vec<&Value> = reply.list("/data")?.iter().collect();
    newest_first.sort_by_key(|entry| Reverse(number(&entry["version"])));
    for (age, entry) in newest_first.into_iter().enumerate() {
        let known = established(&*site.key_of_age(context, age).await?);
        says_the_same(&reply, what, entry, &known)?;
    }
    // What a version says of its key is among the answers of the run.
    if let Some(row) = site.pending(context).await?.first() {
        let version = Call::to(GetVersion, &[&row["id"].to_string()]);
        context.prepare("reading a version", &version).await?;
    }
    let project = &context.site(SERVER_SITE).await?.project;
    let known = project.descriptor(context).await?;
    let reply = read(context, project).await?;
    reply.list("/data")?.iter().try_for_each(|entry| says_the_same(&reply, what, entry, &known))?;
    context.judge_convention(Convention::Keys)
}

async fn no_server_key(context: &Context) -> Judged {
    let rotated = &context.rotations().await?.keep;
    let reply = read(context, &rotated.project).await?;
    let new = rotated.project.descriptor(context).await?;
    let text = reply.json.to_string();
    let exposes = |descriptor: &Value| {
        descriptor["key"].as_str().is_some_and(|key| !key.is_empty() && text.contains(key))
    };
    let has_member =
        reply.list("/data")?.iter().any(|entry| entry.get("key").is_some_and(|key| !key.is_null()));
    reply.ensure(
        !has_member && !exposes(&rotated.before) && !exposes(&new),
        "the history exposes the material of a server-managed key",
        "no key in any entry",
        "the key itself",
    )
}

async fn rotated_proofs_stay(context: &Context) -> Judged {
    let mut site = context.lock(ROTATION_SITE).await?;
    let before = read(context, &site.project).await?;
    site.rotate(context).await?;
    let after = read(context, &site.project).await?;
    let proof = |entry: &Value| {
        ["key_check", "key_check_salt", "key_check_iterations"].map(|name| entry[name].clone())
    };
    let rotated = |entry: &&Value| entry["is_active"] == false;
    for entry in before.list("/data")?.iter().filter(rotated) {
        let same = after.list("/data")?.iter().find(|later| later["version"] == entry["version"]);
        after.ensure(
            same.map(proof) == Some(proof(entry)),
            "the proof of a key is another one after it was rotated",
            "key_check, key_check_salt and key_check_iterations as before the rotation",
            "another value",
        )?;
    }
    Ok(())
}

async fn shape(context: &Context) -> Judged {
    let asked = async {
        for step in [SERVER_SITE, CLIENT_SITE] {
            let call = context.site(step).await?.project.call(GetKeyHistory);
            context.look_up("reading the history", &call).await?;
        }
        Ok(())
    };
    context.judge_shapes(&[GetKeyHistory], asked).await
}
