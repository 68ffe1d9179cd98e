//! The cases, one file a topic.

mod answers;
mod flows;
mod headers;
mod history;
mod requests;
mod secrets;

use super::context::Context;
use crate::harness::Case;

pub(super) fn all() -> Vec<Case<Context>> {
    let topics = [
        requests::cases(),
        headers::cases(),
        flows::cases(),
        history::cases(),
        answers::cases(),
        secrets::cases(),
    ];
    // Every case writes: a client is judged by what it sends.
    topics.into_iter().flatten().map(Case::writes).collect()
}
