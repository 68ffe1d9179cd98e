//! First and last: the target answers at all.

use super::row::case;
use crate::contract::route::Endpoint;
use crate::harness::{Case, Judged, Phase};
use crate::suite::server::scene::Scene;
use crate::suite::server::wire::call::Call;

pub(super) fn cases() -> Vec<Case<Scene>> {
    vec![
        case("server/sanity/answers", "api-answers", answers).phase(Phase::SanityFirst),
        case("server/sanity/still-answers", "api-answers", answers).phase(Phase::SanityLast),
    ]
}

async fn answers(scene: &Scene) -> Judged {
    let reply = scene.succeed(200, &Call::to(Endpoint::ListProjects, &[])).await?;
    reply.list("/data").map(|_| ())
}
