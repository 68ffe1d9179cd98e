//! What `keyproof check` is aimed at.

use std::sync::Arc;

use super::arguments::Arguments;
use crate::cli::Trouble;
use crate::cli::server::{Embedded, Foreign, Settings};
use crate::crypto::Iterations;
use crate::harness::Redactor;
use crate::suite::server::{Server, Terms};

/// Cases that run side by side against a mock of our own.
const SIDE_BY_SIDE: usize = 8;

/// A target and what the command line knows of it.
pub(super) struct Aim {
    pub(super) target: Arc<dyn Server>,
    /// The same, if it is somebody's server.
    pub(super) foreign: Option<Arc<Foreign>>,
    pub(super) name: String,
    /// Texts of it that are no secrets.
    pub(super) public: Vec<String>,
    pub(super) terms: Terms,
    pub(super) side_by_side: usize,
}

/// Reaches for the server that is given, or starts the embedded mock.
pub(super) async fn aim(
    arguments: &Arguments,
    foreign: Option<Foreign>,
    redactor: &Redactor,
) -> Result<Aim, Trouble> {
    if let Some(mut foreign) = foreign {
        let staging = &arguments.staging;
        let budget = arguments.budget();
        staging.apply(&mut foreign, budget)?;
        if staging.restarts() && arguments.suite.shard.is_some() {
            return Err(Trouble::usage(
                "--restart: the other shards would find no server meanwhile: leave out --shard",
            ));
        }
        let foreign = Arc::new(foreign);
        return Ok(Aim {
            name: foreign.url().to_owned(),
            target: Arc::clone(&foreign) as Arc<dyn Server>,
            foreign: Some(foreign),
            public: Vec::new(),
            terms: Terms {
                budget,
                allowance: staging
                    .allowance(arguments.suite.shard.map_or(1, |shard| shard.count().get())),
                connection: arguments.connection.read(redactor)?,
                is_thrifty: arguments.quick || arguments.explore.is_some(),
            },
            side_by_side: arguments.connection.side_by_side(),
        });
    }
    let settings = Settings {
        seed: arguments.seed(),
        defects: arguments.defect.clone(),
        variants: arguments.variant.clone(),
        // What the derivation of its own keys costs says nothing about sequences.
        iterations: arguments.explore.map(|_| Iterations::ONE),
        ..Settings::default()
    };
    let embedded = Embedded::start(settings).await.map_err(|error| {
        Trouble::unreachable(format!("the embedded mock did not start: {error}"))
    })?;
    Ok(Aim {
        name: "embedded mock".to_owned(),
        public: embedded.public_texts(),
        target: Arc::new(embedded),
        foreign: None,
        terms: Terms { is_thrifty: arguments.quick, ..Terms::unbounded() },
        side_by_side: SIDE_BY_SIDE,
    })
}
