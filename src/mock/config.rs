//! The settings of a mock.

use std::collections::BTreeSet;
use std::time::Duration;

use super::access::Access;
use super::rate_limit::Limits;
use crate::contract::limit;
use crate::crypto::Iterations;
use crate::mock::misbehaviour::defect::Defect;
use crate::mock::misbehaviour::user_rows::UserRows;
use crate::mock::misbehaviour::variant::Variant;

/// The settings of a mock, and of each organization in it.
#[derive(Debug, Clone)]
pub(super) struct Config {
    pub(super) limits: Limits,
    pub(super) access: Access,
    pub(super) strict: bool,
    /// Fewest iterations of a client's proof, and the iterations of a server's key.
    pub(super) iterations: Iterations,
    pub(super) seed: Option<u64>,
    pub(super) defects: BTreeSet<Defect>,
    pub(super) variants: BTreeSet<Variant>,
    /// Whether defects and variants do what their tables say.
    pub(super) acts: bool,
    pub(super) rows: UserRows,
    /// See [`limit::MEMORY_BYTES`].
    pub(super) body_memory: usize,
    /// See [`limit::BODY_TIME`].
    pub(super) body_time: Duration,
    /// See [`limit::IDLE_TIME`].
    pub(super) idle_time: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            limits: Limits::Live,
            access: Access::default(),
            strict: false,
            iterations: Iterations::PLATFORM,
            seed: None,
            defects: BTreeSet::new(),
            variants: BTreeSet::new(),
            acts: true,
            rows: UserRows::default(),
            body_memory: limit::MEMORY_BYTES,
            body_time: limit::BODY_TIME,
            idle_time: limit::IDLE_TIME,
        }
    }
}
