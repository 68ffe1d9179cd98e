//! The rows that cases are written as, and what a look at the stored state costs.

use crate::contract::custody::Custody;
use crate::contract::route::Endpoint::{RotateClientKeys, SubmitReencrypted};
use crate::harness::{Case, Check, Phase};
use crate::suite::server::context::Context;
use crate::suite::server::needs;
use crate::suite::server::steps::probe::{Breaks, Probe, probe, probe_step, site_step};
use crate::suite::server::steps::snapshot::Snapshot;
use crate::suite::server::steps::step::Step;

/// Requests of two looks at what is stored: of a client-managed site, of one with every level, and of a
/// server-managed one.
pub(super) const LOOKS: u32 = 2 * Snapshot::most(Custody::Client, 2);
pub(super) const LOOKS_AT_LEVELS: u32 = 2 * Snapshot::most(Custody::Client, 3);
pub(super) const LOOKS_AT_SERVER: u32 = 2 * Snapshot::most(Custody::Server, 1);

/// A case that only reads, with three requests at most.
pub(super) fn case(
    id: &'static str,
    requirement: &'static str,
    check: impl Check<Context>,
) -> Case<Context> {
    Case::new(id, requirement, check).requests(3)
}

/// A case that compares what a client-managed project stores before and after: two looks, the refused
/// request, its twin, and what it takes to make them, a pending version among it.
pub(super) fn compares(
    id: &'static str,
    requirement: &'static str,
    check: impl Check<Context>,
) -> Case<Context> {
    case(id, requirement, check).writes().requests(LOOKS + 8)
}

/// The same for a server-managed project, of which less is read.
pub(super) fn compares_server(
    id: &'static str,
    requirement: &'static str,
    check: impl Check<Context>,
) -> Case<Context> {
    compares(id, requirement, check).requests(LOOKS_AT_SERVER + 2)
}

/// A case about a refusal that an endpoint's shared step sends. What it needs is what that request needs.
pub(super) fn probed(id: &'static str, requirement: &'static str, of: Probe) -> Case<Context> {
    let (endpoint, breaks, _) = of;
    let mut case = case(id, requirement, (probe, of)).writes().requests(0);
    case = case.on(site_step(endpoint));
    if let Some(step) = probe_step(endpoint) {
        case = case.on(step);
    }
    if matches!(endpoint, RotateClientKeys | SubmitReencrypted) {
        case = case.needs(needs::SECRET_IDS);
    }
    match breaks {
        Breaks::NoToken | Breaks::UnknownProject => case,
        _ => case.needs(needs::LIMITED_TOKENS),
    }
}

impl Case<Context> {
    /// Uses that shared step too.
    pub(super) fn on(self, step: Step) -> Self {
        self.shares(step.name)
    }

    /// Sends at most so many requests.
    pub(super) fn requests(mut self, most: u32) -> Self {
        self.spends.requests = most;
        self
    }

    /// Of which so many count against the limit of rotations.
    pub(super) fn rotations(mut self, most: u32) -> Self {
        self.spends.rotations = most;
        self
    }

    /// Judges what the run has recorded, once all others are done.
    pub(super) fn late(self) -> Self {
        self.phase(Phase::Late)
    }
}
