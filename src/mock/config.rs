//! What one mock is configured to do.

use std::collections::BTreeSet;
use std::time::Duration;

use super::access::Access;
use super::rate_limit::Limits;
use crate::contract::limit;
use crate::crypto::Iterations;
use crate::mock::misbehaviour::defect::Defect;
use crate::mock::misbehaviour::row::Row;
use crate::mock::misbehaviour::variant::Variant;

/// The settings of a mock, unchanged while it runs.
#[derive(Debug, Clone)]
pub(super) struct Config {
    pub(super) limits: Limits,
    pub(super) access: Access,
    pub(super) strict: bool,
    /// Fewest iterations of a client's proof, and exactly those of a server's key.
    pub(super) iterations: Iterations,
    pub(super) seed: Option<u64>,
    pub(super) defects: BTreeSet<Defect>,
    pub(super) variants: BTreeSet<Variant>,
    /// Whether defects and variants do what their tables say.
    pub(super) acts: bool,
    /// Misbehaviour that is no named defect.
    pub(super) rows: Vec<Row>,
    /// What the bodies of all requests may take together, their parsed form included. Bytes.
    pub(super) body_memory: usize,
    /// Longest time for a body to arrive.
    pub(super) body_time: Duration,
    /// Longest time for which a connection may send nothing that is a request.
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
            rows: Vec::new(),
            body_memory: limit::MEMORY_BYTES,
            body_time: limit::BODY_TIME,
            idle_time: limit::IDLE_TIME,
        }
    }
}
