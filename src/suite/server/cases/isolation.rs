//! Another organization's projects cannot be read, named or changed.

use serde_json::{Value, json};

use super::row::{Id, LOOKS, ServerCase, compares};
use crate::contract::route::Endpoint::{
    self, DeleteVersion, GetEncryptionKey, GetKeyHistory, GetProjectSecrets, GetVersion,
    ListPending, RotateClientKeys, RotateEncryptionKey, StoreSecrets, SubmitReencrypted,
};
use crate::harness::{Check, Judged, Stop};
use crate::suite::server::steps::{
    CLIENT_SITE, OTHER_CLIENT_SITE, OTHER_SERVER_SITE, Reason, Twin, refusals, row_id,
};
use crate::suite::server::wire::{Address, Bearer, Call, Reply};
use crate::suite::server::{Context, needs};

pub(super) fn cases() -> Vec<ServerCase> {
    vec![
        isolated("server/isolation/descriptor", (judge, (GetEncryptionKey, Reason::Refused)))
            .on(OTHER_SERVER_SITE),
        of_client("server/isolation/history", GetKeyHistory),
        isolated("server/isolation/rotate", (judge, (RotateEncryptionKey, Reason::Refused)))
            .on(OTHER_SERVER_SITE)
            .needs(needs::QUOTA)
            .requests(28)
            .rotations(3),
        of_client("server/isolation/client-rotation", RotateClientKeys),
        of_client("server/isolation/pending", ListPending),
        of_client("server/isolation/submit", SubmitReencrypted),
        of_client("server/isolation/store", StoreSecrets),
        of_client("server/isolation/secrets", GetProjectSecrets),
        isolated("server/isolation/version-ids", version_ids)
            .on(OTHER_CLIENT_SITE)
            .on(CLIENT_SITE)
            .needs(needs::SECRET_IDS),
        isolated("server/isolation/version-writes", version_writes)
            .on(OTHER_CLIENT_SITE)
            .needs(needs::SECRET_IDS)
            .requests(LOOKS + 12),
        compares(
            "server/isolation/not-found",
            "isolation-not-found",
            (judge, (GetEncryptionKey, Reason::Status(404))),
        )
        .on(OTHER_SERVER_SITE)
        .needs(needs::OTHER_ORGANIZATION),
    ]
}

fn isolated(id: Id, check: impl Check<Context>) -> ServerCase {
    compares(id, "organizations-isolated", check)
        .needs(needs::OTHER_ORGANIZATION)
        .requests(LOOKS + 10)
}

fn of_client(id: Id, endpoint: Endpoint) -> ServerCase {
    let case = isolated(id, (judge, (endpoint, Reason::Refused)));
    case.on(OTHER_CLIENT_SITE).needs(needs::SECRET_IDS)
}

/// The request that the other organization's own token sends, sent with ours.
async fn judge(context: &Context, (endpoint, reason): (Endpoint, Reason)) -> Judged {
    let mut site = match endpoint {
        GetEncryptionKey | RotateEncryptionKey => context.lock(OTHER_SERVER_SITE).await?,
        _ => context.lock(OTHER_CLIENT_SITE).await?,
    };
    let theirs = match endpoint {
        // Where a project's setting is `re_encrypt`, a job would go on changing what is compared.
        RotateEncryptionKey => site.project.call(endpoint).json(&json!({"history_policy": "keep"})),
        _ => site.request(context, endpoint).await?,
    };
    // Their path, and their project under our own path: a look-up by slug alone finds it there.
    let with_our_token = theirs.clone().bearer(Bearer::Full);
    let under_our_path = with_our_token.clone().organization(context.server().organization());
    let ours = [with_our_token, under_our_path];
    let descriptor = site.project.descriptor(context).await?;
    let replies = refusals(context, &site.project, &ours, reason, Twin::Call(theirs)).await?;
    let secrets = [&descriptor["key"], &descriptor["key_check_salt"]];
    replies.iter().try_for_each(|reply| shows_none(reply, &secrets))
}

/// Their version, restored and deleted with our token. Only where its id is none of ours: elsewhere that would be our own.
async fn version_writes(context: &Context) -> Judged {
    let mut theirs = context.lock(OTHER_CLIENT_SITE).await?;
    let right = theirs.restore(context).await?;
    let Address::Endpoint { segments, .. } = &right.to else {
        return Err(Stop::Harness("a restore goes to an endpoint".to_owned()));
    };
    let ours = context.server().organization();
    let delete = theirs.project.own(Call::to(DeleteVersion, &[&segments[0]]));
    let read = theirs.project.own(Call::to(GetVersion, &[&segments[0]])).bearer(Bearer::Full);
    let both = |call: &Call| [call.clone(), call.clone().organization(ours)];
    for read in both(&read) {
        if context.send(&read).await?.is_success() {
            return Ok(());
        }
    }
    let wrongs = [&right, &delete].map(|call| both(&call.clone().bearer(Bearer::Full)));
    let twin = Twin::Call(right.clone());
    refusals(context, &theirs.project, &wrongs.concat(), Reason::Refused, twin).await.map(|_| ())
}

fn shows_none(reply: &Reply, secrets: &[&Value]) -> Judged {
    let answer = reply.json.to_string();
    let mut texts = secrets.iter().filter_map(|secret| secret.as_str());
    reply.ensure(
        !texts.any(|text| answer.contains(text)),
        "an answer shows something of another organization's project",
        "nothing of the project in the answer",
        "its key, its salt or a blob",
    )
}

/// Their version by its row id: under their path, under ours, and in a submit of our own project.
async fn version_ids(context: &Context) -> Judged {
    let mut theirs = context.lock(OTHER_CLIENT_SITE).await?;
    theirs.make_pending(context).await?;
    let Some(row) = theirs.pending(context).await?.first().cloned() else {
        return Err(Stop::CouldNotRun("no version of theirs is pending".to_owned()));
    };
    let call = Call::to(GetVersion, &[&row["id"].to_string()]);
    let read = theirs.project.own(call.clone());
    context.prepare("reading a version with their token", &read).await?;
    let reply = context.send(&read.clone().bearer(Bearer::Full)).await?;
    Reason::Refused.judge(&reply)?;
    shows_none(&reply, &[&row["content"]])?;
    let reply = context.send(&call).await?;
    shows_none(&reply, &[&row["content"]])?;

    let mut ours = context.lock(CLIENT_SITE).await?;
    let submit = ours.submission(context).await?;
    let mut versions = submit.body()["versions"].clone();
    versions[0]["id"] = row_id(&row)?.into();
    let reply = context.send(&submit.member("versions", versions)).await?;
    let now = context.prepare("reading a version with their token", &read).await?;
    reply.ensure(
        now.json["data"]["content"] == row["content"],
        "a submit has changed a version of another organization",
        "their version as it was",
        "another blob",
    )
}
