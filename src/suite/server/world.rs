//! One run against one target: the door, the keys, the shared projects, and what has to be tidied up.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use parking_lot::Mutex;
use tokio::sync::OnceCell;

use super::arrival::{Arrival, Turned};
use super::budget::Allowance;
use super::door::{Door, Repeats, Terms};
use super::key::Keys;
use super::minted::Minted;
use super::needs;
use super::outline::Outline;
use super::plan::Plan;
use super::run_name::RunName;
use super::scene::Scene;
use super::secret_ids::SecretIds;
use super::snapshot::Snapshots;
use super::step::Steps;
use super::sweep::{self, Swept};
use super::target::{Access, Target};
use super::timer::Timer;
use crate::harness::{self, Case, Need, Redactor, Selected, Spending, Stop};

/// What the cases of one run have in common.
pub struct World {
    pub(super) shared: Arc<Shared>,
}

/// The part that scenes hold on to.
pub(super) struct Shared {
    pub(super) target: Arc<dyn Target>,
    pub(super) door: Door,
    pub(super) redactor: Redactor,
    pub(super) keys: Arc<Keys>,
    pub(super) steps: Steps,
    pub(super) snapshots: Snapshots,
    pub(super) secret_ids: SecretIds,
    /// What was spent on inquiries.
    pub(super) inquiries: Arc<Mutex<Spending>>,
    pub(super) minted: Minted,
    /// The run's name, and when on its own timer it got it.
    run: OnceCell<(RunName, Duration)>,
    names: AtomicUsize,
    /// Projects that were made and not deleted: their slug, and whose organization they are in if
    /// that is not the target's own.
    projects: Mutex<Vec<(Option<Access>, String)>>,
}

impl World {
    /// A run against `target`. Registers its tokens with the redactor.
    ///
    /// # Errors
    /// The HTTP client or a shape could not be made: a fault of the harness.
    pub fn new(
        target: Arc<dyn Target>,
        terms: &Terms,
        redactor: &Redactor,
    ) -> Result<Self, String> {
        Self::with_keys(target, terms, redactor, Arc::default())
    }

    /// The same with the client keys of other runs, each derived once for all of them. The redactor has
    /// to be theirs too: it knows what the keys are made of.
    ///
    /// # Errors
    /// As [`World::new`].
    pub fn with_keys(
        target: Arc<dyn Target>,
        terms: &Terms,
        redactor: &Redactor,
        keys: Arc<Keys>,
    ) -> Result<Self, String> {
        let tokens = target.tokens();
        let given = [
            Some(&tokens.full),
            tokens.read_only.as_ref(),
            tokens.key_retrieve.as_ref(),
            tokens.key_rotate.as_ref(),
            tokens.expired.as_ref(),
            target.other_organization().map(|other| &other.token),
            target.control().map(|control| &control.token),
        ];
        for token in given.into_iter().flatten() {
            redactor.register(token);
        }
        Ok(Self {
            shared: Arc::new(Shared {
                door: Door::new(&*target, terms, redactor.clone())?,
                target,
                redactor: redactor.clone(),
                keys,
                steps: Steps::default(),
                snapshots: Snapshots::default(),
                secret_ids: SecretIds::default(),
                inquiries: Arc::default(),
                minted: Minted::default(),
                run: OnceCell::new(),
                names: AtomicUsize::new(0),
                projects: Mutex::default(),
            }),
        })
    }

    /// Lets someone see every exchange from now on. Once a run.
    pub fn watch(&self, watch: Arc<dyn harness::report::Watch>) {
        let _ = self.shared.door.watch.set(watch);
    }

    /// First contact: asks one thing, writes nothing. The run has its name from here on.
    ///
    /// # Errors
    /// What keeps the run from beginning.
    pub async fn arrive(&self) -> Result<Arrival, Turned> {
        let arrival = Arrival::at(&self.scene()).await?;
        let now = self.shared.target.timer().elapsed();
        let _ = self.shared.run.set((arrival.run.clone(), now));
        Ok(arrival)
    }

    /// Deletes what the runs in `dead` have left behind in each organization of the target, and what
    /// is older than any run.
    ///
    /// # Errors
    /// The projects could not be listed.
    pub async fn sweep(&self, dead: &[RunName]) -> Result<Swept, Turned> {
        let scene = self.scene();
        let mut swept = sweep::sweep(&scene, None, dead).await?;
        if let Some(other) = self.shared.target.other_organization() {
            let more = sweep::sweep(&scene, Some(other), dead).await?;
            swept.deleted.extend(more.deleted);
            swept.left.extend(more.left);
        }
        Ok(swept)
    }

