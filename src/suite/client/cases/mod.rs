//! The cases, one file a topic.

mod answers;
mod flows;
mod history;
mod requests;
mod secrets;

use super::scene::Scene;
use crate::harness::{Case, Check};

/// Every case, in the order of reports.
pub(super) fn all() -> Vec<Case<Scene>> {
    let topics = [
        requests::cases(),
        flows::cases(),
        history::cases(),
        answers::cases(),
        secrets::cases(),
    ];
    topics.into_iter().flatten().collect()
}

/// Every case writes: a client is judged by what it sends.
fn case(id: &'static str, requirement: &'static str, check: impl Check<Scene>) -> Case<Scene> {
    Case::new(id, requirement, check).writes()
}
