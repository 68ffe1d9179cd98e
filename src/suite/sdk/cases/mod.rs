//! The cases, one file a topic.

mod generate;
mod honesty;
mod peers;
mod properties;
mod protocol;
mod refusals;
mod seals;
mod secrets;
mod state;
mod vectors;
mod verify;

use super::context::Context;
use crate::harness::Case;

pub(super) fn all() -> Result<Vec<Case<Context>>, String> {
    let topics = [
        vectors::cases()?,
        properties::cases(),
        refusals::cases(),
        verify::cases(),
        seals::cases(),
        generate::cases(),
        peers::cases(),
        state::cases(),
        honesty::cases(),
        secrets::cases(),
        protocol::cases(),
    ];
    Ok(topics.into_iter().flatten().collect())
}
