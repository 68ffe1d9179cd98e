//! POST secrets/re-encrypt-history/pending.

use serde_json::json;

use super::row::{
    ServerCase, case, compares, compares_server, no_token, on_client_site, scope, unknown_project,
};
use crate::contract::route::Endpoint::{GetKeyHistory, ListPending};
use crate::harness::{Judged, Stop};
use crate::suite::server::steps::{CLIENT_SITE, SERVER_SITE, without_effect};
use crate::suite::server::wire::number;
use crate::suite::server::{Context, needs};

pub(super) fn cases() -> Vec<ServerCase> {
    vec![
        on_client_site("server/pending/older-versions", "pending-lists", older_versions)
            .requests(6),
        on_client_site("server/pending/limit", "pending-limit", limit).requests(7),
        on_client_site("server/pending/remaining", "pending-remaining", remaining).requests(6),
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
        no_token("server/pending/no-token", ListPending),
        scope("server/pending/scope", "pending-scope", ListPending),
        unknown_project("server/pending/unknown-project", ListPending),
        case("server/pending/shape", "pending-shape", shape).on(CLIENT_SITE).late(),
    ]
}

async fn older_versions(context: &Context) -> Judged {
    let mut site = context.lock(CLIENT_SITE).await?;
    site.rotate(context).await?;
    let history = context.succeed(200, &site.project.call(GetKeyHistory)).await?;
    let entries = history.list("/data")?.iter().filter(|entry| entry["is_active"] == false);
    let rotated: Vec<_> = entries.map(|entry| number(&entry["version"])).collect();
    let reply = context.succeed(200, &site.project.call(ListPending)).await?;
    let rows = reply.list("/data")?;
    let what = "versions under an older key are not listed";
    reply.ensure(!rows.is_empty(), what, "at least one row after a client rotation", "no row")?;
    for row in rows {
        reply.ensure(
            rotated.contains(&number(&row["key_version"])),
            "a pending version is not under a rotated key of the history",
            "a key_version that the history shows as not active",
            row["key_version"].to_string(),
        )?;
    }
    let version = context.version(&rows[0]["id"].to_string()).await?;
    reply.ensure(
        version.json["data"]["content"] == rows[0]["content"],
        "a pending row does not hold the blob of its version",
        "the content of the version with that id",
        "another content",
    )
}

async fn limit(context: &Context) -> Judged {
    const MORE_THAN_LIMIT: usize = 3;
    let mut site = context.lock(CLIENT_SITE).await?;
    if !site.has_pending(context, MORE_THAN_LIMIT).await? {
        site.rotate(context).await?;
    }
    for limit in [50, 100, 1, 2] {
        let call = site.project.call(ListPending).json(&json!({"limit": limit}));
        let reply = context.look(&call).await?;
        // Which limits are in range is the server's choice, but for these two.
        reply.ensure(
            reply.is_success() || ![50, 100].contains(&limit),
            "a limit that clients send is refused",
            "200 for 50 and for 100",
            reply.outcome(),
        )?;
        if !reply.is_success() {
            continue;
        }
        let rows = reply.list("/data")?.len();
        let what = "pending gives more rows than the limit";
        reply.ensure(rows <= limit, what, format!("at most {limit}"), rows.to_string())?;
    }
    Ok(())
}

async fn remaining(context: &Context) -> Judged {
    let mut site = context.lock(CLIENT_SITE).await?;
    if !site.has_pending(context, 2).await? {
        site.make_pending(context).await?;
    }
    let all = site.pending(context).await?.len();
    let page = site.project.call(ListPending).json(&json!({"limit": 1}));
    // Whether a limit of 1 is in range is the server's choice.
    let reply = context.look(&page).await?;
    if !reply.is_success() {
        return Err(reply.could_not_run("listing one pending version was refused"));
    }
    let rows = reply.list("/data")?.len();
    if all <= rows {
        return Err(Stop::CouldNotRun(
            "no more versions are pending than one page holds".to_owned(),
        ));
    }
    // Whether the rows of the page itself count is documented nowhere.
    reply.ensure(
        reply.number("/meta/remaining")? > 0,
        "meta.remaining is 0 while more versions are pending than the page holds",
        format!("more than 0: {} are pending beyond the page", all - rows),
        "0",
    )
}

async fn limit_bounds(context: &Context) -> Judged {
    let site = context.lock(CLIENT_SITE).await?;
    for limit in [json!(0), json!(101), json!("50")] {
        let call = site.project.call(ListPending).json(&json!({"limit": limit})).breaking("limit");
        let reply = context.send(&call).await?;
        let what = "a limit out of its range is not refused";
        reply.ensure(reply.status == 422, what, "422", reply.outcome())?;
    }
    Ok(())
}

async fn conflict(context: &Context) -> Judged {
    let site = context.lock(CLIENT_SITE).await?;
    let (slug, call) = (site.project.slug.as_str(), site.project.call(ListPending));
    context.control("hold", needs::CONTROL, slug, json!({})).await?;
    let reply = context.send(&call).await;
    context.control("release", needs::CONTROL, slug, json!({})).await?;
    let reply = reply?;
    let what = "pending does not conflict with a rotation in progress";
    reply.ensure(reply.status == 409, what, "409", reply.outcome())?;
    context.succeed(200, &call).await.map(|_| ())
}

async fn server_managed(context: &Context) -> Judged {
    let site = context.lock(SERVER_SITE).await?;
    without_effect(context, &site.project, &site.project.call(ListPending)).await
}

async fn shape(context: &Context) -> Judged {
    let asked = async {
        let call = context.site(CLIENT_SITE).await?.project.call(ListPending);
        context.look_up("listing pending versions", &call).await.map(drop)
    };
    context.judge_shapes(&[ListPending], asked).await
}
