//! POST secrets/re-encrypt-history.

use serde_json::{Value, json};

use super::row::{compares, compares_server, probed};
use crate::contract::route::Endpoint::{GetVersion, ListPending, ListVersions, SubmitReencrypted};
use crate::harness::{Case, Check, Judged, Stop};
use crate::suite::server::context::Context;
use crate::suite::server::needs;
use crate::suite::server::steps::probe::Breaks;
use crate::suite::server::steps::project::FIRST;
use crate::suite::server::steps::refusal::{Reason, Twin, accepted, refused, without_effect};
use crate::suite::server::steps::secret_ids::{SecretIds, secret_ids};
use crate::suite::server::steps::site::{CLIENT_SITE, SERVER_SITE, Site, row_id};
use crate::suite::server::steps::snapshot::Snapshot;
use crate::suite::server::wire::call::Call;
use crate::suite::server::wire::reply::Reply;
use crate::suite::server::wire::reply::number;

/// A row that no version has.
const NO_ROW: i64 = i64::MAX;

pub(super) fn cases() -> Vec<Case<Context>> {
    vec![
        on_site("server/submit/moves", "submit-moves", moves).requests(9),
        compares("server/submit/until-none-remain", "submit-until-none-remain", until_none_remain)
            .needs(needs::SECRET_IDS)
            .requests(27 + SecretIds::most(2)),
        on_site("server/submit/wrong-proof", "submit-wrong-proof", wrong_proof),
        on_site("server/submit/missing-proof", "write-needs-proof", missing_proof),
        on_site("server/submit/stale-proof", "submit-stale-proof", stale_proof),
        on_site("server/submit/atomic", "submit-atomic", atomic),
        on_site("server/submit/unknown-version", "submit-unknown-version", unknown_version),
        on_site("server/submit/resubmission", "submit-idempotent", resubmission).requests(8),
        compares_server("server/submit/server-managed", "submit-server-custody", server_managed)
            .on(SERVER_SITE),
        probed(
            "server/submit/no-token",
            "token-required",
            (SubmitReencrypted, Breaks::NoToken, Reason::Status(401)),
        ),
        probed(
            "server/submit/scope",
            "submit-scope",
            (SubmitReencrypted, Breaks::Scope, Reason::Refused),
        ),
        probed(
            "server/submit/unknown-project",
            "unknown-project",
            (SubmitReencrypted, Breaks::UnknownProject, Reason::Refused),
        ),
        on_site("server/submit/shape", "submit-shape", shape).requests(8).late(),
    ]
}

fn on_site(
    id: &'static str,
    requirement: &'static str,
    check: impl Check<Context>,
) -> Case<Context> {
    compares(id, requirement, check).on(CLIENT_SITE).needs(needs::SECRET_IDS)
}

async fn moves(context: &Context) -> Judged {
    let site = context.client_site().await?;
    let mut site = site.lock(context).await?;
    let body = site.submission(context).await?;
    let reply = context.succeed(200, &site.submit(&body)).await?;
    if number(&reply.json["data"]["updated"]) != Some(1) {
        return Err(reply.mismatch(
            "data.updated is not the number of versions that were sent",
            "1",
            reply.json["data"]["updated"].to_string(),
        ));
    }
    let sent = &body["versions"][0];
    let id = sent["id"].to_string();
    let version = context.succeed(200, &Call::to(GetVersion, &[&id])).await?;
    if version.json["data"]["content"] != sent["content"] {
        return Err(version.mismatch(
            "a submitted version does not hold the blob that was sent",
            "the blob under the new key",
            "another blob",
        ));
    }
    let pending = site.pending(context).await?;
    if pending.iter().any(|row| row["id"] == sent["id"]) {
        return Err(reply.mismatch(
            "a submitted version is still pending",
            "the version is not listed any more",
            "it is listed",
        ));
    }
    Ok(())
}

/// Batches of one at first, so that "repeat until remaining is 0" is really repeated; then of all that
/// is listed: how many versions a server keeps is its own affair.
async fn until_none_remain(context: &Context) -> Judged {
    const MOST: usize = 8;
    const OF_ONE: usize = 4;
    const LISTED: usize = 50;
    let site = Site::client(context, None).await?;
    let site = site.lock(context).await?;
    let key = site.key(context).await?;
    // Without the ids nothing is pending, which is no failure of the server.
    secret_ids(context, site.project, Some(&key)).await?;
    let mut submits = 0;
    let mut last: Option<Reply> = None;
    loop {
        let list = Call::to(ListPending, &[&site.project.slug]).json(&json!({"limit": LISTED}));
        let pending = context.succeed(200, &list).await?;
        let rows = pending.list("/data")?;
        if rows.is_empty() {
            return match (pending.number("/meta/remaining")?, last) {
                // Who counts by what submit answers would go on for ever.
                (0, Some(last)) => Err(last.mismatch(
                    "remaining does not reach 0",
                    "data.remaining 0 once no version is pending",
                    last.json["data"]["remaining"].to_string(),
                )),
                (0, None) => Err(pending.mismatch(
                    "versions under an older key are not listed",
                    "at least one row after a client rotation",
                    "no row",
                )),
                (count, _) => Err(pending.mismatch(
                    "versions remain that pending does not list",
                    "0 remaining with an empty list",
                    count.to_string(),
                )),
            };
        }
        let batch = if submits < OF_ONE { 1 } else { LISTED };
        let mut versions = Vec::new();
        for row in rows.iter().take(batch) {
            versions.push(json!({"id": row_id(row)?, "content": key.seal(FIRST)?}));
        }
        let body = json!({"versions": versions, "key_proof": key.proof.key_check});
        let reply = context.succeed(200, &site.submit(&body)).await?;
        let remaining = reply.number("/data/remaining")?;
        if remaining == 0 {
            let last = context.succeed(200, &list).await?;
            return match last.list("/data")?.len() {
                0 => Ok(()),
                rows => Err(last.mismatch(
                    "versions are pending although none remain",
                    "no row after remaining was 0",
                    format!("{rows} rows"),
                )),
            };
        }
        submits += 1;
        if submits == MOST {
            let before = last.map(|last| last.number("/data/remaining"));
            if before.transpose()?.is_some_and(|before| remaining < before) {
                return Err(Stop::CouldNotRun(format!(
                    "more versions are pending than {MOST} submits move"
                )));
            }
            return Err(reply.mismatch(
                "remaining does not reach 0",
                format!("0 after at most {MOST} submits"),
                "more are pending, and no fewer than before the last of them",
            ));
        }
        last = Some(reply);
    }
}

