//! The state of one mock: its organizations by internal number, and what they share.

mod found;
mod kept;
mod loaded;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use parking_lot::{Mutex, RwLock, RwLockWriteGuard};

use super::cell::{Cell, Isolated};
use super::clock::Clock;
use super::config::Config;
use super::draw::{Draws, Seed};
use super::feed::{Event, Feed};
use super::fixture::{Built, Fixture};
use super::jobs::{Job, Jobs};
use super::journal::Journal;
use super::memory::Memory;
use super::rate_limit::RateLimiter;
use crate::mock::keep::Store;
use crate::mock::keep::keeping::Keeping;
use crate::mock::keep::restored::Loaded;
use crate::mock::keep::revision::{Revision, Revisions};
use crate::mock::model::organization::Organization;
use crate::mock::server::error::{IsolateError, ReloadError, StartError};
use crate::mock::steer::fault::Mishaps;
use crate::mock::steer::gate::Gates;

/// Most organizations at one time beside those of the fixture.
pub(super) const MOST_ISOLATED: usize = 1000;
/// How long one of them may go unused, if the request for it names no other time.
pub(super) const IDLE: Duration = Duration::from_secs(15 * 60);
/// The first number of one of them, above all numbers of a fixture.
const FIRST_ISOLATED: u64 = 1000;

/// The state of a mock.
pub(super) struct World {
    /// The settings that organizations start with, and those of requests whose organization is not known.
    pub(super) config: Arc<Config>,
    pub(super) clock: Clock,
    pub(super) jobs: Arc<Jobs>,
    pub(super) gates: Gates,
    pub(super) memory: Arc<Memory>,
    pub(super) mishaps: Mishaps,
    /// Requests that name no organization.
    pub(super) strangers: Journal,
    /// Requests that name an organization in their path only: without a known token, so that each organization of that
    /// ULID can be meant.
    pub(super) strays: Journal,
    pub(super) feed: Feed,
    /// What organizations of the start go back to, and the text that it was read from.
    fixture: RwLock<Arc<Built>>,
    fixture_text: Mutex<Option<String>>,
    seed: Seed,
    keeping: Option<Keeping>,
    /// Changes of everything, and those of which organizations exist.
    revisions: Arc<Revisions>,
    revision: Revision,
    cells: RwLock<BTreeMap<u64, Arc<Cell>>>,
    /// The organization that last had a bearer. It may have lost the token since.
    bearers: RwLock<HashMap<String, Weak<Cell>>>,
    /// The number of the next organization that is made without a name.
    next: AtomicU64,
}

pub(super) type Opened = (Box<dyn Store>, Option<Loaded>);

impl World {
    /// A mock that goes on from a data file; from the fixture, if there is no file or nothing is in it yet.
    pub(super) fn new(
        config: Config,
        clock: Clock,
        fixture: &Fixture,
        opened: Option<Opened>,
    ) -> Result<Self, StartError> {
        let (store, loaded) = opened.unzip();
        let loaded = loaded.flatten();
        let seed = match (&loaded, config.seed) {
            (Some(loaded), _) => loaded.seed.clone(),
            (None, Some(number)) => Seed::of(number),
            (None, None) => Seed::fresh().map_err(StartError::Random)?,
        };
        let earlier = loaded.as_ref().and_then(|loaded| loaded.fixture.as_ref());
        let earlier = earlier.and_then(|text| Fixture::parse(text).ok());
        let fixture = match earlier.filter(|_| fixture.text().is_none()) {
            Some(earlier) => earlier,
            None => fixture.clone(),
        };
        if let Some(text) = loaded.as_ref().and_then(|loaded| loaded.clock.as_ref()) {
            clock.put_back(text);
        }
        let revisions = Arc::default();
        let built = Arc::new(fixture.build(&seed, &config, &clock)?);
        let mut world = Self {
            memory: Arc::new(Memory::of(config.body_memory)),
            config: Arc::new(config),
            clock,
            jobs: Arc::default(),
            gates: Gates::default(),
            mishaps: Mishaps::default(),
            strangers: Journal::default(),
            strays: Journal::default(),
            feed: Feed::default(),
            fixture: RwLock::new(Arc::clone(&built)),
            fixture_text: Mutex::new(fixture.text().map(str::to_owned)),
            seed,
            keeping: store.map(Keeping::new),
            revision: Revision::new(&revisions),
            revisions,
            cells: RwLock::default(),
            bearers: RwLock::default(),
            next: AtomicU64::new(FIRST_ISOLATED),
        };
        let cells = match loaded {
            Some(loaded) => world.loaded(loaded),
            None => {
                let numbers = built.organizations.keys();
                let cells =
                    numbers.filter_map(|number| world.at_start(&built, &world.seed, *number));
                cells.map(|cell| (cell.number, cell)).collect()
            }
        };
        if let Some(last) = cells.keys().rfind(|number| **number < Seed::NAMED) {
            world.next = AtomicU64::new(FIRST_ISOLATED.max(last + 1));
        }
        world.cells = RwLock::new(cells);
        Ok(world)
    }

