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
use crate::mock::misbehaviour::cache::Cache;
use crate::mock::misbehaviour::past::Past;
use crate::mock::misbehaviour::policy;
use crate::mock::misbehaviour::user_rows::UserRows;
use crate::mock::model::organization::Organization;
use crate::mock::model::project::Project;

/// One organization, its randomness and its limits. The locks are held for a few lines, never
/// across an await.
pub(super) struct Cell {
    /// Its number, and that of its stream of draws.
    pub(super) number: u64,
    /// None for an organization of the fixture.
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
    /// Answers that are given again, if it does that.
    pub(super) cache: Mutex<Cache>,
    pub(super) jobs_paused: AtomicBool,
    /// Whether what a reset goes back to is in the data file.
    is_origin_kept: AtomicBool,
}

/// The state of an organization, and whether all of it is in the data file.
pub(super) struct Holding {
    organization: RwLock<Organization>,
    revision: Revision,
    is_unkept: AtomicBool,
}

impl Holding {
    pub(super) fn read(&self) -> RwLockReadGuard<'_, Organization> {
        self.organization.read()
    }

    /// None while it is locked for a change.
    pub(super) fn try_read(&self) -> Option<RwLockReadGuard<'_, Organization>> {
        self.organization.try_read()
    }

    /// From now on the state counts as changed, so that it is written to the data file.
    pub(super) fn write(&self) -> RwLockWriteGuard<'_, Organization> {
        let organization = self.organization.write();
        self.is_unkept.store(true, Ordering::Release);
        self.revision.grow();
        organization
    }
}

/// How an organization was made that was made while the mock ran.
pub(super) struct Isolated {
    /// The name that it was requested by; its draws follow from it.
    pub(super) name: Option<String>,
    /// What a reset goes back to.
    origin: Organization,
    /// The rows of misbehaviour that a reset goes back to.
    pub(super) rows: UserRows,
    /// How long it may go unused.
    pub(super) idle: Duration,
    used_at: Mutex<Instant>,
}

impl Isolated {
    pub(super) fn new(
        name: Option<String>,
        origin: Organization,
        rows: UserRows,
        idle: Duration,
    ) -> Self {
        Self { name, origin, rows, idle, used_at: Mutex::new(Instant::now()) }
    }

