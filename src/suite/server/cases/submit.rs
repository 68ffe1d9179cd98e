//! POST secrets/re-encrypt-history.

use serde_json::json;

use super::row::{
    ServerCase, compares, compares_server, no_token, on_client_site, probed, probed_by, scope,
    unknown_project,
};
use crate::contract::route::Endpoint::{ListPending, SubmitReencrypted};
use crate::harness::{Judged, Stop};
use crate::suite::server::steps::Breaks::{MissingProof, StaleProof, UnknownVersion, WrongProof};
use crate::suite::server::steps::{
    CLIENT_SITE, FIRST, NO_ROW, Probe, SERVER_SITE, SecretIds, Snapshot, established, row_id,
    says_the_same, secret_ids, seen, without_effect,
};
use crate::suite::server::wire::{Reply, number, with_members};
use crate::suite::server::{Context, needs};

/// A batch with a version that does not exist.
const UNKNOWN: Probe = (SubmitReencrypted, UnknownVersion);

pub(super) fn cases() -> Vec<ServerCase> {
    vec![
        on_client_site("server/submit/moves", "submit-moves", moves).requests(9),
        compares("server/submit/until-none-remain", "submit-until-none-remain", until_none_remain)
            .on(CLIENT_SITE)
            .needs(needs::SECRET_IDS)
            .requests(27 + SecretIds::most(2)),
        probed("server/submit/wrong-proof", "submit-wrong-proof", (SubmitReencrypted, WrongProof)),
        probed(
            "server/submit/missing-proof",
            "write-needs-proof",
            (SubmitReencrypted, MissingProof),
        ),
        probed("server/submit/stale-proof", "submit-stale-proof", (SubmitReencrypted, StaleProof)),
        probed_by("server/submit/atomic", "submit-atomic", UNKNOWN, atomic),
        probed("server/submit/unknown-version", "submit-unknown-version", UNKNOWN),
        on_client_site("server/submit/resubmission", "submit-idempotent", resubmission).requests(8),
        compares_server("server/submit/server-managed", "submit-server-custody", server_managed)
            .on(SERVER_SITE),
        no_token("server/submit/no-token", SubmitReencrypted),
        scope("server/submit/scope", "submit-scope", SubmitReencrypted),
        unknown_project("server/submit/unknown-project", SubmitReencrypted),
        on_client_site("server/submit/shape", "submit-shape", shape).requests(8).late(),
    ]
}

async fn moves(context: &Context) -> Judged {
    let mut site = context.lock(CLIENT_SITE).await?;
    let submit = site.submission(context).await?;
    let reply = context.succeed(200, &submit).await?;
    reply.ensure(
        number(&reply.json["data"]["updated"]) == Some(1),
        "data.updated is not the number of versions that were sent",
        "1",
        reply.json["data"]["updated"].to_string(),
    )?;
    let sent = &submit.body()["versions"][0];
    let version = context.version(&sent["id"].to_string()).await?;
    version.ensure(
        version.json["data"]["content"] == sent["content"],
        "a submitted version does not hold the blob that was sent",
        "the blob under the new key",
        "another blob",
    )?;
    let pending = site.pending(context).await?;
    reply.ensure(
        pending.iter().all(|row| row["id"] != sent["id"]),
        "a submitted version is still pending",
        "the version is not listed any more",
        "it is listed",
    )?;
    let what = "a submitted version says something else of its key than was established";
    let active = json!({"is_active": true});
    let known = with_members(established(&*site.key(context).await?), active);
    says_the_same(&version, what, &version.json["data"]["key"], &known)
}

