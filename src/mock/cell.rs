//! One organization with what surrounds its state: randomness, limits, settings, journal.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use parking_lot::{Mutex, RwLock, RwLockReadGuard, RwLockWriteGuard};

use super::clock::Clock;
use super::config::Config;
use super::draw::Draws;
use super::journal::Journal;
use super::rate_limit::{Limits, Quota, RateLimiter, Rule};
use crate::contract::identifier;
use crate::contract::limit::Bucket;
use crate::mock::keep::revision::Revision;
use crate::mock::keep::saved::{self, Saved};
use crate::mock::keep::{OfOrganization, OfProject};
use crate::mock::misbehaviour::past::Past;
use crate::mock::misbehaviour::policy;
use crate::mock::misbehaviour::row::Row;
use crate::mock::model::organization::Organization;
use crate::mock::model::project::Project;

/// One organization, its randomness and its limits. The locks are held for a few lines, never
/// across an await.
pub(super) struct Cell {
    /// Its number, and that of its stream of draws.
    pub(super) number: u64,
    /// What is known of its making, if it was made while the mock ran.
    pub(super) isolated: Option<Isolated>,
    /// Grows with each reset: what was prepared before one is not committed after it.
    incarnation: AtomicU64,
    pub(super) state: Holding,
    config: RwLock<Arc<Config>>,
    pub(super) draws: Mutex<Draws>,
    pub(super) limiter: Mutex<RateLimiter>,
    pub(super) journal: Journal,
    /// What it was before the last writes, while reads are stale.
    pub(super) past: Mutex<Past>,
    /// Whether its jobs are paused.
    pub(super) jobs_paused: AtomicBool,
    /// Whether what it was made as is in the data file.
    is_origin_kept: AtomicBool,
}

/// What an organization holds, and whether all of it is in the data file.
pub(super) struct Holding {
    organization: RwLock<Organization>,
    revision: Revision,
    is_unkept: AtomicBool,
}

impl Holding {
    pub(super) fn read(&self) -> RwLockReadGuard<'_, Organization> {
        self.organization.read()
    }

    /// The same; none if it is locked for a change.
    pub(super) fn try_read(&self) -> Option<RwLockReadGuard<'_, Organization>> {
        self.organization.try_read()
    }

    /// To change it: what it holds counts as not kept from then on.
    pub(super) fn write(&self) -> RwLockWriteGuard<'_, Organization> {
        let organization = self.organization.write();
        self.is_unkept.store(true, Ordering::Release);
        self.revision.grow();
        organization
    }
}

/// What is kept of an organization that was made while the mock ran.
pub(super) struct Isolated {
    /// The name that it was asked for under; its draws follow from it.
    pub(super) name: Option<String>,
    /// What it was made as.
    origin: Organization,
    /// The misbehaviour that it was made with.
    pub(super) rows: Vec<Row>,
    /// How long it may go unused.
    pub(super) idle: Duration,
    /// When it was used last.
    used: Mutex<Instant>,
}

impl Isolated {
    pub(super) fn new(
        name: Option<String>,
        origin: &Organization,
        rows: Vec<Row>,
        idle: Duration,
    ) -> Self {
        Self { name, origin: origin.copied(), rows, idle, used: Mutex::new(Instant::now()) }
    }

    /// What it was made as.
    pub(super) fn origin(&self) -> Organization {
        self.origin.copied()
    }

    fn saved(&self, number: u64) -> Saved {
        saved::origin(number, &self.origin).with_rows(self.rows.clone())
    }

    fn is_over(&self, now: Instant) -> bool {
        now.saturating_duration_since(*self.used.lock()) > self.idle
    }
}

impl Cell {
    pub(super) fn new(
        number: u64,
        organization: Organization,
        config: Arc<Config>,
        draws: Draws,
        isolated: Option<Isolated>,
        revision: Revision,
    ) -> Self {
        Self {
            number,
            isolated,
            incarnation: AtomicU64::new(0),
            state: Holding {
                organization: RwLock::new(organization),
                revision,
                is_unkept: AtomicBool::new(true),
            },
            is_origin_kept: AtomicBool::new(false),
            config: RwLock::new(config),
            draws: Mutex::new(draws),
            limiter: Mutex::default(),
            journal: Journal::default(),
            past: Mutex::default(),
            jobs_paused: AtomicBool::new(false),
        }
    }

    pub(super) fn incarnation(&self) -> u64 {
        self.incarnation.load(Ordering::Relaxed)
    }

    /// Its settings as they are now. Whoever holds them does not see a later change.
    pub(super) fn config(&self) -> Arc<Config> {
        Arc::clone(&self.config.read())
    }

    /// Changes its settings, for requests that come from now on.
    pub(super) fn configure(&self, change: impl FnOnce(&mut Config)) {
        let mut config = self.config.write();
        change(Arc::make_mut(&mut config));
        drop(config);
        // Part of them is in the data file.
        drop(self.state.write());
    }

    /// Puts another state in place of its own, with the draws that go on from there.
    pub(super) fn replace(&self, organization: Organization, draws: Draws, limiter: RateLimiter) {
        let mut state = self.state.write();
        self.incarnation.fetch_add(1, Ordering::Relaxed);
        *self.draws.lock() = draws;
        *self.limiter.lock() = limiter;
        *state = organization;
    }

