//! What a data file held when it was opened.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::mock::cell::{Cell, Isolated};
use crate::mock::config::Config;
use crate::mock::draw::{Draws, Seed};
use crate::mock::keep::loaded::Loaded;
use crate::mock::keep::revision::{Revision, Revisions};

/// The organizations of a data file.
pub(super) fn cells(
    mut loaded: Loaded,
    config: &Arc<Config>,
    seed: &Seed,
    revisions: &Arc<Revisions>,
) -> BTreeMap<u64, Arc<Cell>> {
    let mut cells = BTreeMap::new();
    for (saved, organization, limiter) in loaded.organizations {
        let number = saved.number;
        let isolated = saved.isolated.as_ref().map(|(name, idle)| {
            let origin = loaded.origins.remove(&number);
            let (origin, rows) = origin.unwrap_or_else(|| (organization.copied(), Vec::new()));
            Isolated::new(name.clone(), &origin, rows, Duration::from_secs(*idle))
        });
        let draws = Draws::at(seed, number, saved.drawn());
        let (mut config, revision) = (Arc::clone(config), Revision::new(revisions));
        Arc::make_mut(&mut config).rows.clone_from(&saved.misbehaviour);
        let cell = Cell::new(number, organization, config, draws, isolated, revision);
        *cell.limiter.lock() = limiter;
        cell.is_as_kept();
        cells.insert(number, Arc::new(cell));
    }
    cells
}
