//! First and last: the target answers at all.

use super::{reads, run};
use crate::contract::route::Endpoint;
use crate::harness::{Case, Judged, Phase};
use crate::suite::server::scene::Scene;
use crate::suite::server::wire::call::Call;

pub(super) fn cases() -> Vec<Case<Scene>> {
    vec![
        Case {
            phase: Phase::SanityFirst,
            ..reads("server/sanity/answers", "api-answers", run!(answers))
        },
        Case {
            phase: Phase::SanityLast,
            ..reads("server/sanity/still-answers", "api-answers", run!(answers))
        },
    ]
}

async fn answers(scene: &Scene) -> Judged {
    let reply = scene
        .succeed(200, &Call::to(Endpoint::ListProjects, &[]))
        .await?;
    reply.list("/data").map(|_| ())
}
