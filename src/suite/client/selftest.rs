//! Proves that the suite can fail, by the reference adapter with each slip of a client, and that it lets the right
//! one pass.

use std::future::Future;
use std::path::PathBuf;
use std::time::Duration;

use super::{ClientSuite, WITHHELD_MEMBERS, cases, catalogue, catches};
use crate::adapter::reference::{Bug, Slip};
use crate::harness::Redactor;
use crate::harness::selftest::{Expectation, Trial};
use crate::suite::sdk::selftest::{run, start};

/// No operation of the reference adapter takes longer.
const PATIENCE: Duration = Duration::from_secs(30);

/// The reference adapter as a client, of which it is known what is wrong with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// With a slip.
    Wrong(Slip),
    /// Without one.
    Right,
}

impl Subject {
    /// All of them, the right one first.
    pub fn all() -> Vec<Self> {
        let wrong = Slip::ALL.iter().copied().map(Self::Wrong);
        std::iter::once(Self::Right).chain(wrong).collect()
    }

    /// What the user selects it by.
    pub fn id(self) -> String {
        match self {
            Self::Wrong(slip) => format!("client/{}", Bug::Slip(slip)),
            Self::Right => "client/right".to_owned(),
        }
    }

    /// The arguments of `keyproof` that make it.
    pub fn arguments(self) -> Vec<String> {
        let mut arguments = vec!["adapter".to_owned()];
        if let Self::Wrong(slip) = self {
            arguments.extend(["--bug".to_owned(), Bug::Slip(slip).to_string()]);
        }
        arguments
    }

    /// Runs the suite against it, until `stop` is ready. `keyproof` is the binary that has the
    /// reference adapter.
    ///
    /// # Errors
    /// The adapter or the mock could not be started.
    pub async fn attempt(
        self,
        keyproof: PathBuf,
        stop: impl Future<Output = ()> + Send,
    ) -> Result<Trial, String> {
        let expectation = match self {
            Self::Wrong(slip) => {
                Expectation::Caught(catches()?.catch(&Bug::Slip(slip).to_string())?)
            }
            Self::Right => Expectation::Held,
        };
        let session = start(keyproof, &self.id(), self.arguments(), PATIENCE).await?;
        let (cases, catalogue, width) = (cases(), catalogue()?, session.width());
        let suite = ClientSuite::start(session, &Redactor::new(WITHHELD_MEMBERS)).await?;
        let conclusion = run(&suite, &cases, &catalogue, (&[], width), stop).await;
        suite.close().await;
        Ok(Trial { id: self.id(), expectation, conclusion: conclusion? })
    }
}
