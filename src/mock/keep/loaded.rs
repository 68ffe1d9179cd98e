//! What a mock goes on from.

use std::collections::BTreeMap;

use crate::mock::draw::Seed;
use crate::mock::keep::saved::Saved;
use crate::mock::misbehaviour::row::Row;
use crate::mock::model::organization::Organization;
use crate::mock::rate_limit::RateLimiter;

/// Names of the facts that are kept beside the rows.
pub(in crate::mock) const SEED: &str = "seed";
pub(in crate::mock) const CLOCK: &str = "clock";
pub(in crate::mock) const FIXTURE: &str = "fixture";

/// What an earlier mock has kept.
pub(in crate::mock) struct Loaded {
    pub(in crate::mock) seed: Seed,
    /// How its clock went.
    pub(in crate::mock) clock: Option<String>,
    /// The text of its fixture, if it had one of its own.
    pub(in crate::mock) fixture: Option<String>,
    pub(in crate::mock) organizations: Vec<(Saved, Organization, RateLimiter)>,
    /// By number, of those that were made while a mock ran.
    pub(in crate::mock) origins: BTreeMap<u64, (Organization, Vec<Row>)>,
}
