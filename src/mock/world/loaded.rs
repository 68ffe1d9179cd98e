//! Organizations as they were saved: in a data file, or by the control API.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::{IDLE, World};
use crate::mock::cell::{Cell, Isolated};
use crate::mock::draw::{Draws, Seed};
use crate::mock::keep::restored::{Loaded, Restored};
use crate::mock::misbehaviour::user_rows::UserRows;

impl World {
    /// Replaces the organization of the same number by a saved one, or adds it. The draws go on behind all that either
    /// has drawn, so that no IV is used twice.
    pub(in crate::mock) fn restore(&self, mut saved: Restored) -> Arc<Cell> {
        let number = saved.number;
        if let Some(cell) = self.cell(number) {
            let drawn = saved.drawn.max(cell.draws.lock().position());
            let draws = Draws::at(&self.seed, number, drawn);
            cell.replace(saved.organization, draws, saved.limiter, saved.rows);
            return cell;
        }
        let (name, idle) = saved.isolated.take().unwrap_or((None, IDLE));
        let origin = saved.organization.copied();
        let isolated = Isolated::new(name, origin, saved.rows.clone(), idle);
        let cell = self.resumed(saved, Some(isolated));
        if number < Seed::NAMED {
            self.next.fetch_max(number + 1, Ordering::Relaxed);
        }
        let before = self.cells_to_change().insert(number, Arc::clone(&cell));
        drop(before);
        cell
    }

    pub(super) fn loaded(&self, mut loaded: Loaded) -> BTreeMap<u64, Arc<Cell>> {
        let mut cells = BTreeMap::new();
        for mut saved in loaded.organizations {
            let number = saved.number;
            let isolated = saved.isolated.take().map(|(name, idle)| {
                let origin = loaded.origins.remove(&number);
                let (origin, rows) = origin.map_or_else(
                    || (saved.organization.copied(), UserRows::default()),
                    |origin| (origin.organization, origin.rows),
                );
                Isolated::new(name, origin, rows, idle)
            });
            let cell = self.resumed(saved, isolated);
            // All of it is in the file that it was read from.
            cell.take_unkept();
            cells.insert(number, cell);
        }
        cells
    }

    /// A new cell that goes on from where a saved organization was.
    fn resumed(&self, saved: Restored, isolated: Option<Isolated>) -> Arc<Cell> {
        let mut config = Arc::clone(&self.config);
        Arc::make_mut(&mut config).rows = saved.rows;
        let draws = Draws::at(&self.seed, saved.number, saved.drawn);
        let cell = self.new_cell(saved.number, saved.organization, config, draws, isolated);
        *cell.limiter.lock() = saved.limiter;
        cell
    }
}
