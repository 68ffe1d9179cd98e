//! Rate limits. Each case uses up a server of its own, whose clock it drives.

use std::time::Duration;

use super::{Run, reads, run};
use crate::contract::limit::Bucket;
use crate::contract::route::Endpoint::{CreateProject, ListProjects, RotateEncryptionKey};
use crate::harness::{Case, Judged, Spending, Stop};
use crate::suite::server::call::Call;
use crate::suite::server::needs;
use crate::suite::server::reply::Reply;
use crate::suite::server::scene::Scene;
use crate::suite::server::target::{Driven, Limits};

pub(super) fn cases() -> Vec<Case<Scene>> {
    let on_own_server = |id, requirement, run: Run| Case {
        needs: &[needs::QUOTA],
        writes: true,
        spends: Spending {
            requests: 110,
            rotations: 13,
        },
        ..reads(id, requirement, run)
    };
    vec![
        on_own_server(
            "server/limit/eleventh-rotation",
            "limit-rotations",
            run!(eleventh_rotation),
        ),
        on_own_server(
            "server/limit/rotations-again-after-an-hour",
            "limit-rotations-window",
            run!(again_after_an_hour),
        ),
        on_own_server(
            "server/limit/retry-after",
            "limit-retry-after",
            run!(retry_after),
        ),
        on_own_server("server/limit/requests", "limit-requests", run!(requests)),
    ]
}

async fn another(scene: &Scene) -> Result<Box<dyn Driven>, Stop> {
    match scene.target().another(Limits::Live).await {
        None => Err(Stop::NotObservable(needs::QUOTA)),
        Some(Err(error)) => Err(Stop::Harness(format!(
            "a second server did not start: {error}"
        ))),
        Some(Ok(target)) => Ok(target),
    }
}

/// Rotates until the hour is used up. Gives the answer to one rotation more.
async fn one_rotation_too_many(scene: &Scene, target: &dyn Driven) -> Result<(Call, Reply), Stop> {
    // Two projects in turn: the limit is the organization's, not a project's.
    let mut rotations = Vec::new();
    for name in ["kp-limit-one", "kp-limit-two"] {
        let body = serde_json::json!({"name": name, "storage_mode": "server"});
        let project = Call::to(CreateProject, &[]).json(&body);
        let project = scene.send_to(target, &project).await?;
        let slug = project.text("/data/attributes/slug")?.to_owned();
        rotations.push(Call::to(RotateEncryptionKey, &[&slug]));
    }
    for rotate in rotations
        .iter()
        .cycle()
        .take(Bucket::Rotate.limit() as usize)
    {
        let reply = scene.send_to(target, rotate).await?;
        if reply.status != 200 {
            return Err(reply.mismatch(
                "a rotation within the limit is refused",
                "10 rotations in an hour",
                reply.outcome(),
            ));
        }
    }
    let rotate = rotations.swap_remove(0);
    let reply = scene.send_to(target, &rotate).await?;
    Ok((rotate, reply))
}

async fn eleventh_rotation(scene: &Scene) -> Judged {
    let target = another(scene).await?;
    let (_, reply) = one_rotation_too_many(scene, &*target).await?;
    match reply.status {
        429 => Ok(()),
        _ => Err(reply.mismatch(
            "the 11th rotation in an hour is not refused",
            "429",
            reply.outcome(),
        )),
    }
}

async fn again_after_an_hour(scene: &Scene) -> Judged {
    let target = another(scene).await?;
    let (rotate, reply) = one_rotation_too_many(scene, &*target).await?;
    if reply.status != 429 {
        return Err(Stop::CouldNotRun("the limit was not reached".to_owned()));
    }
    target.advance(Bucket::Rotate.window());
    let reply = scene.send_to(&*target, &rotate).await?;
    match reply.status {
        200 => Ok(()),
        _ => Err(reply.mismatch(
            "an hour later a rotation is still refused",
            "200",
            reply.outcome(),
        )),
    }
}

async fn retry_after(scene: &Scene) -> Judged {
    let target = another(scene).await?;
    let (rotate, reply) = one_rotation_too_many(scene, &*target).await?;
    let Some(seconds) = reply
        .header("retry-after")
        .and_then(|text| text.parse::<u64>().ok())
    else {
        return Err(reply.mismatch(
            "a 429 does not say when to retry",
            "Retry-After in seconds",
            "none",
        ));
    };
    target.advance(Duration::from_secs(seconds));
    let later = scene.send_to(&*target, &rotate).await?;
    match later.status {
        200 => Ok(()),
        _ => Err(later.mismatch(
            "a request is refused after Retry-After",
            "200",
            later.outcome(),
        )),
    }
}

async fn requests(scene: &Scene) -> Judged {
    let target = another(scene).await?;
    let list = Call::to(ListProjects, &[]);
    for _ in 0..Bucket::Api.limit() {
        let reply = scene.send_to(&*target, &list).await?;
        if reply.status != 200 {
            return Err(reply.mismatch(
                "a request within the limit is refused",
                "100 requests in a minute",
                reply.outcome(),
            ));
        }
    }
    let reply = scene.send_to(&*target, &list).await?;
    match reply.status {
        429 => Ok(()),
        _ => Err(reply.mismatch(
            "the 101st request in a minute is not refused",
            "429",
            reply.outcome(),
        )),
    }
}
