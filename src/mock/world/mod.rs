//! Everything that one mock holds, by internal organization number.

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
use crate::mock::keep::loaded::Loaded;
use crate::mock::keep::revision::{Revision, Revisions};
use crate::mock::keep::saved::Saved;
use crate::mock::model::organization::Organization;
use crate::mock::server::error::{IsolateError, ReloadError};
use crate::mock::steer::fault::Mishaps;
use crate::mock::steer::gate::Gates;

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
    /// What is left for the bodies of requests.
    pub(super) memory: Arc<Memory>,
    pub(super) mishaps: Mishaps,
    /// Requests that name no organization.
    pub(super) strangers: Journal,
    /// Requests that name one in their path only: without a token that is known, so that each organization of that
    /// ULID can be meant.
    pub(super) strays: Journal,
    pub(super) feed: Feed,
    /// What organizations of the start go back to, and the text that it was read from.
    fixture: RwLock<Arc<Built>>,
    fixture_text: Mutex<Option<String>>,
    seed: Seed,
    keeping: Option<Keeping>,
    /// Changes of everything, and those of which organizations there are.
    revisions: Arc<Revisions>,
    revision: Revision,
    cells: RwLock<BTreeMap<u64, Arc<Cell>>>,
    /// Where a bearer was found the last time. What it says is looked up again.
    bearers: RwLock<HashMap<String, Weak<Cell>>>,
    next: AtomicU64,
}

/// A data file, and what it holds, if it was there.
pub(super) type Opened = (Box<dyn Store>, Option<Loaded>);

impl World {
    /// A mock that holds what the data file does; what the fixture says, without one or at its beginning.
    ///
    /// # Errors
    /// The operating system gives no random bytes.
    pub(super) fn new(
        config: Config,
        clock: Clock,
        fixture: &Fixture,
        opened: Option<Opened>,
    ) -> std::io::Result<Self> {
        let (store, loaded) = opened.unzip();
        let loaded = loaded.flatten();
        let seed = match (&loaded, config.seed) {
            (Some(loaded), _) => loaded.seed.clone(),
            (None, Some(number)) => Seed::of(number),
            (None, None) => Seed::fresh()?,
        };
        let kept_fixture = loaded.as_ref().and_then(|loaded| loaded.fixture.as_ref());
        let kept_fixture = kept_fixture.and_then(|text| Fixture::parse(text).ok());
        let fixture = match kept_fixture.filter(|_| fixture.text().is_none()) {
            Some(kept) => kept,
            None => fixture.clone(),
        };
        if let Some(hands) = loaded.as_ref().and_then(|loaded| loaded.clock.as_ref()) {
            clock.put_back(hands);
        }
        let (config, revisions) = (Arc::new(config), Arc::default());
        let text = fixture.text().map(str::to_owned);
        let fixture = fixture.build(&seed, &config, &clock);
        let numbers = fixture.organizations.keys();
        let made = numbers
            .filter_map(|number| {
                let draws = fixture.draws(&seed, *number);
                let origin = fixture.origin(*number)?;
                let config = fixture.configured(&config, *number);
                let revision = Revision::new(&revisions);
                let cell = Cell::new(*number, origin, config, draws, None, revision);
                Some((*number, Arc::new(cell)))
            })
            .collect();
        let cells: BTreeMap<u64, Arc<Cell>> = match loaded {
            Some(loaded) => loaded::cells(loaded, &config, &seed, &revisions),
            None => made,
        };
        let counted = cells.keys().filter(|number| **number < Seed::NAMED);
        let next = counted.max().map_or(0, |number| number + 1);
        Ok(Self {
            memory: Arc::new(Memory::of(config.body_memory)),
            config,
            clock,
            jobs: Arc::default(),
            gates: Gates::default(),
            mishaps: Mishaps::default(),
            strangers: Journal::default(),
            strays: Journal::default(),
            feed: Feed::default(),
            fixture: RwLock::new(Arc::new(fixture)),
            fixture_text: Mutex::new(text),
            seed,
            keeping: store.map(Keeping::new),
            revision: Revision::new(&revisions),
            revisions,
            cells: RwLock::new(cells),
            bearers: RwLock::default(),
            next: AtomicU64::new(next.max(FIRST_ISOLATED)),
        })
    }

    /// What organizations of the start go back to.
    pub(super) fn fixture(&self) -> Arc<Built> {
        Arc::clone(&self.fixture.read())
    }

