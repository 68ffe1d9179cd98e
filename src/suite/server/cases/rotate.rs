//! POST encryption-key/rotate.

use serde_json::json;

use super::row::{Id, ServerCase, case, compares_server};
use crate::contract::custody::Custody;
use crate::contract::route::Endpoint::{GetKeyHistory, RotateEncryptionKey};
use crate::harness::Judged;
use crate::suite::server::key::opens_to;
use crate::suite::server::steps::{
    Breaks, FIRST, ROTATIONS, Reason, Rotated, Rotations, SECOND, SERVER_SITE, Snapshot, Twin,
    await_job, create_client_project, probe, refused, rotate, says_the_same, store,
};
use crate::suite::server::wire::{number, with_members};
use crate::suite::server::{Context, needs};

pub(super) fn cases() -> Vec<ServerCase> {
    vec![
        case("server/rotate/new-key", "rotate-new-key", new_key).on(ROTATIONS),
        case("server/rotate/current-secrets", "rotate-current-secrets", current_secrets)
            .on(ROTATIONS)
            .requests(6),
        case("server/rotate/keep", "rotate-keep", keep).on(ROTATIONS),
        case("server/rotate/re-encrypt", "rotate-re-encrypt", re_encrypt).on(ROTATIONS),
        compares_server("server/rotate/project-setting", "rotate-project-setting", project_setting)
            .needs(needs::PROJECT_SETTING)
            .needs(needs::QUOTA)
            .requests(30)
            .rotations(1),
        compares_server(
            "server/rotate/client-managed",
            "rotate-refuses-client-custody",
            client_managed,
        )
        .on(ROTATIONS)
        .requests(2 * Snapshot::most(Custody::Client, 1) + 3)
        .rotations(1),
        compares_server("server/rotate/bad-policy", "rotate-policy-words", bad_policy)
            .on(SERVER_SITE)
            .on(ROTATIONS)
            .rotations(1),
        probes("server/rotate/scope", "rotate-scope", Breaks::ScopeOnce)
            .needs(needs::LIMITED_TOKENS)
            .rotations(1),
        probes("server/rotate/no-token", "token-required", Breaks::NoToken)
            .needs(needs::QUOTA)
            .rotations(2),
        probes("server/rotate/unknown-project", "unknown-project", Breaks::UnknownProject)
            .needs(needs::QUOTA)
            .rotations(1),
        case("server/rotate/shape", "rotate-shape", shape).on(ROTATIONS).late(),
    ]
}

/// A refusal that no shared step sends: each request is counted against the limit of rotations.
fn probes(id: Id, requirement: Id, breaks: Breaks) -> ServerCase {
    let probed = (probe, (RotateEncryptionKey, breaks));
    compares_server(id, requirement, probed).on(SERVER_SITE).on(ROTATIONS)
}

async fn new_key(context: &Context) -> Judged {
    let Rotations { keep, re_encrypt, plain } = &*context.rotations().await?;
    for rotated in [keep, re_encrypt, plain] {
        let now = rotated.project.descriptor(context).await?;
        let before = &rotated.before;
        rotated.answer.ensure(
            now["version"] != before["version"] && now["key"] != before["key"],
            "after a rotation the active key is the old one",
            "a descriptor with a new version and a new key",
            "the version or the key from before",
        )?;
        let key = &rotated.answer.json["data"]["key"]["attributes"];
        rotated.answer.ensure(
            key["key"] == now["key"]
                && number(&key["version"]) == number(&now["version"])
                && key["is_active"] != false,
            "the rotation answers with another key than the descriptor",
            "the key and the version of the descriptor, as the active one",
            "another key or version, or one that is not active",
        )?;
        let what = "the rotation says something else of its key than the descriptor";
        says_the_same(&rotated.answer, what, key, &now)?;
    }
    Ok(())
}

async fn current_secrets(context: &Context) -> Judged {
    let Rotations { keep, re_encrypt, plain } = &*context.rotations().await?;
    for rotated in [keep, re_encrypt, plain] {
        let key = rotated.project.server_key(context).await?;
        let reply = context.succeed(200, &rotated.project.secrets()).await?;
        let content = reply.content("project")?;
        let got = if opens_to(&rotated.old, content, SECOND) {
            "it opens under the key from before the rotation"
        } else {
            "it opens under neither key"
        };
        reply.ensure(
            opens_to(&key, content, SECOND),
            "a current secret does not open under the key that the descriptor returns",
            "after a rotation every current secret opens under the new key",
            got,
        )?;
    }
    Ok(())
}

async fn keep(context: &Context) -> Judged {
    let kept = &context.rotations().await?.keep;
    let version = context.version(&kept.version).await?;
    kept.answer.ensure(
        opens_to(&kept.old, version.text("/data/content")?, FIRST),
        "`keep` does not leave a historical version under the old key",
        "the version opens under the key from before the rotation",
        "it does not",
    )?;
    let (said, old) = (&version.json["data"]["key"], number(&kept.before["version"]));
    let what = "a version that `keep` has left says something else of its key";
    let is_named = said.is_null() || number(&said["version"]) == old;
    version.ensure(is_named, what, "the key from before the rotation", "another key")?;
    let known = with_members(kept.before.clone(), json!({"is_active": false}));
    says_the_same(&version, what, said, &known)?;
    let history = context.prepare("reading the history", &kept.project.call(GetKeyHistory)).await?;
    history.ensure(
        history.rows().iter().any(|entry| number(&entry["version"]) == old),
        "the history does not have the key that `keep` leaves a version under",
        "an entry with the version of the key from before the rotation",
        "no such entry",
    )
}

async fn re_encrypt(context: &Context) -> Judged {
    moved(context, &context.rotations().await?.re_encrypt).await
}

async fn moved(context: &Context, rotated: &Rotated) -> Judged {
    let new = rotated.project.server_key(context).await?;
    let seconds = context.server().job_wait().as_secs();
    rotated.answer.ensure(
        opens_to(&new, &rotated.content(context).await?, FIRST),
        "`re_encrypt` does not move a historical version onto the new key",
        format!("the version opens under the new key within {seconds} s"),
        "1 of 1 versions not moved",
    )
}

async fn project_setting(context: &Context) -> Judged {
    let rotated = rotate(context, (None, Some("re_encrypt")), None).await?;
    await_job(context, &rotated).await?;
    moved(context, &rotated).await
}

/// In a project of its own: what a server makes of it that does not refuse is of no use to others.
async fn client_managed(context: &Context) -> Judged {
    context.rotations().await?;
    let (project, key) = create_client_project(context, None).await?;
    store(context, &project, None, &key.seal(SECOND)?, Some(&key)).await?;
    let wrong = project.call(RotateEncryptionKey);
    refused(context, &project, &wrong, Reason::Status(400), Twin::Shared).await
}

async fn bad_policy(context: &Context) -> Judged {
    context.rotations().await?;
    let site = context.lock(SERVER_SITE).await?;
    let wrong = json!({"history_policy": "discard"});
    let wrong = site.project.call(RotateEncryptionKey).json(&wrong).breaking("history_policy");
    refused(context, &site.project, &wrong, Reason::Status(422), Twin::Shared).await
}

async fn shape(context: &Context) -> Judged {
    let asked = async { context.rotations().await.map(drop) };
    context.judge_shapes(&[RotateEncryptionKey], asked).await
}
