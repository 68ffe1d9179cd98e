//! The rows that cases are written as, and what a look at the stored state costs.

use crate::contract::custody::Custody;
use crate::contract::route::Endpoint::{
    self, RestoreVersion, RotateClientKeys, StoreSecrets, SubmitReencrypted,
};
use crate::harness::{Case, Check, Phase};
use crate::suite::server::steps::{
    Breaks, CLIENT_SITE, OTHER_PROOF, Probe, ROTATION_SITE, Snapshot, Step, probe, probe_step,
    shared_step, site_step,
};
use crate::suite::server::{Context, needs};

/// The id of a case or of a requirement.
pub(super) type Id = &'static str;

/// A case of this suite.
pub(super) type ServerCase = Case<Context>;

/// Requests of two looks at what is stored: of a client-managed site, of one with every level, and of a
/// server-managed one.
pub(super) const LOOKS: u32 = 2 * Snapshot::most(Custody::Client, 2);
pub(super) const LOOKS_AT_LEVELS: u32 = 2 * Snapshot::most(Custody::Client, 3);
pub(super) const LOOKS_AT_SERVER: u32 = 2 * Snapshot::most(Custody::Server, 1);

/// A case that only reads, with three requests at most.
pub(super) fn case(id: Id, requirement: Id, check: impl Check<Context>) -> ServerCase {
    Case::new(id, requirement, check).requests(3)
}

/// A case that compares what a client-managed project stores before and after: two looks, the refused
/// request, its twin, and what it takes to make them, a pending version among it.
pub(super) fn compares(id: Id, requirement: Id, check: impl Check<Context>) -> ServerCase {
    case(id, requirement, check).writes().requests(LOOKS + 8)
}

/// The same for a server-managed project, of which less is read.
pub(super) fn compares_server(id: Id, requirement: Id, check: impl Check<Context>) -> ServerCase {
    compares(id, requirement, check).requests(LOOKS_AT_SERVER + 2)
}

/// A case about the versions of the shared client-managed project, which only a rotation makes pending.
pub(super) fn on_client_site(id: Id, requirement: Id, check: impl Check<Context>) -> ServerCase {
    compares(id, requirement, check).on(CLIENT_SITE).needs(needs::SECRET_IDS)
}

/// A case about client rotation.
pub(super) fn on_rotation_site(id: Id, requirement: Id, check: impl Check<Context>) -> ServerCase {
    compares(id, requirement, check).on(ROTATION_SITE).needs(needs::SECRET_IDS)
}

/// A case about a refusal that an endpoint's shared step sends. What it needs is what that request needs.
pub(super) fn probed(id: Id, requirement: Id, of: Probe) -> ServerCase {
    probed_by(id, requirement, of, (probe, of))
}

/// The same, with a check that asks for more.
pub(super) fn probed_by(
    id: Id,
    requirement: Id,
    (endpoint, breaks): Probe,
    check: impl Check<Context>,
) -> ServerCase {
    let mut case = case(id, requirement, check).writes().requests(0);
    case = case.on(site_step(endpoint));
    if let Some(step) = probe_step(endpoint) {
        case = case.on(step);
    }
    if let Some(step) = shared_step((endpoint, breaks)) {
        case = case.on(step);
    }
    if matches!(endpoint, RotateClientKeys | SubmitReencrypted | RestoreVersion) {
        case = case.needs(needs::SECRET_IDS);
    }
    if matches!(endpoint, SubmitReencrypted | StoreSecrets | RestoreVersion) {
        case = case.on(OTHER_PROOF);
    }
    match breaks {
        Breaks::Scope | Breaks::ScopeOnce | Breaks::ReadsOnly | Breaks::Expired => {
            case.needs(needs::LIMITED_TOKENS)
        }
        _ => case,
    }
}

/// A request without a token, and with a wrong one.
pub(super) fn no_token(id: Id, endpoint: Endpoint) -> ServerCase {
    probed(id, "token-required", (endpoint, Breaks::NoToken))
}

/// A request with a token that lacks the ability.
pub(super) fn scope(id: Id, requirement: Id, endpoint: Endpoint) -> ServerCase {
    probed(id, requirement, (endpoint, Breaks::Scope))
}

/// A request for a project that does not exist.
pub(super) fn unknown_project(id: Id, endpoint: Endpoint) -> ServerCase {
    probed(id, "unknown-project", (endpoint, Breaks::UnknownProject))
}

impl ServerCase {
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

    /// Waits together with the others that do.
    pub(super) fn together(self) -> Self {
        self.phase(Phase::Together)
    }

    /// Judges what the run has recorded, once all others are done.
    pub(super) fn late(self) -> Self {
        self.phase(Phase::Late)
    }
}
