//! Everything that one mock holds, by internal organization number.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use parking_lot::RwLock;

use super::cell::{Cell, Isolated};
use super::clock::Clock;
use super::config::Config;
use super::draw::{Draws, Seed};
use super::fixture;
use super::gate::Gates;
use super::jobs::Jobs;
use super::journal::Journal;
use super::mishap::Mishaps;
use super::organization::Organization;
use super::rate_limit::RateLimiter;
use super::state::Saved;

/// Most organizations that there are at one time beside those of the fixture.
pub(super) const MOST_ISOLATED: usize = 1000;
/// How long one of them may go unused, unless it was asked for otherwise.
pub(super) const IDLE: Duration = Duration::from_secs(15 * 60);
/// The first number of those, far above the fixture's.
const FIRST_ISOLATED: u64 = 1000;

/// A mock's state.
pub(super) struct World {
    /// What every organization is configured as at first, and what holds before it is known which
    /// one is meant.
    pub(super) config: Arc<Config>,
    pub(super) clock: Clock,
    pub(super) jobs: Arc<Jobs>,
    pub(super) gates: Gates,
    pub(super) mishaps: Mishaps,
    /// Requests that reached no organization.
    pub(super) strangers: Journal,
    seed: Seed,
    cells: RwLock<BTreeMap<u64, Arc<Cell>>>,
    /// Where a bearer was found the last time. What it says is looked up again.
    bearers: RwLock<HashMap<String, Weak<Cell>>>,
    next: AtomicU64,
}

/// Why there is no new organization.
#[derive(Debug)]
pub(super) enum NotMade {
    /// There are as many as there may be.
    TooMany,
    /// One of that name is there already.
    Taken,
    /// The operating system gives no random bytes.
    Chance(std::io::Error),
}

impl std::fmt::Display for NotMade {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::TooMany => write!(
                f,
                "there are {MOST_ISOLATED} organizations already: remove some"
            ),
            Self::Taken => f.write_str("there is an organization of that name"),
            Self::Chance(error) => error.fmt(f),
        }
    }
}

impl World {
    /// The default fixture.
    pub(super) fn new(config: Config, clock: Clock) -> std::io::Result<Self> {
        let seed = match config.seed {
            Some(number) => Seed::of(number),
            None => Seed::fresh()?,
        };
        let config = Arc::new(config);
        let cells = fixture::organizations()
            .into_iter()
            .map(|(number, organization)| {
                let draws = Draws::new(&seed, number);
                let cell = Cell::new(number, organization, Arc::clone(&config), draws, None);
                (number, Arc::new(cell))
            })
            .collect();
        Ok(Self {
            config,
            clock,
            jobs: Arc::default(),
            gates: Gates::default(),
            mishaps: Mishaps::default(),
            strangers: Journal::default(),
            seed,
            cells: RwLock::new(cells),
            bearers: RwLock::default(),
            next: AtomicU64::new(FIRST_ISOLATED),
        })
    }

    /// The organization that a bearer belongs to, expired or not.
    pub(super) fn of_bearer(&self, bearer: &str) -> Option<Arc<Cell>> {
        let holds = |cell: &Arc<Cell>| cell.state.read().tokens.contains_key(bearer);
        let known = self.bearers.read().get(bearer).and_then(Weak::upgrade);
        let found = known
            .filter(|cell| self.cells.read().contains_key(&cell.number) && holds(cell))
            .or_else(|| {
                let cell = self
                    .cells
                    .read()
                    .values()
                    .find(|cell| holds(cell))
                    .cloned()?;
                let mut bearers = self.bearers.write();
                bearers.retain(|_, cell| cell.strong_count() > 0);
                bearers.insert(bearer.to_owned(), Arc::downgrade(&cell));
                Some(cell)
            })?;
        if found.is_abandoned(Instant::now()) {
            self.remove(&found);
            return None;
        }
        found.touch();
        Some(found)
    }

    /// Every organization, by number.
    pub(super) fn cells(&self) -> Vec<Arc<Cell>> {
        self.cells.read().values().cloned().collect()
    }

    /// Puts an organization back to the fixture, or to what it was made as.
    pub(super) fn reset(&self, cell: &Cell) -> std::io::Result<()> {
        let origin = match &cell.isolated {
            Some(isolated) => Some(isolated.origin()),
            None => fixture::organizations().remove(&cell.number),
        };
        let Some(organization) = origin else {
            return Ok(());
        };
        let draws = match self.config.seed {
            Some(_) => Draws::new(&self.seed, cell.number),
            None => Draws::new(&Seed::fresh()?, cell.number),
        };
        cell.replace(organization, draws, RateLimiter::default());
        cell.journal.clear();
        Ok(())
    }

    /// Makes an organization of its own: a copy of `from` under new tokens, with settings like its.
    /// With a seed, all that it draws follows from the name.
    pub(super) fn isolate(
        &self,
        from: &Organization,
        config: Arc<Config>,
        name: Option<String>,
        idle: Duration,
    ) -> Result<Arc<Cell>, NotMade> {
        let now = Instant::now();
        let mut cells = self.cells.write();
        cells.retain(|_, cell| !cell.is_abandoned(now));
        let isolated = || cells.values().filter_map(|cell| cell.isolated.as_ref());
        if isolated().count() >= MOST_ISOLATED {
            return Err(NotMade::TooMany);
        }
        if name.is_some() && isolated().any(|one| one.name == name) {
            return Err(NotMade::Taken);
        }
        let number = match &name {
            Some(name) => Seed::stream(name),
            None => self.next.fetch_add(1, Ordering::Relaxed),
        };
        let mut draws = match self.config.seed {
            Some(_) => Draws::new(&self.seed, number),
            None => Draws::new(&Seed::fresh().map_err(NotMade::Chance)?, number),
        };
        let organization = from.under_new_tokens(&mut draws);
        let isolated = Isolated::new(name, &organization, idle);
        let cell = Arc::new(Cell::new(
            number,
            organization,
            config,
            draws,
            Some(isolated),
        ));
        cells.insert(number, Arc::clone(&cell));
        Ok(cell)
    }

    /// Takes an organization away. Requests that it is answering end as they would have.
    pub(super) fn remove(&self, cell: &Cell) {
        self.cells.write().remove(&cell.number);
    }

    /// Puts a saved organization in the place of the one of its number, or beside the others. What was
    /// drawn here or there is not drawn again, so that no IV is used twice.
    pub(super) fn restore(&self, saved: &Saved, organization: Organization, limiter: RateLimiter) {
        let number = saved.number;
        let drawn = saved.drawn.parse::<u128>().unwrap_or(0);
        let mut cells = self.cells.write();
        if let Some(cell) = cells.get(&number) {
            let drawn = drawn.max(cell.draws.lock().position());
            cell.replace(organization, Draws::at(&self.seed, number, drawn), limiter);
            return;
        }
        let isolated = saved.isolated.as_ref().map(|(name, idle)| {
            Isolated::new(name.clone(), &organization, Duration::from_secs(*idle))
        });
        let isolated = isolated.unwrap_or_else(|| Isolated::new(None, &organization, IDLE));
        let draws = Draws::at(&self.seed, number, drawn);
        let config = Arc::clone(&self.config);
        let cell = Cell::new(number, organization, config, draws, Some(isolated));
        *cell.limiter.lock() = limiter;
        if number < Seed::NAMED {
            self.next.fetch_max(number + 1, Ordering::Relaxed);
        }
        cells.insert(number, Arc::new(cell));
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.jobs.close();
        self.gates.open_all();
    }
}
