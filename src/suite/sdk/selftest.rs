//! Proves that the suite can fail, by the reference adapter with each of its bugs, and that it lets right adapters
//! pass, by the one without bugs and each of its variants.

use std::future::Future;
use std::path::PathBuf;
use std::time::Duration;

use super::{Peer, SdkSuite, cases, catalogue, catch, claiming};
use crate::adapter::reference::{Bug, Quirk, Variant};
use crate::adapter::{Launcher, Pace, Session};
use crate::contract::requirement::Catalogue;
use crate::harness::selftest::{Expectation, Trial};
use crate::harness::{self, Case, Conclusion, Options, Redactor, Selection, Suite};

/// No derivation of the reference adapter takes longer: what does will never be answered.
const PATIENCE: Duration = Duration::from_secs(5);

/// An adapter of which it is known what is wrong with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// The reference adapter with a bug.
    Wrong(Bug),
    /// The reference adapter, plain or with a peculiarity.
    Right(Option<Variant>),
}

impl Subject {
    /// All of them, the right ones first.
    pub fn all() -> Vec<Self> {
        let variants = Variant::ALL.iter().copied();
        let right = std::iter::once(None).chain(variants.map(Some));
        let of_the_crypto = |bug: &Bug| !matches!(bug, Bug::Slip(_));
        let wrong = Bug::all().into_iter().filter(of_the_crypto).map(Self::Wrong);
        right.map(Self::Right).chain(wrong).collect()
    }

    /// What the user selects it by.
    pub fn id(self) -> String {
        match self {
            Self::Wrong(bug) => format!("sdk/{bug}"),
            Self::Right(None) => "sdk/right".to_owned(),
            Self::Right(Some(variant)) => format!("sdk/right-{}", variant.name()),
        }
    }

    /// The arguments of `keyproof` that make it.
    pub fn arguments(self) -> Vec<String> {
        let option = match self {
            Self::Wrong(bug) => vec!["--bug".to_owned(), bug.to_string()],
            Self::Right(None) => Vec::new(),
            Self::Right(Some(variant)) => vec!["--variant".to_owned(), variant.name().to_owned()],
        };
        [vec!["adapter".to_owned()], option].concat()
    }

    /// What the suite has to make of it.
    ///
    /// # Errors
    /// No case claims to catch its bug.
    pub fn expectation(self) -> Result<Expectation, String> {
        match self {
            Self::Wrong(bug) => catch(bug).map(Expectation::Caught),
            Self::Right(_) => Ok(Expectation::Held),
        }
    }

    /// Runs the suite against it, until `stop` is ready. `keyproof` is the binary that has the
    /// reference adapter.
    ///
    /// # Errors
    /// The adapter could not be started, or no case claims to catch its bug.
    pub async fn attempt(
        self,
        keyproof: PathBuf,
        stop: impl Future<Output = ()> + Send,
    ) -> Result<Trial, String> {
        let expectation = self.expectation()?;
        let globs = match (self, &expectation) {
            // Each of the hundreds of other long keys would have to be waited for.
            (Self::Wrong(Bug::Quirk(Quirk::HangsOnLongKey)), Expectation::Caught(catch)) => {
                claiming(catch)
            }
            _ => Vec::new(),
        };
        let right = Self::Right(None);
        let session = start(keyproof.clone(), &self.id(), self.arguments(), PATIENCE).await?;
        let peer = start(keyproof, &right.id(), right.arguments(), PATIENCE).await?;
        let peer = Peer { name: "peer".to_owned(), session: peer };
        let redactor = Redactor::new(&[]);
        let conclusion = conclude(session, vec![peer], &redactor, &globs, stop).await?;
        Ok(Trial { id: self.id(), expectation, conclusion })
    }
}

/// Starts the reference adapter, with these arguments of `keyproof`.
pub(crate) async fn start(
    keyproof: PathBuf,
    id: &str,
    arguments: Vec<String>,
    patience: Duration,
) -> Result<Session, String> {
    let mut command = vec![keyproof.clone().into_os_string()];
    command.extend(arguments.into_iter().map(Into::into));
    let launcher = Launcher { keyproof, command };
    let session = Session::start(launcher, false, Pace::with_floor(patience)).await;
    session.map_err(|error| format!("{id}: {error}"))
}

/// Runs the cases that the globs select, all without any, until `stop` is ready. Ends the sessions.
///
/// # Errors
/// A glob that is none, or selects nothing; the suite that is compiled in is broken.
pub async fn conclude(
    session: Session,
    peers: Vec<Peer>,
    redactor: &Redactor,
    globs: &[String],
    stop: impl Future<Output = ()> + Send,
) -> Result<Conclusion, String> {
    let (cases, catalogue, width) = (cases()?, catalogue()?, session.width());
    let suite = SdkSuite::new(session, peers, 0, redactor);
    let conclusion = run(&suite, &cases, &catalogue, (globs, width), stop).await;
    suite.close().await;
    conclusion
}

/// Runs the cases of a suite that the globs select, all without any, so many at once, until `stop` is ready.
pub(crate) async fn run<S: Suite>(
    suite: &S,
    cases: &[Case<S::Context>],
    catalogue: &Catalogue,
    (globs, concurrency): (&[String], usize),
    stop: impl Future<Output = ()> + Send,
) -> Result<Conclusion, String> {
    let selected = Selection::parse(globs, &[], false);
    let selected = selected.and_then(|selection| selection.apply(cases));
    let selected = selected.map_err(|error| error.to_string())?;
    let options = Options { concurrency, ..Options::default() };
    Ok(harness::run(suite, cases, &selected, catalogue, options, stop).await)
}
