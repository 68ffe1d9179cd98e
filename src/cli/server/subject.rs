//! The embedded mock with what is known of it: a defect, a variant, or neither.

use std::future::Future;
use std::sync::Arc;

use crate::cli::server::{Embedded, Settings};
use crate::crypto::Iterations;
use crate::harness::selftest::{Expectation, Trial};
use crate::mock::{Defect, Variant};
use crate::suite::server;
use crate::suite::server::selftest::{Common, attempt};

/// A server of which it is known what is wrong with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    Wrong(Defect),
    /// The mock, plain or with a variant.
    Right(Option<Variant>),
}

impl Subject {
    /// All of them, the right ones first.
    pub fn all() -> Vec<Self> {
        let variants = Variant::ALL.iter().copied();
        let right = std::iter::once(None).chain(variants.map(Some));
        let wrong = Defect::ALL.iter().copied().map(Self::Wrong);
        right.map(Self::Right).chain(wrong).collect()
    }

    /// What the user selects it by.
    pub fn id(self) -> String {
        match self {
            Self::Wrong(defect) => format!("server/{}", defect.name()),
            Self::Right(None) => "server/right".to_owned(),
            Self::Right(Some(variant)) => format!("server/{}", variant.name()),
        }
    }

    /// What the suite has to make of it.
    ///
    /// # Errors
    /// No case claims to catch its defect.
    pub fn expectation(self) -> Result<Expectation, String> {
        match self {
            Self::Wrong(defect) => {
                let catch = server::catches()?.catch(defect.name())?;
                Ok(Expectation::Caught(catch))
            }
            Self::Right(_) => Ok(Expectation::Held),
        }
    }

    /// Runs the suite against it, until `stop` is ready.
    ///
    /// # Errors
    /// The mock does not start, or no case claims to catch its defect.
    pub async fn attempt(
        self,
        common: &Common,
        stop: impl Future<Output = ()> + Send,
    ) -> Result<Trial, String> {
        let id = self.id();
        let expectation = self.expectation()?;
        let started = Embedded::start(self.settings()).await;
        let target = started.map_err(|error| format!("{id}: the mock did not start: {error}"))?;
        attempt(id, expectation, Arc::new(target), common, stop).await
    }

    fn settings(self) -> Settings {
        let (defects, variants) = match self {
            Self::Wrong(defect) => (vec![defect], Vec::new()),
            Self::Right(variant) => (Vec::new(), variant.into_iter().collect()),
        };
        Settings {
            defects,
            variants,
            // What the derivation of its own keys costs proves nothing.
            iterations: Some(Iterations::ONE),
            ..Settings::default()
        }
    }
}
