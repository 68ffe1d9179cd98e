//! How an embedded mock is started.

use crate::crypto::Iterations;
use crate::mock::{self, Defect, MockServer, Row, Variant};

/// How an embedded mock is started.
#[derive(Clone, Default)]
pub struct Settings {
    /// What makes ids, keys and salts reproducible.
    pub seed: u64,
    /// Ways in which it breaks the contract.
    pub defects: Vec<Defect>,
    /// Ways in which it keeps the contract otherwise.
    pub variants: Vec<Variant>,
    /// What is wrong with its answers and its writes beside that.
    pub rows: Vec<Row>,
    /// Whether no defect and no variant does anything: [`mock::Builder::inert`].
    #[doc(hidden)]
    pub inert: bool,
    /// Iterations of its own keys, if not the platform's.
    pub iterations: Option<Iterations>,
}

impl Settings {
    /// A mock of them.
    pub(super) fn builder(&self) -> mock::Builder {
        let mut builder = MockServer::builder()
            .seed(self.seed)
            .misbehave(self.rows.clone())
            .min_iterations(self.iterations.unwrap_or(Iterations::PLATFORM));
        for defect in &self.defects {
            builder = builder.defect(*defect);
        }
        for variant in &self.variants {
            builder = builder.variant(*variant);
        }
        if self.inert { builder.inert() } else { builder }
    }
}
