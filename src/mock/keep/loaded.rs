//! What a mock goes on from.

use std::collections::BTreeMap;

use super::restored::Restored;
use crate::mock::draw::Seed;

/// Names of the facts that a data file has beside its organizations.
pub(in crate::mock) const SEED: &str = "seed";
pub(in crate::mock) const CLOCK: &str = "clock";
pub(in crate::mock) const FIXTURE: &str = "fixture";

/// What an earlier mock has left in its data file.
pub(in crate::mock) struct Loaded {
    pub(in crate::mock) seed: Seed,
    /// See [`Clock::put_back`](crate::mock::clock::Clock::put_back).
    pub(in crate::mock) clock: Option<String>,
    /// The text of its fixture; none if that was the default one.
    pub(in crate::mock) fixture: Option<String>,
    pub(in crate::mock) organizations: Vec<Restored>,
    /// By number, what a reset goes back to, of organizations that were made while a mock ran.
    pub(in crate::mock) origins: BTreeMap<u64, Restored>,
}
