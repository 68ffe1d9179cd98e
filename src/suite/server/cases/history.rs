//! GET encryption-key/history.

use serde_json::{Value, json};

use super::probe::{Breaks, probe};
use super::{compares, reads, run};
use crate::contract::custody::Custody;
use crate::contract::route::Endpoint::GetKeyHistory;
use crate::harness::{Case, Judged, Phase, Spending, Stop};
use crate::suite::server::call::Call;
use crate::suite::server::needs;
use crate::suite::server::refusal::Reason;
use crate::suite::server::reply::Reply;
use crate::suite::server::scene::Scene;
use crate::suite::server::site::{SECOND, create_client_project, secret_ids, store};
use crate::suite::server::snapshot::Subject;

/// Rotations that take a project past version 9, where the order of text and of numbers differ.
const ROTATIONS: usize = 10;

pub(super) fn cases() -> Vec<Case<Scene>> {
    vec![
        Case {
            needs: &[needs::SECRET_IDS],
            spends: Spending {
                requests: 20,
                rotations: 0,
            },
            ..compares("server/history/order", "history-order", run!(order))
        },
        Case {
            shares: &["client-site"],
            ..reads(
                "server/history/one-active",
                "history-one-active",
                run!(one_active),
            )
        },
        Case {
            shares: &["rotations"],
            ..reads(
                "server/history/no-server-key",
                "history-withholds-server-key",
                run!(no_server_key),
            )
        },
        Case {
            needs: &[needs::SECRET_IDS],
            shares: &["rotation-site"],
            spends: Spending {
                requests: 8,
                rotations: 0,
            },
            ..compares(
                "server/history/rotated-proofs-stay",
                "history-rotated-proof-unchanged",
                run!(rotated_proofs_stay),
            )
        },
        Case {
            shares: &["client-site"],
            phase: Phase::Late,
            ..reads("server/history/shape", "history-shape", run!(shape))
        },
        Case {
            shares: &["server-site"],
            ..compares(
                "server/history/no-token",
                "token-required",
                run!(probe, GetKeyHistory, Breaks::NoToken, Reason::Status(401)),
            )
        },
        Case {
            needs: &[needs::LIMITED_TOKENS],
            shares: &["server-site"],
            ..compares(
                "server/history/scope",
                "history-scope",
                run!(probe, GetKeyHistory, Breaks::OnlyRotates, Reason::Refused),
            )
        },
        Case {
            shares: &["server-site"],
            ..compares(
                "server/history/unknown-project",
                "unknown-project",
                run!(
                    probe,
                    GetKeyHistory,
                    Breaks::UnknownProject,
                    Reason::Refused
                ),
            )
        },
    ]
}

async fn read(scene: &Scene, slug: &str) -> Result<Reply, Stop> {
    scene.succeed(200, &Call::to(GetKeyHistory, &[slug])).await
}

/// The versions as numbers, whatever their type: the shape case judges that.
fn versions(entries: &[Value]) -> Vec<u64> {
    let number = |version: &Value| match version {
        Value::String(text) => text.parse().ok(),
        other => other.as_u64(),
    };
    entries
        .iter()
        .filter_map(|entry| number(&entry["version"]))
        .collect()
}

async fn order(scene: &Scene) -> Judged {
    let first = scene.client_key(0).await?;
    let subject = Subject {
        slug: create_client_project(scene, &first, None).await?,
        custody: Custody::Client,
        target: None,
        other: None,
    };
    store(scene, &subject, None, &first.seal(SECOND)?, Some(&first)).await?;
    let ids = secret_ids(scene, &subject).await?;
    for rotation in 1..=ROTATIONS {
        let next = scene.client_key(rotation).await?;
        let mut body = json!(next.proof);
        let secrets: Result<Vec<_>, Stop> = ids
            .iter()
            .map(|(id, plaintext)| Ok(json!({"id": id, "content": next.seal(plaintext)?})))
            .collect();
        body["secrets"] = json!(secrets?);
        let call = Call::to(
            crate::contract::route::Endpoint::RotateClientKeys,
            &[&subject.slug],
        );
        scene
            .prepare("rotating the client key", &call.json(&body))
            .await?;
    }
    let reply = read(scene, &subject.slug).await?;
    let entries = reply.list("/data")?;
    let versions = versions(entries);
    let descends = versions.len() == ROTATIONS + 1 && versions.is_sorted_by(|one, next| one > next);
    if descends && entries[0]["is_active"] == true {
        return Ok(());
    }
    Err(reply.mismatch(
        "the history is not ordered by descending version, the active key first",
        "the active key first, then numerically descending versions",
        format!("versions {versions:?}"),
    ))
}

async fn one_active(scene: &Scene) -> Judged {
    let site = scene.client_site().await?;
    let reply = read(scene, &site.subject.slug).await?;
    let active = reply
        .list("/data")?
        .iter()
        .filter(|entry| entry["is_active"] == true)
        .count();
    match active {
        1 => Ok(()),
        count => Err(reply.mismatch(
            "the history does not have exactly one active key",
            "1 active entry",
            format!("{count}"),
        )),
    }
}

async fn no_server_key(scene: &Scene) -> Judged {
    let rotations = scene.rotations().await?;
    let reply = read(scene, &rotations.keep.slug).await?;
    let old = rotations.keep.before["key"].as_str().unwrap_or_default();
    let new = scene.descriptor(&rotations.keep.slug).await?;
    let new = new["key"].as_str().unwrap_or_default();
    let text = reply.json.to_string();
    let exposes = |key: &str| !key.is_empty() && text.contains(key);
    let has_member = reply
        .list("/data")?
        .iter()
        .any(|entry| entry.get("key").is_some_and(|key| !key.is_null()));
    if has_member || exposes(old) || exposes(new) {
        return Err(reply.mismatch(
            "the history exposes the material of a server-managed key",
            "no key in any entry",
            "the key itself",
        ));
    }
    Ok(())
}

async fn rotated_proofs_stay(scene: &Scene) -> Judged {
    let site = scene.rotation_site().await?;
    let mut held = site.hold(scene).await?;
    let before = read(scene, &held.subject.slug).await?;
    held.rotate(scene).await?;
    let after = read(scene, &held.subject.slug).await?;
    let proof = |entry: &Value| {
        ["key_check", "key_check_salt", "key_check_iterations"].map(|name| entry[name].clone())
    };
    for entry in before.list("/data")? {
        let same = after
            .list("/data")?
            .iter()
            .find(|later| later["version"] == entry["version"]);
        if same.map(proof) != Some(proof(entry)) {
            return Err(after.mismatch(
                "the proof of a key is another one after it was rotated",
                "key_check, key_check_salt and key_check_iterations as before the rotation",
                "another value",
            ));
        }
    }
    Ok(())
}

async fn shape(scene: &Scene) -> Judged {
    let site = scene.client_site().await?;
    let call = Call::to(GetKeyHistory, &[&site.subject.slug]);
    scene.prepare("reading the history", &call).await?;
    scene.shared.door.shapes.judge(GetKeyHistory)
}
