//! One run against one server, from first contact to tidying up.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::arrival::{Arrival, CannotStart};
use super::context::Context;
use super::explore::{self, Explored};
use super::inventory::{self, Thing};
use super::key::Keys;
use super::needs;
use super::patience::{Patience, first_answer};
use super::plan::{self, Plan};
use super::run::Shared;
use super::run_name::RunName;
use super::tidying::{Leftovers, Swept, Tidying};
use super::wire::{Allowance, Budget, Forgotten, Outline, Purse, Repeats, Server, Terms};
use crate::harness::{self, Case, Exit, Need, Redactor, Selected, Spending, Stop};

/// One run of the suite against one server.
#[derive(Clone)]
pub struct ServerSuite {
    pub(super) shared: Arc<Shared>,
}

/// Longest that tidying up at once takes.
const AT_ONCE: Duration = Duration::from_secs(4);

impl ServerSuite {
    /// A run against `server`. Registers its tokens with the redactor.
    ///
    /// # Errors
    /// The HTTP client or a shape could not be made: a fault of the harness.
    pub fn new(
        server: Arc<dyn Server>,
        terms: &Terms,
        redactor: &Redactor,
    ) -> Result<Self, String> {
        Self::with_keys(server, terms, redactor, Arc::default())
    }

    /// The same with the client keys of other runs, each derived once for all of them. The redactor has
    /// to be theirs too: it knows the passphrases of the keys.
    ///
    /// # Errors
    /// As [`ServerSuite::new`].
    pub fn with_keys(
        server: Arc<dyn Server>,
        terms: &Terms,
        redactor: &Redactor,
        keys: Arc<Keys>,
    ) -> Result<Self, String> {
        Ok(Self { shared: Arc::new(Shared::new(server, terms, redactor, keys)?) })
    }

    /// Shows `watch` every exchange from now on. Once a run.
    pub fn watch(&self, watch: Arc<dyn harness::report::Watch>) {
        let _ = self.shared.door.watch.set(watch);
    }

    /// First contact: reads one list and writes nothing. The run has its name from here on. A server that is not up
    /// yet is waited for with patience, if there is any.
    ///
    /// # Errors
    /// Why the run cannot start.
    pub async fn arrive(&self, patience: Option<Patience<'_>>) -> Result<Arrival, CannotStart> {
        let arrival = match patience {
            Some(patience) => {
                let sent = first_answer(&self.shared, &patience).await?;
                Arrival::read(self.shared.server.url(), sent)?
            }
            None => self.own_context().arrive().await?,
        };
        let _ = self.shared.name.set(arrival.run.clone());
        Ok(arrival)
    }

    /// Deletes what the runs in `dead` have left behind in each organization of the server, and what
    /// is older than any run, until `stop` is ready. Sends no more than `most` requests.
    ///
    /// # Errors
    /// The projects could not be listed.
    pub async fn sweep(
        &self,
        dead: &[RunName],
        most: u32,
        stop: impl Future<Output = ()>,
    ) -> Result<Swept, CannotStart> {
        let purse = Purse::new(most, inventory::LISTS);
        let mut tidying = Tidying::new(&self.shared, purse, dead, Vec::new());
        tidying.takes_abandoned = true;
        let is_stopped = tokio::select! {
            swept = tidying.run() => swept.map(|()| false)?,
            () = stop => true,
        };
        Ok(Swept { is_stopped, ..tidying.outcome() })
    }

    /// Makes one project and deletes it again: a token that may not delete would leave everything behind.
    ///
    /// # Errors
    /// What could not be done, with the name of the project if it is there now.
    pub async fn try_out(&self) -> Result<(), CannotStart> {
        let created = self.own_context().create_project(None, serde_json::json!({})).await;
        let slug =
            created.map_err(|stop| CannotStart::at_trial(&stop, "no project could be made"))?;
        let trial = vec![Thing::project(false, &slug)];
        let tidying = Tidying::of(&self.shared, &[], trial);
        match tidying.run_unlisted().await {
            Ok(()) => Ok(()),
            Err(Stop::CouldNotRun(_)) => Err(CannotStart::new(
                Exit::Incomplete,
                format!(
                    "a trial: the token may make projects and not delete them, so that nothing else was \
                     begun: delete {slug} by hand"
                ),
            )),
            Err(stop) => Err(CannotStart::at_trial(&stop, &format!("{slug} could not be deleted"))),
        }
    }