async fn wrong_proof(context: &Context) -> Judged {
    let site = context.client_site().await?;
    let mut site = site.lock(context).await?;
    let right = site.submission(context).await?;
    let mut wrong = right.clone();
    wrong["key_proof"] = json!(crate::crypto::encoding::encode([7; 32]));
    let reason = Reason::Code(422, "key_proof_mismatch");
    let twin = Twin::Call(site.submit(&right));
    refused(context, site.project, &site.submit(&wrong), reason, twin).await
}

async fn missing_proof(context: &Context) -> Judged {
    let site = context.client_site().await?;
    let mut site = site.lock(context).await?;
    let right = site.submission(context).await?;
    let mut wrong = right.clone();
    if let Value::Object(members) = &mut wrong {
        members.remove("key_proof");
    }
    let twin = Twin::Call(site.submit(&right));
    refused(
        context,
        site.project,
        &site.submit(&wrong).breaking("key_proof"),
        Reason::Refused,
        twin,
    )
    .await
}

async fn stale_proof(context: &Context) -> Judged {
    let site = context.client_site().await?;
    let mut site = site.lock(context).await?;
    let right = site.submission(context).await?;
    let mut wrong = right.clone();
    wrong["key_proof"] = json!(site.key_before(context).await?.proof.key_check);
    let twin = Twin::Call(site.submit(&right));
    refused(context, site.project, &site.submit(&wrong), Reason::Status(422), twin).await
}

/// A batch whose second version does not exist. Whether it is refused is the server's choice; if it
/// is, the first must not have moved.
async fn atomic(context: &Context) -> Judged {
    let site = context.client_site().await?;
    let mut site = site.lock(context).await?;
    let right = site.submission(context).await?;
    let call = site.submit(&with_unknown_version(&right));
    let before = Snapshot::before(context, site.project).await?;
    let reply = context.send(&call).await?;
    if reply.is_success() {
        return Ok(());
    }
    let after = Snapshot::after(context, site.project).await?;
    match before.difference(&after) {
        None => accepted(context, Twin::Call(site.submit(&right))).await,
        Some(changed) => Err(reply.mismatch(
            "a refused submit has stored a part of its batch",
            "nothing changed",
            format!("{}, and a change of: {changed}", reply.outcome()),
        )),
    }
}

async fn unknown_version(context: &Context) -> Judged {
    let site = context.client_site().await?;
    let mut site = site.lock(context).await?;
    let right = site.submission(context).await?;
    let wrong = site.submit(&with_unknown_version(&right));
    let twin = Twin::Call(site.submit(&right));
    refused(context, site.project, &wrong, Reason::Status(422), twin).await
}

fn with_unknown_version(right: &Value) -> Value {
    let mut body = right.clone();
    if let Some(versions) = body["versions"].as_array_mut() {
        let mut unknown = versions[0].clone();
        unknown["id"] = json!(NO_ROW);
        versions.push(unknown);
    }
    body
}

async fn resubmission(context: &Context) -> Judged {
    let site = context.client_site().await?;
    let mut site = site.lock(context).await?;
    let body = site.submission(context).await?;
    context.succeed(200, &site.submit(&body)).await?;
    let again = context.send(&site.submit(&body)).await?;
    if again.status == 200 && again.json["data"]["updated"] == 0 {
        return Ok(());
    }
    Err(again.mismatch(
        "a version that was moved already is not skipped",
        "200 with updated 0",
        again.outcome(),
    ))
}

async fn server_managed(context: &Context) -> Judged {
    let site = context.server_site().await?;
    let site = site.lock(context).await?;
    let key = context.client_key(0).await?;
    let list = json!({"project": site.project.slug});
    let list = Call::to(ListVersions, &[]).json(&list);
    let list = context.prepare("listing versions", &list).await?;
    let row: i64 =
        list.json["data"][0]["id"].as_str().and_then(|id| id.parse().ok()).unwrap_or(NO_ROW);
    let body = json!({
        "versions": [{"id": row, "content": key.seal(FIRST)?}],
        "key_proof": key.proof.key_check,
    });
    without_effect(context, site.project, &site.submit(&body)).await
}

async fn shape(context: &Context) -> Judged {
    let site = context.client_site().await?;
    let mut site = site.lock(context).await?;
    let body = site.submission(context).await?;
    let call = site.submit(&body);
    context.prepare("submitting a version", &call).await?;
    context.judge_shape(SubmitReencrypted)
}
