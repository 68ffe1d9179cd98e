//! What a data file held when it was opened.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::mock::cell::{Cell, Isolated};
use crate::mock::config::Config;
use crate::mock::draw::{Draws, Seed};
use crate::mock::keep::revision::{Revision, Revisions};
use crate::mock::keep::{DataError, Loaded};

/// Names of facts in the data file.
pub(super) const SEED: &str = "seed";
pub(super) const CLOCK: &str = "clock";
pub(super) const FIXTURE: &str = "fixture";

/// The seed of a data file; it must be the one that is asked for.
pub(super) fn seed(loaded: &Loaded, asked: Option<u64>) -> Result<Seed, DataError> {
    let kept = loaded.meta.get(SEED).and_then(|text| Seed::read(text));
    let kept =
        kept.ok_or_else(|| DataError::Damaged(loaded.name.clone(), "it has no seed".to_owned()))?;
    match asked.map(Seed::of) {
        Some(asked) if asked != kept => Err(DataError::OtherSeed(loaded.name.clone())),
        _ => Ok(kept),
    }
}

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
        Arc::make_mut(&mut config)
            .rows
            .clone_from(&saved.misbehaviour);
        let cell = Cell::new(number, organization, config, draws, isolated, revision);
        *cell.limiter.lock() = limiter;
        cell.is_as_kept();
        cells.insert(number, Arc::new(cell));
    }
    cells
}