    /// Deletes all that the run has made, at the pace of its limits. Gives what is left.
    pub async fn tidy_up(&self) -> Leftovers {
        self.leave(false, Duration::MAX).await
    }

    /// The same after an interrupt: in a few seconds, with the requests that were kept back for it.
    pub async fn tidy_up_at_once(&self) -> Leftovers {
        self.leave(true, AT_ONCE).await
    }

    /// Takes so many random steps on projects of its own, until a sequence of them fails or the budget is spent. The same
    /// seed draws the same steps.
    pub async fn explore(&self, seed: u64, steps: u32) -> Explored {
        explore::explore(&self.own_context(), seed, steps).await
    }

    async fn leave(&self, is_at_once: bool, longest: Duration) -> Leftovers {
        if !self.shared.inventory.was_used() {
            return Leftovers::default();
        }
        let things = self.shared.inventory.all();
        let run = self.shared.name.get().cloned();
        let mut tidying = Tidying::of(&self.shared, run.as_slice(), things);
        tidying.is_at_once = is_at_once;
        // Where nothing can be listed, the answers to the DELETEs count.
        let _ = tokio::time::timeout(longest, tidying.run()).await;
        tidying.outcome().left
    }

    /// What the run has made and not yet deleted, as far as is known now.
    pub fn alive(&self) -> Leftovers {
        self.shared.inventory.all().iter().collect()
    }

    /// What a run of the selected cases is going to spend, as far as they can be observed here.
    pub fn plan(&self, cases: &[Case<Context>], selected: &Selected, allowance: Allowance) -> Plan {
        let is_observable = |case: &Case<Context>| harness::Suite::unmet(self, case).is_empty();
        let job_wait = self.shared.server.job_wait();
        let plan = Plan::of(cases, selected, is_observable, allowance, job_wait);
        // What the cases declare is for whole looks. Here the door keeps the promise, tidying included.
        if self.shared.is_thrifty { plan.within(Budget::QUICK.requests, allowance) } else { plan }
    }

    /// What each shared step that was made has spent.
    pub(super) fn step_costs(&self) -> BTreeMap<&'static str, Spending> {
        self.shared.step_costs.lock().clone()
    }

    /// The outline of all answers so far.
    pub fn outline(&self) -> Outline {
        self.shared.door.outline.so_far()
    }

    /// What whoever reads the report should know of the server's clocks: nothing where they agree.
    pub fn remark_on_clocks(&self) -> Option<String> {
        self.shared.door.clock.remark()
    }

    /// What had to be sent again.
    pub fn repeats(&self) -> Repeats {
        *self.shared.door.repeats.lock()
    }

    /// Answers that did not know what an answer before them had told.
    pub fn forgotten(&self) -> Forgotten {
        self.shared.door.signs.so_far()
    }

    fn own_context(&self) -> Context {
        Context::new(Arc::clone(&self.shared), Spending::UNBOUNDED)
    }
}

impl harness::Suite for ServerSuite {
    type Context = Context;

    fn supplies(&self, need: &Need) -> bool {
        self.shared.server.supplies(need)
    }

    fn unmet(&self, case: &Case<Context>) -> Vec<Need> {
        let writes = plan::writes(case).then_some(needs::WRITES);
        let needed = case.needs.iter().copied().chain(writes);
        let mut unmet: Vec<Need> = needed.filter(|need| !self.supplies(need)).collect();
        let may_rotate = self.shared.door.ledger.budget.rotations > 0;
        if !may_rotate && plan::rotates(case) && !unmet.contains(&needs::QUOTA) {
            unmet.push(needs::QUOTA);
        }
        unmet
    }

    fn context(&self, case: &Case<Context>) -> Context {
        Context::of(case, Arc::clone(&self.shared))
    }

    fn spent(&self, context: &Context) -> Spending {
        context.spent()
    }

    /// What stays all the same is deleted with everything else in the end.
    async fn finish(&self, context: &Context) {
        let made = context.made();
        if !made.is_empty() {
            Tidying::of(&self.shared, &[], made).delete_due().await;
        }
    }

    fn redactor(&self) -> &Redactor {
        &self.shared.redactor
    }
}
