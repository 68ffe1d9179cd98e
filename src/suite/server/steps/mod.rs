//! Shared steps: each is done once a run, for all the cases that use it. How refusals are judged.

mod breaks;
mod company;
mod fate;
mod handover;
mod hang_ups;
mod levels;
mod lifetime;
mod limited_token;
mod near_proofs;
mod other_proof;
mod own_token;
mod pair;
mod probe;
mod project;
mod refusal;
mod rest;
mod rotations;
mod secret_ids;
mod site;
mod snapshot;
mod step;
mod told;
mod used_up;

pub(super) use breaks::{Breaks, NO_ROW};
pub(super) use company::{Company, Met, two_rotations};
pub(super) use fate::{Fate, Unanswered};
pub(super) use handover::PAIRS;
pub(super) use hang_ups::HANG_UPS;
pub(super) use levels::LEVELS;
pub(super) use lifetime::{LIFETIME, Lifetime, Restored, ids};
pub(super) use limited_token::{LimitedToken, id_of, token_of};
pub(super) use other_proof::OTHER_PROOF;
pub(super) use own_token::OwnToken;
pub(super) use pair::{Pair, Stage};
pub(super) use probe::{PROBES, Probe, THRIFTY, probe, probe_step, seen, shared_step, site_step};
pub(super) use project::{
    AT_TARGET, FIRST, Project, SECOND, TARGET, THIRD, create_client_project, store, store_twice,
};
pub(super) use refusal::{Reason, Twin, accepted, refusals, refused, without_effect};
pub(super) use rest::{REST, at_rest, hang_up};
pub(super) use rotations::{ROTATIONS, Rotated, Rotations, await_job, rotate};
pub(super) use secret_ids::{Named, SecretIds, secret_ids};
pub(super) use site::{
    CLIENT_SITE, LockedSite, OTHER_CLIENT_SITE, OTHER_SERVER_SITE, ROTATION_SITE, SERVER_SITE,
    Site, rotation_body, row_id,
};
pub(super) use snapshot::Snapshot;
pub use step::Step;
pub(super) use told::{established, says_the_same};
pub(super) use used_up::{LimitedServer, USED_UP, UsedUp};
