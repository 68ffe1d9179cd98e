//! What a run has spent of its budget, and what is left of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use parking_lot::Mutex;

use super::Budget;
use crate::harness::{Spending, Stop};
use crate::suite::server::inventory::Inventory;

pub(crate) struct Ledger {
    pub(crate) budget: Budget,
    spent: Mutex<Spending>,
    /// Requests that were sent to tidy up.
    tidied: AtomicU32,
    /// What the run has made, if what it takes to delete that is kept back of the budget.
    inventory: Option<Arc<Inventory>>,
}

impl Ledger {
    pub(super) fn new(budget: Budget, inventory: Option<Arc<Inventory>>) -> Self {
        Self { budget, spent: Mutex::default(), tidied: AtomicU32::new(0), inventory }
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
        if self.has_room(spent) && rotations <= most_rotations {
            *so_far = spent;
            return Ok(());
        }
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

    /// Whether no further request fits the budget.
    pub(crate) fn is_spent(&self) -> bool {
        let spent = *self.spent.lock();
        !self.has_room(spent.and(Spending { requests: 1, rotations: 0 }))
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