    /// A new cell of this world, which is not among its cells yet.
    fn new_cell(
        &self,
        number: u64,
        organization: Organization,
        config: Arc<Config>,
        draws: Draws,
        isolated: Option<Isolated>,
    ) -> Arc<Cell> {
        let revision = Revision::new(&self.revisions);
        Arc::new(Cell::new(number, organization, config, draws, isolated, revision))
    }

    /// The cell of an organization of a fixture, as it is at the start; none if the fixture has none of that number.
    fn at_start(&self, fixture: &Built, seed: &Seed, number: u64) -> Option<Arc<Cell>> {
        let config = fixture.configured(&self.config, number);
        let draws = fixture.draws(seed, number);
        Some(self.new_cell(number, fixture.origin(number)?, config, draws, None))
    }

    /// What organizations of the start go back to.
    pub(super) fn fixture(&self) -> Arc<Built> {
        Arc::clone(&self.fixture.read())
    }

    /// Replaces the fixture and its organizations. Those that were made while the mock ran stay. A mock with a data file
    /// refuses it.
    pub(super) fn reload(&self, fixture: &Fixture) -> Result<(), ReloadError> {
        if self.is_kept() {
            return Err(ReloadError::HasData);
        }
        let seed = self.fresh_seed().map_err(ReloadError::Random)?;
        let mut built = fixture.build(&seed, &self.config, &self.clock)?;
        // Organizations that were made of the fixture before it stay, and so do the passphrases of their keys.
        built.passphrases.extend(&self.fixture().passphrases);
        let built = Arc::new(built);
        let mut made = Vec::new();
        for number in built.organizations.keys() {
            match self.cell(*number) {
                Some(cell) => {
                    if let Some((origin, rows)) = built.start(&self.config, *number) {
                        let draws = built.draws(&seed, *number);
                        cell.replace(origin, draws, RateLimiter::default(), rows);
                    }
                }
                None => {
                    let cell = self.at_start(&built, &seed, *number);
                    made.extend(cell.map(|cell| (*number, cell)));
                }
            }
        }
        let stays = |number: &u64, cell: &Arc<Cell>| {
            cell.isolated.is_some() || built.organizations.contains_key(number)
        };
        self.change_cells(stays, made);
        *self.fixture.write() = Arc::clone(&built);
        *self.fixture_text.lock() = fixture.text().map(str::to_owned);
        self.feed.tell(|| Event::Changed);
        Ok(())
    }

    /// Removes cells and adds others. The caller makes the new ones before, and the removed ones are dropped
    /// after the lock is released, since every request waits for it.
    fn change_cells(&self, stays: impl Fn(&u64, &Arc<Cell>) -> bool, made: Vec<(u64, Arc<Cell>)>) {
        let mut cells = self.cells_to_change();
        let gone: Vec<_> = cells.extract_if(.., |number, cell| !stays(number, cell)).collect();
        cells.extend(made);
        drop(cells);
        drop(gone);
    }

