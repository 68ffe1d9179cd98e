//! Whether the suite can fail: the whole of it, against a server of which it is known what is wrong.

use std::future::Future;
use std::sync::Arc;

use tokio::sync::Notify;

use super::cases::all;
use super::catalogue::catalogue;
use super::key::Keys;
use super::quick::Prices;
use super::suite::ServerSuite;
use super::wire::{Budget, Server, Terms};
use crate::harness::report::Watch;
use crate::harness::selftest::{Expectation, Trial};
use crate::harness::{
    self, Conclusion, Exit, Options, Outcome, Phase, Progress, Redactor, Selection, Verdict,
};

/// Cases that run side by side in one trial.
const SIDE_BY_SIDE: usize = 8;

/// What the trials of one proof have in common: the client keys, which take long to derive, and the redactor
/// that knows their passphrases.
pub struct Common {
    keys: Arc<Keys>,
    redactor: Redactor,
}

impl Default for Common {
    fn default() -> Self {
        Self { keys: Arc::default(), redactor: Redactor::new(&[]) }
    }
}

impl Common {
    /// Derives the client keys, so that what is apart from this one has them too.
    ///
    /// # Errors
    /// The operating system gives no random bytes.
    pub async fn derive(&self) -> Result<(), String> {
        self.keys.derive(&self.redactor).await.map_err(|stop| stop.to_string())
    }

    /// The same keys for one of very many trials. What its server sends is forgotten with it.
    #[must_use]
    pub fn apart(&self) -> Self {
        Self { keys: Arc::clone(&self.keys), redactor: self.redactor.apart() }
    }
}

/// The cases that judge what a whole run has recorded.
pub fn late() -> Vec<&'static str> {
    let late = all().into_iter().filter(|case| case.phase == Phase::Late);
    late.map(|case| case.id).collect()
}

/// Runs those cases against `server`, until the outcome of one settles the matter. `watch` sees every exchange.
///
/// # Errors
/// The suite that is compiled in is broken, or there is no such case.
pub async fn run_until(
    server: Arc<dyn Server>,
    common: &Common,
    ids: &[&str],
    watch: Option<Arc<dyn Watch>>,
    settles: impl Fn(&Outcome) -> bool + Send + Sync,
) -> Result<Conclusion, String> {
    let (cases, catalogue) = (all(), catalogue()?);
    let ids: Vec<String> = ids.iter().map(|id| (*id).to_owned()).collect();
    let selection = Selection::parse(&ids, &[], true);
    let selected = selection.and_then(|selection| selection.apply(&cases));
    let selected = selected.map_err(|error| error.to_string())?;
    let keys = Arc::clone(&common.keys);
    let suite = ServerSuite::with_keys(server, &Terms::unbounded(), &common.redactor, keys)?;
    if let Some(watch) = watch {
        suite.watch(watch);
    }
    let settling = Settling { settles, is_settled: Notify::new() };
    let options = Options { concurrency: SIDE_BY_SIDE, progress: &settling, ..Options::default() };
    let stop = settling.is_settled.notified();
    Ok(harness::run(&suite, &cases, &selected, &catalogue, options, stop).await)
}

/// Notices when the matter is settled.
struct Settling<F> {
    settles: F,
    is_settled: Notify,
}

impl<F: Fn(&Outcome) -> bool + Send + Sync> Progress for Settling<F> {
    fn began(&self, _: usize) {}

    fn judged(&self, outcome: &Outcome, _: usize) {
        if (self.settles)(outcome) {
            self.is_settled.notify_one();
        }
    }

    fn ended(&self) {}
}

/// What each of these cases costs a quick run, and each shared step: measured one by one on a right server.
///
/// # Errors
/// The suite that is compiled in is broken, or the server is not right.
pub async fn prices(
    server: Arc<dyn Server>,
    common: &Common,
    of: &[&str],
) -> Result<Prices, String> {
    let (cases, catalogue) = (all(), catalogue()?);
    let ids: Vec<&str> = cases.iter().map(|case| case.id).collect();
    let selected = Selection::default().apply(&cases);
    let selected = selected.and_then(|whole| whole.only_quick(&ids, of));
    let selected = selected.map_err(|error| error.to_string())?;
    // Limited tokens expire with the time that a run may take.
    let budget = Budget { requests: u32::MAX, ..Budget::DEFAULT };
    let terms = Terms { budget, is_thrifty: true, ..Terms::default() };
    let keys = Arc::clone(&common.keys);
    let suite = ServerSuite::with_keys(server, &terms, &common.redactor, keys)?;
    let options = Options { concurrency: 1, ..Options::default() };
    let never = std::future::pending();
    let conclusion = harness::run(&suite, &cases, &selected, &catalogue, options, never).await;
    if conclusion.exit() != Exit::Held {
        let outcomes = conclusion.outcomes.iter();
        let failing = outcomes.filter(|outcome| outcome.verdict != Verdict::Pass);
        let failing: Vec<String> = failing.map(|outcome| format!("{outcome:?}")).collect();
        return Err(format!("{}: {}", conclusion.verdict_line(), failing.join("\n")));
    }
    let outcomes = conclusion.outcomes.iter();
    let steps = suite.step_costs().into_iter();
    Ok(Prices {
        cases: outcomes.map(|outcome| (outcome.id, outcome.spent.requests)).collect(),
        steps: steps.map(|(step, spent)| (step, spent.requests)).collect(),
    })
}

/// Runs every case against `server`, until `stop` is ready.
///
/// # Errors
/// The suite that is compiled in is broken.
pub async fn attempt(
    id: String,
    expectation: Expectation,
    server: Arc<dyn Server>,
    common: &Common,
    stop: impl Future<Output = ()> + Send,
) -> Result<Trial, String> {
    let (cases, catalogue) = (all(), catalogue()?);
    let selected = Selection::default().apply(&cases);
    let selected = selected.map_err(|error| error.to_string())?;
    let options = Options { concurrency: SIDE_BY_SIDE, ..Options::default() };
    let keys = Arc::clone(&common.keys);
    let suite = ServerSuite::with_keys(server, &Terms::unbounded(), &common.redactor, keys)?;
    let conclusion = harness::run(&suite, &cases, &selected, &catalogue, options, stop).await;
    // The server is gone with the trial: there is nothing to tidy up.
    Ok(Trial { id, expectation, conclusion })
}