    pub(super) fn origin(&self) -> Organization {
        self.origin.copied()
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
            cache: Mutex::default(),
            jobs_paused: AtomicBool::new(false),
        }
    }

    pub(super) fn incarnation(&self) -> u64 {
        self.incarnation.load(Ordering::Relaxed)
    }

    /// The settings as they are now: a later change is not seen in what this gives.
    pub(super) fn config(&self) -> Arc<Config> {
        Arc::clone(&self.config.read())
    }

    /// Changes the settings for requests that arrive from now on.
    pub(super) fn configure(&self, change: impl FnOnce(&mut Config)) {
        change(Arc::make_mut(&mut self.config.write()));
        // Part of the settings is in the data file.
        drop(self.state.write());
    }

    /// Replaces the state, the draws, the counted requests and the rows of misbehaviour.
    pub(super) fn replace(
        &self,
        organization: Organization,
        draws: Draws,
        limiter: RateLimiter,
        rows: UserRows,
    ) {
        let mut state = self.state.write();
        self.incarnation.fetch_add(1, Ordering::Relaxed);
        *self.draws.lock() = draws;
        *self.limiter.lock() = limiter;
        *state = organization;
        drop(state);
        self.configure(|config| config.rows = rows);
    }

    /// A cell like this one that no request reaches: its changes are dropped with it.
    pub(super) fn replica(&self, organization: Organization) -> Self {
        let draws = self.draws.lock().fork();
        let revision = Revision::new(&Arc::default());
        Self::new(self.number, organization, self.config(), draws, None, revision)
    }

    pub(super) fn last_change(&self) -> u64 {
        self.state.revision.last()
    }

    /// What is not in the data file yet; from now on it counts as if it were.
    pub(super) fn take_unkept(&self) -> Option<OfOrganization> {
        let mut organization = self.state.organization.write();
        if !self.state.is_unkept.swap(false, Ordering::AcqRel) {
            return None;
        }
        let projects = organization.projects.values_mut().filter_map(unkept_of).collect();
        let isolated = self.isolated.as_ref();
        let isolated = isolated.filter(|_| !self.is_origin_kept.swap(true, Ordering::AcqRel));
        let origin = isolated.map(|Isolated { origin, rows, .. }| Saved {
            projects: saved::projects(origin),
            misbehaviour: rows.to_vec(),
            ..Saved::of(self.number, origin)
        });
        Some(OfOrganization {
            number: self.number,
            head: row(&self.head(&organization)),
            origin: origin.map(|origin| row(&origin)),
            present: organization.projects.values().map(|project| project.number).collect(),
            projects,
        })
    }

    /// What is saved of the organization, its projects aside.
    fn head(&self, organization: &Organization) -> Saved {
        let isolated = self.isolated.as_ref();
        Saved {
            isolated: isolated.map(|one| (one.name.clone(), one.idle.as_secs())),
            drawn: self.draws.lock().position().to_string(),
            counted: saved::counted(&self.limiter.lock()),
            misbehaviour: self.config().rows.to_vec(),
            ..Saved::of(self.number, organization)
        }
    }

    pub(super) fn save(&self) -> Saved {
        let organization = self.state.read();
        Saved { projects: saved::projects(&organization), ..self.head(&organization) }
    }

    /// From now on nothing counts as in the data file.
    pub(super) fn forget_kept(&self) {
        self.is_origin_kept.store(false, Ordering::Release);
        // Not by `Holding::write`: the state is not changed.
        let mut organization = self.state.organization.write();
        self.state.is_unkept.store(true, Ordering::Release);
        organization.projects.values_mut().for_each(Project::forget_kept);
    }

    pub(super) fn touch(&self) {
        if let Some(isolated) = &self.isolated {
            *isolated.used_at.lock() = Instant::now();
        }
    }

    /// Whether it was unused for longer than it may be.
    pub(super) fn is_abandoned(&self, now: Instant) -> bool {
        self.isolated.as_ref().is_some_and(|isolated| {
            now.saturating_duration_since(*isolated.used_at.lock()) > isolated.idle
        })
    }

    pub(super) fn draw<const N: usize>(&self) -> [u8; N] {
        self.draws.lock().bytes()
    }

    pub(super) fn ulid(&self, clock: &Clock) -> String {
        let milliseconds = u64::try_from(clock.now().as_millisecond()).unwrap_or(0);
        identifier::ulid(milliseconds, self.draw())
    }

    /// Counts a request in a bucket. `project` is its slug, for limits that are counted by project.
    pub(super) fn count(&self, clock: &Clock, bucket: Bucket, project: &str) -> Quota {
        let config = self.config();
        let rule = rule(&config, bucket);
        let now = clock.now();
        if config.limits == Limits::Off {
            return rule.unused(now);
        }
        let mut limiter = self.limiter.lock();
        if let Some(other) = rule.also {
            limiter.count((other, ""), self::rule(&config, other), now);
        }
        let project = if rule.each_project { project } else { "" };
        limiter.count((bucket, project), rule, now)
    }
}

/// What of a project is not in the data file; none if nothing is missing there.
fn unkept_of(project: &mut Project) -> Option<OfProject> {
    let unkept = project.take_unkept();
    if unkept.as_ref().is_some_and(|unkept| !unkept.head && unkept.versions.is_empty()) {
        return None;
    }
    let version = |id: u64| {
        let version = project.version(id);
        (id, version.map(|version| row(&saved::version(version))))
    };
    let versions = match &unkept {
        Some(unkept) => unkept.versions.iter().map(|id| version(*id)).collect(),
        None => project.versions().map(|one| version(one.id)).collect(),
    };
    Some(OfProject {
        number: project.number,
        head: row(&saved::project(project)),
        is_whole: unkept.is_none(),
        versions,
    })
}

fn row(saved: &impl serde::Serialize) -> Vec<u8> {
    serde_json::to_vec(saved).expect("what is saved has text keys only")
}

/// How many requests a bucket allows under these settings, and in what time.
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
