//! Finding organizations: by bearer, by ULID, in a path.

use std::sync::{Arc, Weak};
use std::time::Instant;

use super::World;
use crate::contract::identifier::same_ulid;
use crate::mock::cell::Cell;
use crate::mock::exchange::Exchange;
use crate::mock::model::organization::Organization;

impl World {
    /// The organization that a bearer belongs to, expired or not.
    pub(in crate::mock) fn of_bearer(&self, bearer: &str) -> Option<Arc<Cell>> {
        let known = self.bearers.read().get(bearer).and_then(Weak::upgrade);
        let found = known
            .filter(|cell| self.is_there(cell) && cell.state.read().tokens.contains_key(bearer))
            .or_else(|| {
                let has = |one: &Organization| one.tokens.contains_key(bearer);
                let cell = self.first_that(has)?;
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

    fn is_there(&self, cell: &Cell) -> bool {
        self.cells.read().contains_key(&cell.number)
    }

    /// The first organization of that ULID.
    pub(in crate::mock) fn of_ulid(&self, ulid: &str) -> Option<Arc<Cell>> {
        self.first_that(|organization| same_ulid(&organization.ulid, ulid))
    }

    /// Looks at organizations that are locked for a change last, so that a request does not wait for another's.
    fn first_that(&self, is_it: impl Fn(&Organization) -> bool) -> Option<Arc<Cell>> {
        let mut changing = Vec::new();
        for cell in self.cells() {
            match cell.state.try_read().map(|state| is_it(&state)) {
                Some(true) => return Some(cell),
                Some(false) => {}
                None => changing.push(cell),
            }
        }
        let mut changing = changing.into_iter();
        changing.find(|cell| is_it(&cell.state.read()))
    }

    /// The ULID in a path, if it is that of an organization.
    pub(in crate::mock) fn named_in(&self, path: &str) -> Option<String> {
        let mut ids = path.split('/').filter(|segment| segment.len() == 26);
        ids.find_map(|id| Some(self.of_ulid(id)?.state.read().ulid.clone()))
    }

    /// The strays whose path has the ULID of an organization, since its journal was emptied.
    pub(in crate::mock) fn strays_of(&self, cell: &Cell) -> Vec<Arc<Exchange>> {
        let ulid = cell.state.read().ulid.clone();
        let since = cell.journal.strays_before();
        let mut strays = self.strays.all();
        strays.retain(|stray| stray.number > since && stray.named.as_deref() == Some(&ulid));
        strays
    }

    /// Empties the journal of an organization.
    pub(in crate::mock) fn forget(&self, cell: &Cell) {
        cell.journal.clear(self.strays.count());
    }
}
