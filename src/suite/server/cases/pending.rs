//! POST secrets/re-encrypt-history/pending.

use serde_json::json;

use super::row::{case, compares, compares_server, probed};
use crate::contract::route::Endpoint::{GetKeyHistory, GetVersion, ListPending};
use crate::harness::{Case, Judged, Stop};
use crate::suite::server::context::Context;
use crate::suite::server::needs;
use crate::suite::server::steps::probe::Breaks;
use crate::suite::server::steps::refusal::{Reason, without_effect};
use crate::suite::server::steps::site::{CLIENT_SITE, SERVER_SITE};
use crate::suite::server::wire::call::Call;
use crate::suite::server::wire::reply::number;

pub(super) fn cases() -> Vec<Case<Context>> {
    vec![
        compares("server/pending/older-versions", "pending-lists", older_versions)
            .on(CLIENT_SITE)
            .needs(needs::SECRET_IDS)
            .requests(6),
        compares("server/pending/limit", "pending-limit", limit)
            .on(CLIENT_SITE)
            .needs(needs::SECRET_IDS)
            .requests(7),
        compares("server/pending/remaining", "pending-remaining", remaining)
            .on(CLIENT_SITE)
            .needs(needs::SECRET_IDS)
            .requests(6),
        case("server/pending/limit-bounds", "pending-limit-bounds", limit_bounds)
            .on(CLIENT_SITE)
            .needs(needs::SECRET_IDS)
            .requests(4),
        compares("server/pending/held", "pending-conflict", conflict)
            .on(CLIENT_SITE)
            .needs(needs::CONTROL)
            .requests(6),
        compares_server("server/pending/server-managed", "pending-server-custody", server_managed)
            .on(SERVER_SITE),
        probed(
            "server/pending/no-token",
            "token-required",
            (ListPending, Breaks::NoToken, Reason::Status(401)),
        ),
        probed(
            "server/pending/scope",
            "pending-scope",
            (ListPending, Breaks::Scope, Reason::Refused),
        ),
        probed(
            "server/pending/unknown-project",
            "unknown-project",
            (ListPending, Breaks::UnknownProject, Reason::Refused),
        ),
        case("server/pending/shape", "pending-shape", shape).on(CLIENT_SITE).late(),
    ]
}

async fn older_versions(context: &Context) -> Judged {
    let site = context.client_site().await?;
    let mut site = site.lock(context).await?;
    site.rotate(context).await?;
    let slug = site.project.slug.as_str();
    let history = context.succeed(200, &Call::to(GetKeyHistory, &[slug])).await?;
    let rotated: Vec<_> = history
        .list("/data")?
        .iter()
        .filter(|entry| entry["is_active"] == false)
        .map(|entry| number(&entry["version"]))
        .collect();
    let reply = context.succeed(200, &Call::to(ListPending, &[slug])).await?;
    let rows = reply.list("/data")?;
    if rows.is_empty() {
        return Err(reply.mismatch(
            "versions under an older key are not listed",
            "at least one row after a client rotation",
            "no row",
        ));
    }
    for row in rows {
        if !rotated.contains(&number(&row["key_version"])) {
            return Err(reply.mismatch(
                "a pending version is not under a rotated key of the history",
                "a key_version that the history shows as not active",
                row["key_version"].to_string(),
            ));
        }
    }
    let id = rows[0]["id"].to_string();
    let version = context.succeed(200, &Call::to(GetVersion, &[&id])).await?;
    if version.json["data"]["content"] != rows[0]["content"] {
        return Err(reply.mismatch(
            "a pending row does not hold the blob of its version",
            "the content of the version with that id",
            "another content",
        ));
    }
    Ok(())
}

async fn limit(context: &Context) -> Judged {
    let site = context.client_site().await?;
    let mut site = site.lock(context).await?;
    site.rotate(context).await?;
    for limit in [50, 100, 1, 2] {
        let call = Call::to(ListPending, &[&site.project.slug]).json(&json!({"limit": limit}));
        let reply = context.send(&call).await?;
        // Which limits are in range is the server's choice, but for these two.
        if [50, 100].contains(&limit) && reply.status != 200 {
            return Err(reply.mismatch(
                "a limit that clients send is refused",
                "200 for 50 and for 100",
                reply.outcome(),
            ));
        }
        if !reply.is_success() {
            continue;
        }
        let rows = reply.list("/data")?.len();
        if rows > limit {
            return Err(reply.mismatch(
                "pending gives more rows than the limit",
                format!("at most {limit}"),
                rows.to_string(),
            ));
        }
    }
    Ok(())
}

async fn remaining(context: &Context) -> Judged {
    let site = context.client_site().await?;
    let mut site = site.lock(context).await?;
    site.make_pending(context).await?;
    let all = site.pending(context).await?.len();
    let page = Call::to(ListPending, &[&site.project.slug]).json(&json!({"limit": 1}));
    let reply = context.prepare("listing one pending version", &page).await?;
    let rows = reply.list("/data")?.len();
    if all <= rows {
        return Err(Stop::CouldNotRun(
            "no more versions are pending than one page holds".to_owned(),
        ));
    }
    // Whether the rows of the page itself count is documented nowhere.
    match reply.number("/meta/remaining")? {
        0 => Err(reply.mismatch(
            "meta.remaining is 0 while more versions are pending than the page holds",
            format!("more than 0: {} are pending beyond the page", all - rows),
            "0",
        )),
        _ => Ok(()),
    }
}

async fn limit_bounds(context: &Context) -> Judged {
    let site = context.client_site().await?;
    let site = site.lock(context).await?;
    for limit in [json!(0), json!(101), json!("50")] {
        let call = Call::to(ListPending, &[&site.project.slug]).json(&json!({"limit": limit}));
        let reply = context.send(&call.breaking("limit")).await?;
        if reply.status != 422 {
            return Err(reply.mismatch(
                "a limit out of its range is not refused",
                "422",
                reply.outcome(),
            ));
        }
    }
    Ok(())
}

async fn conflict(context: &Context) -> Judged {
    let site = context.client_site().await?;
    let site = site.lock(context).await?;
    let slug = site.project.slug.as_str();
    let call = Call::to(ListPending, &[slug]);
    context.control("hold", needs::CONTROL, slug, json!({})).await?;
    let reply = context.send(&call).await;
    context.control("release", needs::CONTROL, slug, json!({})).await?;
    let reply = reply?;
    if reply.status == 409 {
        return context.succeed(200, &call).await.map(|_| ());
    }
    Err(reply.mismatch(
        "pending does not conflict with a rotation in progress",
        "409",
        reply.outcome(),
    ))
}

async fn server_managed(context: &Context) -> Judged {
    let site = context.server_site().await?;
    let site = site.lock(context).await?;
    let call = Call::to(ListPending, &[&site.project.slug]);
    without_effect(context, site.project, &call).await
}

async fn shape(context: &Context) -> Judged {
    let site = context.client_site().await?;
    let call = Call::to(ListPending, &[&site.project.slug]);
    context.prepare("listing pending versions", &call).await?;
    context.judge_shape(ListPending)
}
