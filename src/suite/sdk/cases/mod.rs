//! The cases, one file a topic.

mod generate;
mod honesty;
mod peers;
mod properties;
mod protocol;
mod refusals;
mod seals;
mod secrets;
mod vectors;

use futures::future::BoxFuture;

use super::scene::Scene;
use crate::harness::{Case, Judged, Phase, Spending};

/// Every case, in the order of reports.
pub(super) fn all() -> Result<Vec<Case<Scene>>, String> {
    let topics = [
        vectors::cases()?,
        properties::cases(),
        refusals::cases(),
        seals::cases(),
        generate::cases(),
        peers::cases(),
        honesty::cases(),
        secrets::cases(),
        protocol::cases(),
    ];
    Ok(topics.into_iter().flatten().collect())
}

type Run = for<'s> fn(&'s Scene) -> BoxFuture<'s, Judged>;

/// A case of the main phase.
const fn case(id: &'static str, requirement: &'static str, run: Run) -> Case<Scene> {
    Case {
        id,
        requirement,
        needs: &[],
        writes: false,
        spends: Spending {
            requests: 0,
            rotations: 0,
        },
        shares: &[],
        phase: Phase::Main,
        run,
    }
}

/// Boxes a case's function.
macro_rules! run {
    ($function:expr) => {
        |scene| Box::pin($function(scene))
    };
}
use run;
