//! Writing the state of a mock to its data file.

use std::sync::Arc;

use super::World;
use crate::contract::error::Code;
use crate::mock::cell::Cell;
#[cfg(feature = "data")]
use crate::mock::keep::keeping::DataWatch;
use crate::mock::keep::keeping::{Batch, Keeping};
use crate::mock::keep::restored::{CLOCK, FIXTURE, SEED};
use crate::mock::message::Message;
use crate::mock::misbehaviour::policy;
use crate::mock::refusal::Refusal;

impl World {
    /// Returns once all that an answer about an organization can show is in the data file, if there is one.
    /// Without an organization that is everything. If it cannot be written, the next call tries again.
    pub(in crate::mock) async fn keep(&self, cell: Option<&Cell>) -> Result<(), Refusal> {
        if policy::forgets(&cell.map_or_else(|| Arc::clone(&self.config), Cell::config)) {
            return Ok(());
        }
        self.write_unkept(cell).await.map_err(|why| {
            let message = format!(
                "The data file cannot be written: {why}. What is not in it is not shown, and a change that \
                 was asked for takes effect once it can be written."
            );
            Refusal::new(Code::NotKept, Message::own(message))
        })
    }

    /// The same, with the plain reason as the error.
    pub(in crate::mock) async fn write_unkept(&self, cell: Option<&Cell>) -> Result<(), Arc<str>> {
        let Some(keeping) = &self.keeping else {
            return Ok(());
        };
        let last = match cell {
            // A defect can show another organization's state.
            Some(cell) if cell.config().defects.is_empty() => {
                cell.last_change().max(self.revision.last())
            }
            _ => self.revisions.last(),
        };
        let clock = || self.clock.text();
        keeping.keep(last, clock, || self.batch()).await
    }

    /// Writes what is not kept yet, and checks that the file can be found again under its path. The error is the reason why
    /// changes cannot be kept.
    pub(in crate::mock) async fn can_keep(&self) -> Result<(), Arc<str>> {
        self.write_unkept(None).await?;
        match &self.keeping {
            Some(keeping) => keeping.look().await,
            None => Ok(()),
        }
    }

    /// Refuses a change before it is made, if the data file could not be written the last time and still cannot.
    pub(in crate::mock) async fn may_change(&self) -> Result<(), Refusal> {
        if !self.keeping.as_ref().is_some_and(Keeping::is_failing) {
            return Ok(());
        }
        self.can_keep().await.map_err(|why| {
            let message = format!("The data file cannot be written: {why}. Nothing was changed.");
            Refusal::new(Code::NotKept, Message::own(message))
        })
    }

    /// Releases the data file once what is being written is on the disk. Tenants, jobs and connections may hold this world
    /// for longer.
    pub(in crate::mock) async fn close(&self) {
        if let Some(keeping) = &self.keeping {
            keeping.close().await;
        }
    }

    /// The same without waiting.
    pub(in crate::mock) fn close_soon(&self) {
        if let Some(keeping) = &self.keeping {
            keeping.close_soon();
        }
    }

    /// Whether there is a data file.
    pub(in crate::mock) fn is_kept(&self) -> bool {
        self.keeping.is_some()
    }

    #[cfg(feature = "data")]
    pub(in crate::mock) fn watch_data(&self) -> Option<DataWatch> {
        self.keeping.as_ref().map(Keeping::watch)
    }

    fn batch(&self) -> Batch {
        // First of all: a change after this counts for the next batch, even if this one has it too.
        let last = self.revisions.last();
        let clock = self.clock.text();
        let fixture = self.fixture_text.lock().clone().unwrap_or_default();
        Batch {
            last,
            meta: vec![(SEED, self.seed.text()), (CLOCK, clock.clone()), (FIXTURE, fixture)],
            clock,
            cells: self.cells(),
        }
    }
}
