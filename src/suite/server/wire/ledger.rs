//! What a run has spent of its budget, and what is left of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use parking_lot::Mutex;

use super::Budget;
use crate::harness::{Spending, Stop};
use crate::suite::server::inventory::Inventory;

pub(crate) struct Ledger {
    pub(crate) budget: Budget,
    spent: Mutex<Spending>,
    /// Requests that were sent to tidy up.
    tidied: AtomicU32,
    /// Whether a request was refused, since it would not have left enough.
    has_refused: AtomicBool,
    /// What the run has made, if what it takes to delete that is kept back of the budget.
    inventory: Option<Arc<Inventory>>,
}

impl Ledger {
    pub(super) fn new(budget: Budget, inventory: Option<Arc<Inventory>>) -> Self {
        let (spent, tidied) = (Mutex::default(), AtomicU32::new(0));
        Self { budget, spent, tidied, has_refused: AtomicBool::new(false), inventory }
    }

    /// Takes what a check costs from the budget.
    ///
    /// # Errors
    /// [`Stop::CouldNotRun`] if there is not so much left.
    pub(super) fn spend(&self, cost: Spending) -> Result<(), Stop> {
        let mut so_far = self.spent.lock();
        let spent = so_far.and(cost);
        // What has been spent before does not forbid what costs nothing of it.
        let rotations = if cost.rotations == 0 { 0 } else { spent.rotations };
        let Budget { requests: most, rotations: most_rotations, .. } = self.budget;
        let has_room = self.has_room(spent);
        if has_room && rotations <= most_rotations {
            *so_far = spent;
            return Ok(());
        }
        self.has_refused.fetch_or(!has_room, Ordering::Relaxed);
        Err(Stop::CouldNotRun(format!(
            "the budget of {most} requests and {most_rotations} rotations is spent"
        )))
    }

    /// Whether so many requests leave enough of the budget to delete what was made.
    fn has_room(&self, spent: Spending) -> bool {
        let kept_back = self
            .inventory
            .as_ref()
            .map_or(0, |made| made.kept_back().saturating_add(self.tidied()));
        spent.requests.saturating_add(kept_back) <= self.budget.requests
    }

    /// Counts a request that is sent to tidy up.
    pub(super) fn tidies(&self) {
        self.tidied.fetch_add(1, Ordering::Relaxed);
    }

    fn tidied(&self) -> u32 {
        self.tidied.load(Ordering::Relaxed)
    }

    /// Whether a request did not fit the budget any more.
    pub(crate) fn is_spent(&self) -> bool {
        self.has_refused.load(Ordering::Relaxed)
    }

    /// Requests that may still be sent to tidy up: where that is inside the budget, what is left of it.
    pub(crate) fn left_to_tidy(&self) -> u32 {
        if self.inventory.is_none() {
            return u32::MAX;
        }
        let sent = self.spent.lock().requests.saturating_add(self.tidied());
        self.budget.requests.saturating_sub(sent)
    }
}