/// Batches of one at first, so that "repeat until remaining is 0" is really repeated; then of all that
/// is listed: how many versions a server keeps is its own affair.
async fn until_none_remain(context: &Context) -> Judged {
    const MOST: usize = 8;
    const LISTED: usize = 50;
    let of_one = if context.shared.is_thrifty { 1 } else { 4 };
    let mut site = context.lock_own().await?;
    // Without the ids nothing is pending, which is no failure of the server.
    secret_ids(context, &site.project, Some(&*site.key(context).await?)).await?;
    // Others may have moved all that was.
    if context.shared.is_thrifty && !site.has_pending(context, 2).await? {
        site.make_pending(context).await?;
    }
    let key = site.key(context).await?;
    let list = site.project.call(ListPending).json(&json!({"limit": LISTED}));
    let mut last: Option<Reply> = None;
    let mut submits = 0;
    loop {
        let pending = context.succeed(200, &list).await?;
        let rows = pending.list("/data")?;
        if rows.is_empty() {
            return Err(match (pending.number("/meta/remaining")?, last) {
                // Who counts by what submit answers would go on for ever.
                (0, Some(last)) => last.mismatch(
                    "remaining does not reach 0",
                    "data.remaining 0 once no version is pending",
                    last.json["data"]["remaining"].to_string(),
                ),
                (0, None) => pending.mismatch(
                    "versions under an older key are not listed",
                    "at least one row after a client rotation",
                    "no row",
                ),
                (count, _) => pending.mismatch(
                    "versions remain that pending does not list",
                    "0 remaining with an empty list",
                    count.to_string(),
                ),
            });
        }
        let batch = if submits < of_one { 1 } else { LISTED };
        let mut versions = Vec::new();
        for row in rows.iter().take(batch) {
            versions.push(json!({"id": row_id(row)?, "content": key.seal(FIRST)?}));
        }
        let reply = context.succeed(200, &site.submit(&key, versions)).await?;
        let remaining = reply.number("/data/remaining")?;
        if remaining == 0 {
            let pending = context.succeed(200, &list).await?;
            let rows = pending.list("/data")?.len();
            pending.ensure(
                rows == 0,
                "versions are pending although none remain",
                "no row after remaining was 0",
                format!("{rows} rows"),
            )?;
            let left = pending.number("/meta/remaining")?;
            let what = "versions remain that pending does not list";
            return pending.ensure(
                left == 0,
                what,
                "0 remaining with an empty list",
                left.to_string(),
            );
        }
        submits += 1;
        if submits == MOST {
            let before = last.map(|last| last.number("/data/remaining")).transpose()?;
            if before.is_some_and(|before| remaining < before) {
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

/// Whether a batch with an unknown version is refused is the server's choice; if it is, the others of it
/// must not have moved.
async fn atomic(context: &Context) -> Judged {
    let seen = seen(context, UNKNOWN).await?;
    let refused = seen.replies().find(|reply| !reply.is_success());
    match (refused, &seen.changed) {
        (Some(reply), Some(changed)) => Err(reply.mismatch(
            "a refused submit has stored a part of its batch",
            "nothing changed",
            format!("{}, and a change of: {changed}", reply.outcome()),
        )),
        _ => Ok(()),
    }
}

async fn resubmission(context: &Context) -> Judged {
    let mut site = context.lock(CLIENT_SITE).await?;
    let submit = site.submission(context).await?;
    context.succeed(200, &submit).await?;
    let again = context.send(&submit).await?;
    again.ensure(
        again.is_success() && again.json["data"]["updated"] == 0,
        "a version that was moved already is not skipped",
        "200 with updated 0",
        again.outcome(),
    )
}

async fn server_managed(context: &Context) -> Judged {
    let site = context.lock(SERVER_SITE).await?;
    let key = context.client_key(0).await?;
    let list = site.project.versions(json!({"per_page": Snapshot::LISTED}));
    let list = context.look_up("listing versions", &list).await?;
    let row = list.json["data"][0]["id"].as_str().and_then(|id| id.parse().ok());
    let version = json!({"id": row.unwrap_or(NO_ROW), "content": key.seal(FIRST)?});
    without_effect(context, &site.project, &site.submit(&key, vec![version])).await
}

async fn shape(context: &Context) -> Judged {
    let asked = async {
        let mut site = context.lock(CLIENT_SITE).await?;
        if context.shared.is_thrifty && context.has_accepted(&site.project.call(SubmitReencrypted))
        {
            return Ok(());
        }
        let submit = site.submission(context).await?;
        context.prepare("submitting a version", &submit).await.map(drop)
    };
    context.judge_shapes(&[SubmitReencrypted], asked).await
}