    /// One like it that nobody finds: what is done there is left behind with it.
    pub(super) fn replica(&self, organization: Organization) -> Self {
        let draws = self.draws.lock().fork();
        let revision = Revision::new(&Arc::default());
        let config = self.config();
        Self::new(self.number, organization, config, draws, None, revision)
    }

    /// The number of the last change of what it holds.
    pub(super) fn last_change(&self) -> u64 {
        self.state.revision.last()
    }

    /// What of it is not in the data file yet; from now on it counts as kept.
    pub(super) fn take_unkept(&self) -> Option<OfOrganization> {
        let mut organization = self.state.organization.write();
        if !self.state.is_unkept.swap(false, Ordering::AcqRel) {
            return None;
        }
        let projects = organization.projects.values_mut();
        let projects: Vec<_> = projects.filter_map(unkept_of).collect();
        let isolated = self.isolated.as_ref();
        let isolated = isolated.filter(|_| !self.is_origin_kept.swap(true, Ordering::AcqRel));
        Some(OfOrganization {
            number: self.number,
            head: row(&self.head(&organization)),
            origin: isolated.map(|one| row(&one.saved(self.number))),
            present: organization.projects.values().map(|project| project.number).collect(),
            projects,
        })
    }

    /// What is saved of it, apart from its projects.
    fn head(&self, organization: &Organization) -> Saved {
        let isolated = self.isolated.as_ref();
        let isolated = isolated.map(|one| (one.name.clone(), one.idle.as_secs()));
        let drawn = self.draws.lock().position();
        Saved::head(self.number, organization, isolated, drawn, &self.limiter.lock())
            .with_rows(self.config().rows.clone())
    }

    /// What is saved of it.
    pub(super) fn save(&self) -> Saved {
        let organization = self.state.read();
        self.head(&organization).whole(&organization)
    }

    /// All of it is in the data file: it was read from there.
    pub(super) fn is_as_kept(&self) {
        self.take_unkept();
    }

    /// Nothing of it is known to be in the data file.
    pub(super) fn forget_kept(&self) {
        self.is_origin_kept.store(false, Ordering::Release);
        // That is no change of what it holds.
        let mut organization = self.state.organization.write();
        self.state.is_unkept.store(true, Ordering::Release);
        organization.projects.values_mut().for_each(Project::forget_kept);
    }

    /// Notes that it is in use.
    pub(super) fn touch(&self) {
        if let Some(isolated) = &self.isolated {
            *isolated.used.lock() = Instant::now();
        }
    }

    /// Whether it was unused for longer than it may be.
    pub(super) fn is_abandoned(&self, now: Instant) -> bool {
        self.isolated.as_ref().is_some_and(|one| one.is_over(now))
    }

    /// The next random bytes of this organization.
    pub(super) fn draw<const N: usize>(&self) -> [u8; N] {
        self.draws.lock().bytes()
    }

    /// The next random letters and digits of this organization.
    pub(super) fn alphanumerics(&self, count: usize) -> String {
        self.draws.lock().alphanumerics(count)
    }

    /// A new ULID.
    pub(super) fn ulid(&self, clock: &Clock) -> String {
        let milliseconds = u64::try_from(clock.now().as_millisecond()).unwrap_or(0);
        identifier::ulid(milliseconds, self.draw())
    }

    /// Counts a request of a bucket, which names a project or none.
    pub(super) fn count(&self, clock: &Clock, bucket: Bucket, project: &str) -> Quota {
        let config = self.config();
        let rule = rule(&config, bucket);
        let now = clock.now();
        match config.limits {
            Limits::Off => rule.unused(now),
            Limits::Live => {
                let mut limiter = self.limiter.lock();
                if let Some(other) = rule.also {
                    limiter.count((other, ""), self::rule(&config, other), now);
                }
                let project = if rule.each_project { project } else { "" };
                limiter.count((bucket, project), rule, now)
            }
        }
    }
}

/// What of a project is not in the data file.
fn unkept_of(project: &mut Project) -> Option<OfProject> {
    let unkept = project.take_unkept();
    if unkept.as_ref().is_some_and(|unkept| !unkept.head && unkept.versions.is_empty()) {
        return None;
    }
    let version = |id: u64| {
        let version = project.version(id);
        (id, version.map(|version| row(&saved::saved_version(version))))
    };
    let versions = match &unkept {
        Some(unkept) => unkept.versions.iter().map(|id| version(*id)).collect(),
        None => project.versions().map(|one| version(one.id)).collect(),
    };
    Some(OfProject {
        number: project.number,
        head: row(&saved::saved_project(project)),
        is_whole: unkept.is_none(),
        versions,
    })
}

fn row(saved: &impl serde::Serialize) -> Vec<u8> {
    serde_json::to_vec(saved).expect("what is saved has text keys only")
}

/// What a bucket allows under these settings.
pub(super) fn rule(config: &Config, bucket: Bucket) -> Rule {
    let rule = Rule {
        limit: bucket.limit(),
        window: bucket.window(),
        slides: false,
        each_project: false,
        also: None,
    };
    policy::limit(config, bucket, rule)
}
