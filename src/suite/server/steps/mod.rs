//! Shared steps: each is done once a run, for all the cases that use it. How refusals are judged.

pub(super) mod levels;
pub(super) mod lifetime;
pub(super) mod limited_token;
pub(super) mod probe;
pub(super) mod project;
pub(super) mod refusal;
pub(super) mod rotations;
pub(super) mod secret_ids;
pub(super) mod site;
pub(super) mod snapshot;
pub(super) mod step;
pub(super) mod table;
pub(super) mod used_up;