    /// Takes another fixture: its organizations are as it says from now on, those of the one before are
    /// gone, and those that were made while the mock ran stay. Nothing that is in a data file is replaced.
    pub(super) fn reload(&self, fixture: &Fixture) -> Result<(), ReloadError> {
        if self.is_kept() {
            return Err(ReloadError::HasData);
        }
        let seed = self.fresh_seed().map_err(ReloadError::Random)?;
        let mut built = fixture.build(&seed, &self.config, &self.clock);
        // Organizations that were made of the fixture before it stay, and so do the passphrases of their keys.
        built.passphrases.extend(&self.fixture().passphrases);
        let built = Arc::new(built);
        let mut made = Vec::new();
        for number in built.organizations.keys() {
            let Some(origin) = built.origin(*number) else {
                continue;
            };
            let draws = built.draws(&seed, *number);
            match self.cell(*number) {
                Some(cell) => {
                    cell.replace(origin, draws, RateLimiter::default());
                    let config = built.configured(&self.config, *number);
                    cell.configure(|own| own.rows.clone_from(&config.rows));
                }
                None => {
                    let config = built.configured(&self.config, *number);
                    let revision = Revision::new(&self.revisions);
                    let cell = Cell::new(*number, origin, config, draws, None, revision);
                    made.push((*number, Arc::new(cell)));
                }
            }
        }
        let is_kept = |number: &u64, cell: &Arc<Cell>| {
            cell.isolated.is_some() || built.organizations.contains_key(number)
        };
        self.change_cells(is_kept, made);
        *self.fixture.write() = Arc::clone(&built);
        *self.fixture_text.lock() = fixture.text().map(str::to_owned);
        self.feed.tell(|| Event::Changed);
        Ok(())
    }

    /// Takes organizations away and others in. What they hold is made before and given back afterwards, since
    /// everybody waits meanwhile.
    fn change_cells(
        &self,
        is_kept: impl Fn(&u64, &Arc<Cell>) -> bool,
        made: Vec<(u64, Arc<Cell>)>,
    ) {
        let mut cells = self.cells_to_change();
        let gone: Vec<_> = cells.extract_if(.., |number, cell| !is_kept(number, cell)).collect();
        cells.extend(made);
        drop(cells);
        drop(gone);
    }

    /// The mock's seed, if it has one; else another, so that no IV comes again.
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

    /// One organization.
    pub(super) fn cell(&self, number: u64) -> Option<Arc<Cell>> {
        self.cells.read().get(&number).cloned()
    }

    /// To make one, or take one away.
    fn cells_to_change(&self) -> RwLockWriteGuard<'_, BTreeMap<u64, Arc<Cell>>> {
        let cells = self.cells.write();
        self.revision.grow();
        cells
    }

    /// Every organization, by number.
    pub(super) fn cells(&self) -> Vec<Arc<Cell>> {
        self.cells.read().values().cloned().collect()
    }

    /// Puts an organization back to the fixture, or to what it was made as.
    pub(super) fn reset(&self, cell: &Cell) -> std::io::Result<()> {
        let Some(organization) = self.origin(cell) else {
            return Ok(());
        };
        let draws = self.fixture().draws(&self.fresh_seed()?, cell.number);
        let rows = match &cell.isolated {
            Some(isolated) => isolated.rows.clone(),
            None => {
                let start = self.fixture().configured(&self.config, cell.number);
                start.rows.clone()
            }
        };
        cell.replace(organization, draws, RateLimiter::default());
        cell.configure(|config| config.rows = rows);
        self.forget(cell);
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
        let isolated = Isolated::new(name.clone(), &organization, config.rows.clone(), idle);
        let cell = Arc::new(Cell::new(
            number,
            organization,
            config,
            draws,
            Some(isolated),
            Revision::new(&self.revisions),
        ));
        self.forget(&cell);
        let mut cells = self.cells_to_change();
        // Another may have been made meanwhile.
        may_be_made(&cells, name.as_deref())?;
        cells.insert(number, Arc::clone(&cell));
        Ok(cell)
    }

    /// Takes an organization away. Requests that it is answering end as they would have.
    pub(super) fn remove(&self, cell: &Cell) {
        let gone = self.cells_to_change().remove(&cell.number);
        drop(gone);
    }

    /// Puts a saved organization in the place of the one of its number, or beside the others. What was
    /// drawn here or there is not drawn again, so that no IV is used twice.
    pub(super) fn restore(
        &self,
        saved: &Saved,
        organization: Organization,
        limiter: RateLimiter,
    ) -> Arc<Cell> {
        let number = saved.number;
        let drawn = saved.drawn();
        if let Some(cell) = self.cell(number) {
            let drawn = drawn.max(cell.draws.lock().position());
            cell.replace(organization, Draws::at(&self.seed, number, drawn), limiter);
            cell.configure(|config| config.rows.clone_from(&saved.misbehaviour));
            return cell;
        }
        let (name, idle) = match &saved.isolated {
            Some((name, idle)) => (name.clone(), Duration::from_secs(*idle)),
            None => (None, IDLE),
        };
        let rows = saved.misbehaviour.clone();
        let isolated = Isolated::new(name, &organization, rows.clone(), idle);
        let draws = Draws::at(&self.seed, number, drawn);
        let mut config = Arc::clone(&self.config);
        Arc::make_mut(&mut config).rows = rows;
        let (isolated, revision) = (Some(isolated), Revision::new(&self.revisions));
        let cell = Cell::new(number, organization, config, draws, isolated, revision);
        *cell.limiter.lock() = limiter;
        if number < Seed::NAMED {
            self.next.fetch_max(number + 1, Ordering::Relaxed);
        }
        let cell = Arc::new(cell);
        let before = self.cells_to_change().insert(number, Arc::clone(&cell));
        drop(before);
        cell
    }

    /// Queues the jobs of an organization that its state says are not done.
    pub(super) fn resume(self: &Arc<Self>, cell: &Arc<Cell>) {
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
