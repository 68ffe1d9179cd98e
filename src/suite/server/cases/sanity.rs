//! First and last: the server answers at all.

use super::row::{ServerCase, case};
use crate::contract::route::Endpoint;
use crate::harness::{Judged, Phase};
use crate::suite::server::Context;
use crate::suite::server::wire::Call;

pub(super) fn cases() -> Vec<ServerCase> {
    vec![
        case("server/sanity/answers", "api-answers", answers).phase(Phase::SanityFirst),
        case("server/sanity/still-answers", "api-answers", answers).phase(Phase::SanityLast),
    ]
}

async fn answers(context: &Context) -> Judged {
    let reply = context.succeed(200, &Call::to(Endpoint::ListProjects, &[])).await?;
    reply.list("/data").map(|_| ())
}
