//! Another organization's projects cannot be read, named or changed.

use serde_json::Value;

use super::row::{LOOKS, compares};
use crate::contract::route::Endpoint::{
    self, GetEncryptionKey, GetKeyHistory, GetProjectSecrets, GetVersion, ListPending,
    RotateClientKeys, RotateEncryptionKey, StoreSecrets, SubmitReencrypted,
};
use crate::harness::{Case, Check, Judged, Stop};
use crate::suite::server::context::Context;
use crate::suite::server::needs;
use crate::suite::server::steps::refusal::{Reason, Twin, refusals};
use crate::suite::server::steps::site::{
    CLIENT_SITE, OTHER_CLIENT_SITE, OTHER_SERVER_SITE, row_id,
};
use crate::suite::server::wire::call::{Bearer, Call};
use crate::suite::server::wire::reply::Reply;

pub(super) fn cases() -> Vec<Case<Context>> {
    vec![
        isolated("server/isolation/descriptor", (isolated_from, GetEncryptionKey))
            .on(OTHER_SERVER_SITE),
        isolated_client("server/isolation/history", GetKeyHistory),
        isolated("server/isolation/rotate", (isolated_from, RotateEncryptionKey))
            .on(OTHER_SERVER_SITE)
            .needs(needs::QUOTA)
            .requests(28)
            .rotations(3),
        isolated_client("server/isolation/client-rotation", RotateClientKeys),
        isolated_client("server/isolation/pending", ListPending),
        isolated_client("server/isolation/submit", SubmitReencrypted),
        isolated_client("server/isolation/store", StoreSecrets),
        isolated_client("server/isolation/secrets", GetProjectSecrets),
        isolated("server/isolation/version-ids", version_ids)
            .on(OTHER_CLIENT_SITE)
            .on(CLIENT_SITE)
            .needs(needs::SECRET_IDS),
        compares("server/isolation/not-found", "isolation-not-found", not_found)
            .on(OTHER_SERVER_SITE)
            .needs(needs::OTHER_ORGANIZATION),
    ]
}

fn isolated(id: &'static str, check: impl Check<Context>) -> Case<Context> {
    compares(id, "organizations-isolated", check)
        .needs(needs::OTHER_ORGANIZATION)
        .requests(LOOKS + 10)
}

fn isolated_client(id: &'static str, endpoint: Endpoint) -> Case<Context> {
    isolated(id, (isolated_from, endpoint)).on(OTHER_CLIENT_SITE).needs(needs::SECRET_IDS)
}

/// The request that the other organization's own token sends, sent with ours.
async fn isolated_from(context: &Context, endpoint: Endpoint) -> Judged {
    judge(context, endpoint, Reason::Refused).await
}

async fn not_found(context: &Context) -> Judged {
    judge(context, GetEncryptionKey, Reason::Status(404)).await
}

async fn judge(context: &Context, endpoint: Endpoint, reason: Reason) -> Judged {
    let site = match endpoint {
        GetEncryptionKey | RotateEncryptionKey => context.other_server_site().await?,
        _ => context.other_client_site().await?,
    };
    let mut site = site.lock(context).await?;
    let project = site.project;
    let theirs = match endpoint {
        // Where a project's setting is `re_encrypt`, a job would go on changing what is compared.
        RotateEncryptionKey => {
            let keep = serde_json::json!({"history_policy": "keep"});
            project.own(Call::to(endpoint, &[&project.slug]).json(&keep))
        }
        _ => site.request(context, endpoint).await?,
    };
    // Their path, and their project under our own path: a look-up by slug alone finds it there.
    let with_our_token = theirs.clone().bearer(Bearer::Full);
    let under_our_path = with_our_token.clone().organization(context.server().organization());
    let ours = [with_our_token, under_our_path];
    let descriptor = project.descriptor(context).await?;
    let replies = refusals(context, project, &ours, reason, Twin::Call(theirs)).await?;
    for reply in &replies {
        shows_nothing(reply, &[&descriptor["key"], &descriptor["key_check_salt"]])?;
    }
    Ok(())
}

fn shows_nothing(reply: &Reply, secrets: &[&Value]) -> Judged {
    let answer = reply.json.to_string();
    let leaks =
        secrets.iter().filter_map(|secret| secret.as_str()).any(|secret| answer.contains(secret));
    if !leaks {
        Ok(())
    } else {
        Err(reply.mismatch(
            "an answer shows something of another organization's project",
            "nothing of the project in the answer",
            "its key, its salt or a blob",
        ))
    }
}

/// Their version by its row id: under their path, under ours, and in a submit of our own project.
async fn version_ids(context: &Context) -> Judged {
    let theirs = context.other_client_site().await?;
    let mut theirs = theirs.lock(context).await?;
    theirs.make_pending(context).await?;
    let Some(row) = theirs.pending(context).await?.first().cloned() else {
        return Err(Stop::CouldNotRun("no version of theirs is pending".to_owned()));
    };
    let id = row["id"].to_string();
    let read = theirs.project.own(Call::to(GetVersion, &[&id]));
    context.prepare("reading a version with their token", &read).await?;
    let reply = context.send(&read.clone().bearer(Bearer::Full)).await?;
    Reason::Refused.judge(&reply)?;
    shows_nothing(&reply, &[&row["content"]])?;
    let reply = context.send(&Call::to(GetVersion, &[&id])).await?;
    shows_nothing(&reply, &[&row["content"]])?;

    let site = context.client_site().await?;
    let mut ours = site.lock(context).await?;
    let mut body = ours.submission(context).await?;
    body["versions"][0]["id"] = row_id(&row)?.into();
    let reply = context.send(&ours.submit(&body)).await?;
    let now = context.prepare("reading a version with their token", &read).await?;
    if now.json["data"]["content"] == row["content"] {
        Ok(())
    } else {
        Err(reply.mismatch(
            "a submit has changed a version of another organization",
            "their version as it was",
            "another blob",
        ))
    }
}