    /// Makes one project and deletes it again: whoever may not delete must not begin.
    ///
    /// # Errors
    /// What could not be done, with the name of the project if it is there now.
    pub async fn try_out(&self) -> Result<(), Turned> {
        let scene = self.scene();
        let made = scene.create_project(serde_json::json!({})).await;
        let slug = made.map_err(|stop| Turned::at_trial(&stop, "no project could be made"))?;
        match sweep::delete(&scene, None, &slug).await {
            Ok(true) => {
                self.shared.forget(&slug);
                Ok(())
            }
            Ok(false) => Err(Turned::could_not_run(format!(
                "a trial: the token may make projects and not delete them, so that nothing else was begun: \
                 delete {slug} by hand"
            ))),
            Err(stop) => {
                let what = format!("{slug} could not be deleted");
                Err(Turned::at_trial(&stop, &what))
            }
        }
    }

    /// Deletes every project that the run made. What could not be deleted is named. A server that
    /// does not answer is not asked for the rest: each request would wait for its timeout.
    pub async fn tidy_up(&self) -> Vec<String> {
        let projects = std::mem::take(&mut *self.shared.projects.lock());
        let scene = self.scene();
        let mut left = Vec::new();
        let mut is_gone = false;
        for (other, slug) in projects {
            if is_gone {
                left.push(slug);
                continue;
            }
            let deleted = sweep::delete(&scene, other.as_ref(), &slug).await;
            is_gone = matches!(deleted, Err(Stop::Unreachable(_)));
            if !matches!(deleted, Ok(true)) {
                left.push(slug);
            }
        }
        if !is_gone {
            self.shared.minted.delete(&scene).await;
        }
        // A project whose answer never came is not among those that are remembered.
        if let (Some((run, _)), false) = (self.shared.run.get(), is_gone)
            && let Ok(swept) = self.sweep(std::slice::from_ref(run)).await
        {
            left.extend(swept.left);
        }
        left.sort();
        left.dedup();
        left
    }

    /// What a run of the selected cases is going to spend, as far as they can be observed here.
    pub fn plan(&self, cases: &[Case<Scene>], selected: &Selected, allowance: Allowance) -> Plan {
        let is_observable = |case: &Case<Scene>| harness::World::unmet(self, case).is_empty();
        let job_wait = self.shared.target.job_wait();
        Plan::of(cases, selected, is_observable, allowance, job_wait)
    }

    /// The outline of all answers so far.
    pub fn outline(&self) -> Outline {
        self.shared.door.drawing.so_far()
    }

    /// What had to be sent again.
    pub fn repeats(&self) -> Repeats {
        self.shared.door.repeats()
    }

    fn scene(&self) -> Scene {
        Scene::new(Arc::clone(&self.shared), Spending::UNBOUNDED)
    }
}

impl harness::World for World {
    type Scene = Scene;

    fn supplies(&self, need: &Need) -> bool {
        self.shared.target.supplies(need)
    }

    fn unmet(&self, case: &Case<Scene>) -> Vec<Need> {
        let writes = needs::writes(case).then_some(needs::WRITES);
        let needed = case.needs.iter().copied().chain(writes);
        let mut unmet: Vec<Need> = needed.filter(|need| !self.supplies(need)).collect();
        let may_rotate = self.shared.door.may_rotate();
        if !may_rotate && needs::rotates(case) && !unmet.contains(&needs::QUOTA) {
            unmet.push(needs::QUOTA);
        }
        unmet
    }

    fn enter(&self, _: &'static str, most: Spending) -> Scene {
        Scene::new(Arc::clone(&self.shared), most)
    }

    fn spent(&self, scene: &Scene) -> Spending {
        scene.spent()
    }

    fn redactor(&self) -> &Redactor {
        &self.shared.redactor
    }
}

impl Shared {
    /// A name for a new project that nobody else uses.
    pub(super) async fn project_name(&self, scene: &Scene) -> Result<String, Stop> {
        let arrive = || async {
            let arrival = Arrival::at(&scene.of_run()).await;
            let arrival = arrival.map_err(|turned| Stop::CouldNotRun(turned.why))?;
            Ok::<_, Stop>((arrival.run, scene.target().timer().elapsed()))
        };
        let (run, _) = self.run.get_or_try_init(arrive).await?;
        Ok(run.number(self.names.fetch_add(1, Ordering::Relaxed)))
    }

    /// What time it is on the server's clock, as far as its first answer told.
    pub(super) fn server_time(&self, timer: &dyn Timer) -> Option<Timestamp> {
        let (run, at) = self.run.get()?;
        let since = timer.elapsed().saturating_sub(*at);
        let now = run.start().checked_add_unsigned(since.as_secs())?;
        Timestamp::from_second(now).ok()
    }

    /// Remembers a project, so that it is deleted in the end.
    pub(super) fn remember(&self, other: Option<Access>, slug: &str) {
        self.projects.lock().push((other, slug.to_owned()));
    }

    /// Forgets one that is deleted.
    fn forget(&self, slug: &str) {
        self.projects.lock().retain(|(_, other)| other != slug);
    }
}
