//! What one mock is configured to do.

use std::collections::BTreeSet;

use super::faults::Defect;
use super::rate_limit::Limits;
use super::variants::Variant;
use crate::contract::request::Rules;
use crate::crypto::Iterations;

/// The settings of a mock, unchanged while it runs.
#[derive(Debug, Clone)]
pub(super) struct Config {
    pub(super) limits: Limits,
    pub(super) strict: bool,
    /// Fewest iterations of a client's proof, and exactly those of a server's key.
    pub(super) iterations: Iterations,
    pub(super) seed: Option<u64>,
    pub(super) defects: BTreeSet<Defect>,
    pub(super) variants: BTreeSet<Variant>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            limits: Limits::Live,
            strict: false,
            iterations: Iterations::PLATFORM,
            seed: None,
            defects: BTreeSet::new(),
            variants: BTreeSet::new(),
        }
    }
}

impl Config {
    pub(super) fn has(&self, defect: Defect) -> bool {
        self.defects.contains(&defect)
    }

    pub(super) fn varies(&self, variant: Variant) -> bool {
        self.variants.contains(&variant)
    }

    pub(super) fn rules(&self) -> Rules {
        Rules {
            minimum_iterations: match self.varies(Variant::IterationsUnbounded) {
                true => 1,
                false => self.iterations.get(),
            },
            strict: self.strict || self.varies(Variant::StrictContents),
        }
    }
}
