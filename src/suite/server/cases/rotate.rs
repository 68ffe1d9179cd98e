//! POST encryption-key/rotate.

use serde_json::json;

use super::row::{case, compares_server};
use crate::contract::custody::Custody;
use crate::contract::route::Endpoint::{GetProjectSecrets, RotateEncryptionKey};
use crate::harness::{Case, Judged};
use crate::suite::server::context::Context;
use crate::suite::server::key::opens_to;
use crate::suite::server::needs;
use crate::suite::server::steps::probe::{Breaks, probe};
use crate::suite::server::steps::project::{FIRST, Project, SECOND, create_client_project, store};
use crate::suite::server::steps::refusal::{Reason, Twin, refused};
use crate::suite::server::steps::rotations::{ROTATIONS, Rotated, Rotations, await_job, rotate};
use crate::suite::server::steps::site::SERVER_SITE;
use crate::suite::server::steps::snapshot::Snapshot;
use crate::suite::server::wire::call::Call;
use crate::suite::server::wire::reply::number;

pub(super) fn cases() -> Vec<Case<Context>> {
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
        compares_server(
            "server/rotate/scope",
            "rotate-scope",
            (probe, (RotateEncryptionKey, Breaks::ScopeOnce, Reason::Refused)),
        )
        .on(SERVER_SITE)
        .on(ROTATIONS)
        .needs(needs::LIMITED_TOKENS)
        .rotations(1),
        compares_server(
            "server/rotate/no-token",
            "token-required",
            (probe, (RotateEncryptionKey, Breaks::NoToken, Reason::Status(401))),
        )
        .on(SERVER_SITE)
        .on(ROTATIONS)
        .needs(needs::QUOTA)
        .rotations(2),
        compares_server(
            "server/rotate/unknown-project",
            "unknown-project",
            (probe, (RotateEncryptionKey, Breaks::UnknownProject, Reason::Refused)),
        )
        .on(SERVER_SITE)
        .on(ROTATIONS)
        .needs(needs::QUOTA)
        .rotations(1),
        case("server/rotate/shape", "rotate-shape", shape).on(ROTATIONS).late(),
    ]
}

impl Rotations {
    fn each(&self) -> [&Rotated; 3] {
        [&self.keep, &self.re_encrypt, &self.plain]
    }
}

async fn new_key(context: &Context) -> Judged {
    let rotations = context.rotations().await?;
    for rotated in rotations.each() {
        let now = context.descriptor(&rotated.slug).await?;
        if now["version"] == rotated.before["version"] || now["key"] == rotated.before["key"] {
            return Err(rotated.answer.mismatch(
                "after a rotation the active key is the old one",
                "a descriptor with a new version and a new key",
                "the version or the key from before",
            ));
        }
        let answered = &rotated.answer.json["data"]["key"]["attributes"];
        if answered["key"] != now["key"] || number(&answered["version"]) != number(&now["version"])
        {
            return Err(rotated.answer.mismatch(
                "the rotation answers with another key than the descriptor",
                "the key and the version of the descriptor",
                "another key or version",
            ));
        }
    }
    Ok(())
}

async fn current_secrets(context: &Context) -> Judged {
    let rotations = context.rotations().await?;
    for rotated in rotations.each() {
        let key = context.server_key(&rotated.slug).await?;
        let secrets = Call::to(GetProjectSecrets, &[&rotated.slug]);
        let reply = context.succeed(200, &secrets).await?;
        let content = reply.text("/data/attributes/levels/project/content")?;
        if opens_to(&key, content, SECOND) {
            continue;
        }
        let got = if opens_to(&rotated.old, content, SECOND) {
            "it opens under the key from before the rotation"
        } else {
            "it opens under neither key"
        };
        return Err(reply.mismatch(
            "a current secret does not open under the key that the descriptor returns",
            "after a rotation every current secret opens under the new key",
            got,
        ));
    }
    Ok(())
}

async fn keep(context: &Context) -> Judged {
    let rotations = context.rotations().await?;
    let content = rotations.keep.content(context).await?;
    if opens_to(&rotations.keep.old, &content, FIRST) {
        return Ok(());
    }
    Err(rotations.keep.answer.mismatch(
        "`keep` does not leave a historical version under the old key",
        "the version opens under the key from before the rotation",
        "it does not",
    ))
}

async fn re_encrypt(context: &Context) -> Judged {
    let rotations = context.rotations().await?;
    moved(context, &rotations.re_encrypt).await
}

async fn moved(context: &Context, rotated: &Rotated) -> Judged {
    let new = context.server_key(&rotated.slug).await?;
    if opens_to(&new, &rotated.content(context).await?, FIRST) {
        return Ok(());
    }
    let seconds = context.server().job_wait().as_secs();
    Err(rotated.answer.mismatch(
        "`re_encrypt` does not move a historical version onto the new key",
        format!("the version opens under the new key within {seconds} s"),
        "1 of 1 versions not moved",
    ))
}

async fn project_setting(context: &Context) -> Judged {
    let rotated = rotate(context, None, Some("re_encrypt")).await?;
    await_job(context, &rotated).await?;
    moved(context, &rotated).await
}

/// In a project of its own: what a server makes of it that does not refuse is of no use to others.
async fn client_managed(context: &Context) -> Judged {
    context.rotations().await?;
    let key = context.client_key(0).await?;
    let project = Project::new(create_client_project(context, &key, None).await?, Custody::Client);
    store(context, &project, None, &key.seal(SECOND)?, Some(&key)).await?;
    let wrong = Call::to(RotateEncryptionKey, &[&project.slug]);
    refused(context, &project, &wrong, Reason::Status(400), Twin::Shared).await
}

async fn bad_policy(context: &Context) -> Judged {
    context.rotations().await?;
    let site = context.server_site().await?;
    let site = site.lock(context).await?;
    let wrong = Call::to(RotateEncryptionKey, &[&site.project.slug])
        .json(&json!({"history_policy": "discard"}))
        .breaking("history_policy");
    refused(context, site.project, &wrong, Reason::Status(422), Twin::Shared).await
}

async fn shape(context: &Context) -> Judged {
    context.rotations().await?;
    context.judge_shape(RotateEncryptionKey)
}
