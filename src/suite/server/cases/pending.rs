//! POST secrets/re-encrypt-history/pending.

use serde_json::json;

use super::{compares, compares_server, number, probed, reads, requests, run};
use crate::contract::route::Endpoint::{GetKeyHistory, GetVersion, ListPending};
use crate::harness::{Case, Judged, Phase, Stop};
use crate::suite::server::needs;
use crate::suite::server::refusal::{Reason, without_effect};
use crate::suite::server::scene::Scene;
use crate::suite::server::steps::probe::{Breaks, probe};
use crate::suite::server::wire::call::Call;

pub(super) fn cases() -> Vec<Case<Scene>> {
    vec![
        Case {
            needs: &[needs::SECRET_IDS],
            shares: &["client-site"],
            spends: requests(6),
            ..compares(
                "server/pending/older-versions",
                "pending-lists",
                run!(older_versions),
            )
        },
        Case {
            needs: &[needs::SECRET_IDS],
            shares: &["client-site"],
            spends: requests(7),
            ..compares("server/pending/limit", "pending-limit", run!(limit))
        },
        Case {
            needs: &[needs::SECRET_IDS],
            shares: &["client-site"],
            spends: requests(6),
            ..compares(
                "server/pending/remaining",
                "pending-remaining",
                run!(remaining),
            )
        },
        Case {
            needs: &[needs::SECRET_IDS],
            shares: &["client-site"],
            spends: requests(4),
            ..reads(
                "server/pending/limit-bounds",
                "pending-limit-bounds",
                run!(limit_bounds),
            )
        },
        Case {
            needs: &[needs::CONTROL],
            shares: &["client-site"],
            spends: requests(6),
            ..compares("server/pending/held", "pending-conflict", run!(held))
        },
        Case {
            shares: &["server-site"],
            ..compares_server(
                "server/pending/server-managed",
                "pending-server-custody",
                run!(server_managed),
            )
        },
        Case {
            shares: &["client-site", "pending-probe"],
            ..probed(
                "server/pending/no-token",
                "token-required",
                run!(probe, ListPending, Breaks::NoToken, Reason::Status(401)),
            )
        },
        Case {
            needs: &[needs::LIMITED_TOKENS],
            shares: &["client-site", "pending-probe"],
            ..probed(
                "server/pending/scope",
                "pending-scope",
                run!(probe, ListPending, Breaks::Scope, Reason::Refused),
            )
        },
        Case {
            shares: &["client-site", "pending-probe"],
            ..probed(
                "server/pending/unknown-project",
                "unknown-project",
                run!(probe, ListPending, Breaks::UnknownProject, Reason::Refused),
            )
        },
        Case {
            shares: &["client-site"],
            phase: Phase::Late,
            ..reads("server/pending/shape", "pending-shape", run!(shape))
        },
    ]
}

async fn older_versions(scene: &Scene) -> Judged {
    let site = scene.client_site().await?;
    let mut held = site.hold(scene).await?;
    held.rotate(scene).await?;
    let slug = held.subject.slug.as_str();
    let history = scene
        .succeed(200, &Call::to(GetKeyHistory, &[slug]))
        .await?;
    let rotated: Vec<_> = history
        .list("/data")?
        .iter()
        .filter(|entry| entry["is_active"] == false)
        .map(|entry| number(&entry["version"]))
        .collect();
    let reply = scene.succeed(200, &Call::to(ListPending, &[slug])).await?;
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
    let version = scene.succeed(200, &Call::to(GetVersion, &[&id])).await?;
    if version.json["data"]["content"] != rows[0]["content"] {
        return Err(reply.mismatch(
            "a pending row does not hold the blob of its version",
            "the content of the version with that id",
            "another content",
        ));
    }
    Ok(())
}

async fn limit(scene: &Scene) -> Judged {
    let site = scene.client_site().await?;
    let mut held = site.hold(scene).await?;
    held.rotate(scene).await?;
    for limit in [50, 100, 1, 2] {
        let call = Call::to(ListPending, &[&held.subject.slug]).json(&json!({"limit": limit}));
        let reply = scene.send(&call).await?;
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

async fn remaining(scene: &Scene) -> Judged {
    let site = scene.client_site().await?;
    let mut held = site.hold(scene).await?;
    held.make_pending(scene).await?;
    let all = held.pending(scene).await?.len();
    let page = Call::to(ListPending, &[&held.subject.slug]).json(&json!({"limit": 1}));
    let reply = scene.prepare("listing one pending version", &page).await?;
    let rows = reply.list("/data")?.len();
    if all <= rows {
        return Err(Stop::CouldNotRun(
            "no more versions are pending than one page holds".to_owned(),
        ));
    }
    // Whether the page itself counts is nobody's word.
    match reply.number("/meta/remaining")? {
        0 => Err(reply.mismatch(
            "meta.remaining is 0 while more versions are pending than the page holds",
            format!("more than 0: {} are pending beyond the page", all - rows),
            "0",
        )),
        _ => Ok(()),
    }
}

async fn limit_bounds(scene: &Scene) -> Judged {
    let site = scene.client_site().await?;
    let held = site.hold(scene).await?;
    for limit in [json!(0), json!(101), json!("50")] {
        let call = Call::to(ListPending, &[&held.subject.slug]).json(&json!({"limit": limit}));
        let reply = scene.send(&call.breaking("limit")).await?;
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

async fn held(scene: &Scene) -> Judged {
    let site = scene.client_site().await?;
    let held = site.hold(scene).await?;
    let slug = held.subject.slug.as_str();
    let call = Call::to(ListPending, &[slug]);
    scene
        .control("hold", needs::CONTROL, slug, json!({}))
        .await?;
    let reply = scene.send(&call).await;
    scene
        .control("release", needs::CONTROL, slug, json!({}))
        .await?;
    let reply = reply?;
    if reply.status == 409 {
        return scene.succeed(200, &call).await.map(|_| ());
    }
    Err(reply.mismatch(
        "pending does not conflict with a rotation in progress",
        "409",
        reply.outcome(),
    ))
}

async fn server_managed(scene: &Scene) -> Judged {
    let site = scene.server_site().await?;
    let held = site.hold(scene).await?;
    let call = Call::to(ListPending, &[&held.subject.slug]);
    without_effect(scene, held.subject, &call).await
}

async fn shape(scene: &Scene) -> Judged {
    let site = scene.client_site().await?;
    let call = Call::to(ListPending, &[&site.subject.slug]);
    scene.prepare("listing pending versions", &call).await?;
    scene.shared.door.shapes.judge(ListPending)
}
