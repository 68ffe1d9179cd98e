//! Another organization's projects: not reached, not shown, not changed.

use super::{compares, run};
use crate::contract::route::Endpoint::{
    self, GetEncryptionKey, GetKeyHistory, GetProjectSecrets, ListPending, RotateClientKeys,
    RotateEncryptionKey, StoreSecrets, SubmitReencrypted,
};
use crate::harness::{Case, Judged, Need, Spending};
use crate::suite::server::call::{Bearer, Call};
use crate::suite::server::needs;
use crate::suite::server::refusal::{Reason, Twin, refusal};
use crate::suite::server::scene::Scene;

const OTHER: &[Need] = &[needs::OTHER_ORGANIZATION];
const OTHER_WITH_IDS: &[Need] = &[needs::OTHER_ORGANIZATION, needs::SECRET_IDS];
const OTHER_WITH_QUOTA: &[Need] = &[needs::OTHER_ORGANIZATION, needs::QUOTA];

pub(super) fn cases() -> Vec<Case<Scene>> {
    let isolated = |id, needs, shares, run| Case {
        needs,
        shares,
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
                requests: 90,
                rotations: 2,
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
        _ => subject.own(Call::to(endpoint, &[&subject.slug])),
    };
    let shown = subject.descriptor(scene).await?;
    let ours = theirs.clone().bearer(Bearer::Full);
    let reply = refusal(scene, subject, &ours, reason, Twin::Call(theirs)).await?;
    let answer = reply.json.to_string();
    let leaks = ["key", "key_check_salt"]
        .into_iter()
        .filter_map(|member| shown[member].as_str())
        .any(|value| answer.contains(value));
    if leaks {
        return Err(reply.mismatch(
            "a refusal shows something of another organization's project",
            "nothing of the project in the answer",
            "its key or its salt",
        ));
    }
    Ok(())
}
