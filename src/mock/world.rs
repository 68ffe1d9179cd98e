//! Everything that one mock holds, by internal organization number.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::{Mutex, RwLock};

use super::clock::Clock;
use super::config::Config;
use super::draw::{Draws, Seed};
use super::faults::Defect;
use super::fixture;
use super::jobs::Jobs;
use super::organization::Organization;
use super::rate_limit::{Limits, RateLimiter, Rule, Standing};
use super::variants::Variant;
use crate::contract::identifier;
use crate::contract::limit::Bucket;

const A_DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A mock's state.
pub(super) struct World {
    pub(super) config: Config,
    pub(super) clock: Clock,
    pub(super) jobs: Arc<Jobs>,
    seed: Seed,
    cells: BTreeMap<u64, Arc<Cell>>,
}

/// One organization, its randomness and its limits. The locks are held for a few lines, never
/// across an await.
pub(super) struct Cell {
    number: u64,
    /// Grows with each reset: what was prepared before one is not committed after it.
    incarnation: AtomicU64,
    pub(super) state: RwLock<Organization>,
    draws: Mutex<Draws>,
    limiter: Mutex<RateLimiter>,
}

impl World {
    /// The default fixture.
    pub(super) fn new(config: Config, clock: Clock) -> std::io::Result<Self> {
        let seed = match config.seed {
            Some(number) => Seed::of(number),
            None => Seed::fresh()?,
        };
        let cells = fixture::organizations()
            .into_iter()
            .map(|(number, organization)| {
                let cell = Cell {
                    number,
                    incarnation: AtomicU64::new(0),
                    state: RwLock::new(organization),
                    draws: Mutex::new(Draws::new(&seed, number)),
                    limiter: Mutex::default(),
                };
                (number, Arc::new(cell))
            })
            .collect();
        Ok(Self {
            config,
            clock,
            jobs: Arc::default(),
            seed,
            cells,
        })
    }

    /// The organization that a bearer belongs to, expired or not.
    pub(super) fn of_bearer(&self, bearer: &str) -> Option<&Arc<Cell>> {
        self.cells
            .values()
            .find(|cell| cell.state.read().tokens.contains_key(bearer))
    }

    /// Every organization.
    pub(super) fn cells(&self) -> impl Iterator<Item = &Arc<Cell>> {
        self.cells.values()
    }

    /// Puts an organization back to the fixture.
    pub(super) fn reset(&self, cell: &Cell) -> std::io::Result<()> {
        let Some(organization) = fixture::organizations().remove(&cell.number) else {
            return Ok(());
        };
        let draws = match self.config.seed {
            Some(_) => Draws::new(&self.seed, cell.number),
            None => Draws::new(&Seed::fresh()?, cell.number),
        };
        let mut state = cell.state.write();
        cell.incarnation.fetch_add(1, Ordering::Relaxed);
        *cell.draws.lock() = draws;
        *cell.limiter.lock() = RateLimiter::default();
        *state = organization;
        Ok(())
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.jobs.close();
    }
}

impl Cell {
    pub(super) fn incarnation(&self) -> u64 {
        self.incarnation.load(Ordering::Relaxed)
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

    /// Counts a request of a bucket, which is that of one project or, without its slug, of all.
    pub(super) fn count(&self, world: &World, bucket: Bucket, project: &str) -> Standing {
        let config = &world.config;
        let rule = Rule {
            limit: bucket.limit(),
            window: match bucket {
                Bucket::Rotate if config.has(Defect::RotateWindowIsADay) => A_DAY,
                _ => bucket.window(),
            },
            slides: config.varies(Variant::SlidingWindows),
        };
        let now = world.clock.now();
        match config.limits {
            Limits::Off => rule.unused(now),
            Limits::Live => self.limiter.lock().count((bucket, project), rule, now),
        }
    }
}
