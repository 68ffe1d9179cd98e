//! The cases, one file an endpoint or a topic.

mod client_rotation;
mod continuity;
mod convention;
mod descriptor;
mod history;
mod isolation;
mod level;
mod limit;
mod pending;
mod race;
mod restore;
mod rotate;
mod sanity;
mod store;
mod submit;
mod version;

pub(super) use crate::suite::server::steps::probe::Probed;

use super::scene::Scene;
use crate::contract::custody::Custody;
use crate::harness::{Case, Judged, Phase, Spending};
use crate::suite::server::steps::snapshot::Snapshot;

use futures::future::BoxFuture;
use serde_json::Value;

/// Every case, in the order of reports.
pub(super) fn all() -> Vec<Case<Scene>> {
    [
        sanity::cases(),
        descriptor::cases(),
        history::cases(),
        rotate::cases(),
        client_rotation::cases(),
        pending::cases(),
        submit::cases(),
        store::cases(),
        level::cases(),
        version::cases(),
        restore::cases(),
        continuity::cases(),
        race::cases(),
        isolation::cases(),
        limit::cases(),
        convention::cases(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

type Run = for<'s> fn(&'s Scene) -> BoxFuture<'s, Judged>;

/// A case that only reads and needs nothing: what differs is put over it.
fn reads(id: &'static str, requirement: &'static str, run: Run) -> Case<Scene> {
    Case {
        id,
        requirement,
        needs: &[],
        writes: false,
        spends: requests(3),
        shares: &[],
        phase: Phase::Main,
        run,
    }
}

/// A case that compares what a client-managed project stores before and after.
fn compares(id: &'static str, requirement: &'static str, run: Run) -> Case<Scene> {
    Case {
        writes: true,
        spends: COMPARISON,
        ..reads(id, requirement, run)
    }
}

/// The same for a server-managed project, of which less is read.
fn compares_server(id: &'static str, requirement: &'static str, run: Run) -> Case<Scene> {
    Case {
        spends: SERVER_COMPARISON,
        ..compares(id, requirement, run)
    }
}

/// Two looks at what is stored, of a client-managed site, of one with every level, of a server-managed.
const LOOKS: u32 = 2 * Snapshot::most(Custody::Client, 2);
const LOOKS_AT_LEVELS: u32 = 2 * Snapshot::most(Custody::Client, 3);
const LOOKS_AT_SERVER: u32 = 2 * Snapshot::most(Custody::Server, 1);

/// Two looks, the refused request, its twin and what it takes to make them, a version that is pending
/// among it.
const COMPARISON: Spending = requests(LOOKS + 8);
const SERVER_COMPARISON: Spending = requests(LOOKS_AT_SERVER + 2);

/// A case that rotates no server key and spends so many requests.
const fn requests(requests: u32) -> Spending {
    Spending {
        requests,
        rotations: 0,
    }
}

/// A case whose requests a shared step sends.
fn probed(id: &'static str, requirement: &'static str, run: Run) -> Case<Scene> {
    Case {
        writes: true,
        spends: requests(0),
        ..reads(id, requirement, run)
    }
}

/// A version as a number, whatever its type: the shape cases judge that.
fn number(version: &Value) -> Option<u64> {
    match version {
        Value::String(text) => text.parse().ok(),
        other => other.as_u64(),
    }
}

/// Boxes a case's function.
macro_rules! run {
    ($function:expr) => {
        |scene| Box::pin($function(scene))
    };
    ($function:expr, $($argument:expr),+) => {
        |scene| Box::pin($function(scene, $($argument),+))
    };
}
use run;
