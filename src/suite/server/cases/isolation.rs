//! Another organization's projects: not reached, not shown, not changed.

use serde_json::Value;

use super::{LOOKS, compares, requests, run};
use crate::contract::route::Endpoint::{
    self, GetEncryptionKey, GetKeyHistory, GetProjectSecrets, GetVersion, ListPending,
    RotateClientKeys, RotateEncryptionKey, StoreSecrets, SubmitReencrypted,
};
use crate::harness::{Case, Judged, Need, Spending, Stop};
use crate::suite::server::needs;
use crate::suite::server::refusal::{Reason, Twin, refusals};
use crate::suite::server::scene::Scene;
use crate::suite::server::steps::site::row_id;
use crate::suite::server::wire::call::{Bearer, Call};
use crate::suite::server::wire::reply::Reply;

const OTHER: &[Need] = &[needs::OTHER_ORGANIZATION];
const OTHER_WITH_IDS: &[Need] = &[needs::OTHER_ORGANIZATION, needs::SECRET_IDS];
const OTHER_WITH_QUOTA: &[Need] = &[needs::OTHER_ORGANIZATION, needs::QUOTA];

pub(super) fn cases() -> Vec<Case<Scene>> {
    let isolated = |id, needs, shares, run| Case {
        needs,
        shares,
        spends: requests(LOOKS + 10),
        ..compares(id, "organizations-isolated", run)
    };
    let server: &[&str] = &["other-server-site"];
    let client: &[&str] = &["other-client-site"];
    vec![
        isolated(
            "server/isolation/descriptor",
            OTHER,
            server,
            run!(isolated_from, GetEncryptionKey),
        ),
        isolated(
            "server/isolation/history",
            OTHER_WITH_IDS,
            client,
            run!(isolated_from, GetKeyHistory),
        ),
        Case {
            spends: Spending {
                requests: 28,
                rotations: 3,
            },
            ..isolated(
                "server/isolation/rotate",
                OTHER_WITH_QUOTA,
                server,
                run!(isolated_from, RotateEncryptionKey),
            )
        },
        isolated(
            "server/isolation/client-rotation",
            OTHER_WITH_IDS,
            client,
            run!(isolated_from, RotateClientKeys),
        ),
        isolated(
            "server/isolation/pending",
            OTHER_WITH_IDS,
            client,
            run!(isolated_from, ListPending),
        ),
        isolated(
            "server/isolation/submit",
            OTHER_WITH_IDS,
            client,
            run!(isolated_from, SubmitReencrypted),
        ),
        isolated(
            "server/isolation/store",
            OTHER_WITH_IDS,
            client,
            run!(isolated_from, StoreSecrets),
        ),
        isolated(
            "server/isolation/secrets",
            OTHER_WITH_IDS,
            client,
            run!(isolated_from, GetProjectSecrets),
        ),
        Case {
            shares: &["other-client-site", "client-site"],
            ..isolated(
                "server/isolation/version-ids",
                OTHER_WITH_IDS,
                client,
                run!(version_ids),
            )
        },
        Case {
            needs: OTHER,
            shares: server,
            ..compares(
                "server/isolation/not-found",
                "isolation-not-found",
                run!(not_found),
            )
        },
    ]
}

/// The request that the other organization's own token sends, sent with ours.
async fn isolated_from(scene: &Scene, endpoint: Endpoint) -> Judged {
    judge(scene, endpoint, Reason::Refused).await
}

async fn not_found(scene: &Scene) -> Judged {
    judge(scene, GetEncryptionKey, Reason::Status(404)).await
}

async fn judge(scene: &Scene, endpoint: Endpoint, reason: Reason) -> Judged {
    let site = match endpoint {
        GetEncryptionKey | RotateEncryptionKey => scene.other_server_site().await?,
        _ => scene.other_client_site().await?,
    };
    let mut held = site.hold(scene).await?;
    let subject = held.subject;
    let theirs = match endpoint {
        RotateClientKeys => held.rotation(scene).await?.1,
        SubmitReencrypted => {
            let body = held.submission(scene).await?;
            held.submit(&body)
        }
        StoreSecrets => {
            let body = held.write(scene).await?;
            held.store(&body)
        }
        // Where a project's setting is `re_encrypt`, a job would go on changing what is compared.
        RotateEncryptionKey => {
            let keep = serde_json::json!({"history_policy": "keep"});
            subject.own(Call::to(endpoint, &[&subject.slug]).json(&keep))
        }
        _ => subject.own(Call::to(endpoint, &[&subject.slug])),
    };
    // Their path, and their project under our own path: a look-up by slug alone finds it there.
    let with_our_token = theirs.clone().bearer(Bearer::Full);
    let under_our_path = with_our_token
        .clone()
        .organization(scene.target().organization());
    let ours = [with_our_token, under_our_path];
    let shown = subject.descriptor(scene).await?;
    let replies = refusals(scene, subject, &ours, reason, Twin::Call(theirs)).await?;
    for reply in &replies {
        shows_nothing(reply, &[&shown["key"], &shown["key_check_salt"]])?;
    }
    Ok(())
}

fn shows_nothing(reply: &Reply, secrets: &[&Value]) -> Judged {
    let answer = reply.json.to_string();
    let leaks = secrets
        .iter()
        .filter_map(|secret| secret.as_str())
        .any(|secret| answer.contains(secret));
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
async fn version_ids(scene: &Scene) -> Judged {
    let theirs = scene.other_client_site().await?;
    let mut theirs = theirs.hold(scene).await?;
    theirs.make_pending(scene).await?;
    let Some(row) = theirs.pending(scene).await?.first().cloned() else {
        return Err(Stop::CouldNotRun(
            "no version of theirs is pending".to_owned(),
        ));
    };
    let id = row["id"].to_string();
    let read = theirs.subject.own(Call::to(GetVersion, &[&id]));
    scene
        .prepare("reading a version with their token", &read)
        .await?;
    let reply = scene.send(&read.clone().bearer(Bearer::Full)).await?;
    Reason::Refused.judge(&reply)?;
    shows_nothing(&reply, &[&row["content"]])?;
    let reply = scene.send(&Call::to(GetVersion, &[&id])).await?;
    shows_nothing(&reply, &[&row["content"]])?;

    let site = scene.client_site().await?;
    let mut ours = site.hold(scene).await?;
    let mut body = ours.submission(scene).await?;
    body["versions"][0]["id"] = row_id(&row)?.into();
    let reply = scene.send(&ours.submit(&body)).await?;
    let now = scene
        .prepare("reading a version with their token", &read)
        .await?;
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
