//! The cases, one file a topic.

mod answers;
mod flows;
mod history;
mod requests;
mod secrets;

use futures::future::BoxFuture;

use super::scene::Scene;
use crate::harness::{Case, Judged, Phase, Spending};

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

type Run = for<'s> fn(&'s Scene) -> BoxFuture<'s, Judged>;

/// A case of the main phase.
const fn case(id: &'static str, requirement: &'static str, run: Run) -> Case<Scene> {
    Case {
        id,
        requirement,
        needs: &[],
        writes: true,
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