    /// The mock's seed, if it was named; else another, so that no IV comes again.
    fn fresh_seed(&self) -> std::io::Result<Seed> {
        match self.config.seed {
            Some(_) => Ok(self.seed.clone()),
            None => Seed::fresh(),
        }
    }

    /// What an organization was made as.
    pub(super) fn origin(&self, cell: &Cell) -> Option<Organization> {
        match &cell.isolated {
            Some(isolated) => Some(isolated.origin()),
            None => self.fixture().origin(cell.number),
        }
    }

    pub(super) fn cell(&self, number: u64) -> Option<Arc<Cell>> {
        self.cells.read().get(&number).cloned()
    }

    /// The cells, to add or remove one.
    fn cells_to_change(&self) -> RwLockWriteGuard<'_, BTreeMap<u64, Arc<Cell>>> {
        let cells = self.cells.write();
        self.revision.grow();
        cells
    }

    pub(super) fn cells(&self) -> Vec<Arc<Cell>> {
        self.cells.read().values().cloned().collect()
    }

    /// Puts an organization back to the fixture, or to what it was made as, and empties its journal.
    pub(super) fn reset(&self, cell: &Cell) -> std::io::Result<()> {
        let fixture = self.fixture();
        let start = match &cell.isolated {
            Some(isolated) => Some((isolated.origin(), isolated.rows.clone())),
            None => fixture.start(&self.config, cell.number),
        };
        if let Some((origin, rows)) = start {
            let draws = fixture.draws(&self.fresh_seed()?, cell.number);
            cell.replace(origin, draws, RateLimiter::default(), rows);
            self.forget(cell);
        }
        Ok(())
    }

    /// Makes an organization of its own: a copy of `from` under new tokens, with these settings.
    /// With a seed, all that it draws follows from the name.
    pub(super) fn isolate(
        &self,
        from: &Organization,
        config: Arc<Config>,
        name: Option<String>,
        idle: Duration,
    ) -> Result<Arc<Cell>, IsolateError> {
        let now = Instant::now();
        self.change_cells(|_, cell| !cell.is_abandoned(now), Vec::new());
        may_be_made(&self.cells.read(), name.as_deref())?;
        let number = match &name {
            Some(name) => Seed::stream(name),
            None => self.next.fetch_add(1, Ordering::Relaxed),
        };
        let seed = self.fresh_seed().map_err(IsolateError::Random)?;
        let mut draws = Draws::new(&seed, number);
        let organization = from.under_new_tokens(&mut draws);
        let isolated =
            Isolated::new(name.clone(), organization.copied(), config.rows.clone(), idle);
        let cell = self.new_cell(number, organization, config, draws, Some(isolated));
        self.forget(&cell);
        let mut cells = self.cells_to_change();
        // Another may have been made meanwhile.
        may_be_made(&cells, name.as_deref())?;
        cells.insert(number, Arc::clone(&cell));
        Ok(cell)
    }

    /// Removes an organization. Requests that are under way end as they would have.
    pub(super) fn remove(&self, cell: &Cell) {
        let gone = self.cells_to_change().remove(&cell.number);
        drop(gone);
    }

    /// Queues the jobs that the state of an organization has as not done.
    pub(super) fn resume(&self, cell: &Arc<Cell>) {
        let organization = cell.state.read();
        for project in organization.projects.values().filter(|project| project.moving) {
            self.jobs.queue(Job {
                cell: Arc::clone(cell),
                incarnation: cell.incarnation(),
                number: project.number,
            });
        }
    }
}

/// Whether one more organization may be made, under that name if it has one.
fn may_be_made(cells: &BTreeMap<u64, Arc<Cell>>, name: Option<&str>) -> Result<(), IsolateError> {
    let isolated = || cells.values().filter_map(|cell| cell.isolated.as_ref());
    if isolated().count() >= MOST_ISOLATED {
        return Err(IsolateError::TooMany(MOST_ISOLATED));
    }
    if name.is_some() && isolated().any(|one| one.name.as_deref() == name) {
        return Err(IsolateError::Taken);
    }
    Ok(())
}

impl Drop for World {
    fn drop(&mut self) {
        self.jobs.close();
        self.gates.open_all();
    }
}
