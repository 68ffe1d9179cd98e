//! A change is written to the data file before any answer shows it, even if the client disconnects meanwhile.

use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::{OwnedMutexGuard, watch};

use crate::mock::cell::Cell;
use crate::mock::keep::{Changes, OfOrganization, Store};

/// Why the data file cannot be written.
type Why = Arc<str>;

/// A data file, and how much of the mock's state is in it.
pub(in crate::mock) struct Keeping {
    /// Locked from when the changes are taken until they are on the disk.
    data: Arc<tokio::sync::Mutex<Box<dyn Store>>>,
    kept: Arc<Kept>,
}

/// What is on the disk, and whether the last attempt to write succeeded.
struct Kept {
    up_to: Mutex<Mark>,
    outcome: watch::Sender<Result<(), Why>>,
}

/// A state of the mock, as far as it is written.
#[derive(Default, PartialEq, Eq)]
struct Mark {
    /// The number of the last change.
    last: u64,
    /// The clock, as text.
    clock: String,
}

/// What is written in one transaction.
pub(in crate::mock) struct Batch {
    /// The number of the last change that is in it for certain.
    pub(in crate::mock) last: u64,
    pub(in crate::mock) clock: String,
    /// Facts by name.
    pub(in crate::mock) meta: Vec<(&'static str, String)>,
    /// Every organization. What is not kept of it yet is written.
    pub(in crate::mock) cells: Vec<Arc<Cell>>,
}

impl Keeping {
    pub(in crate::mock) fn new(data: Box<dyn Store>) -> Self {
        Self {
            data: Arc::new(tokio::sync::Mutex::new(data)),
            kept: Arc::new(Kept { up_to: Mutex::default(), outcome: watch::Sender::new(Ok(())) }),
        }
    }

    /// Returns once everything up to the change of that number is on the disk, and the clock as it is now.
    /// `batch` gives what there is to write.
    pub(in crate::mock) async fn keep(
        &self,
        last: u64,
        clock: impl Fn() -> String,
        batch: impl FnOnce() -> Batch,
    ) -> Result<(), Why> {
        let is_kept = || self.kept.holds(last, &clock());
        if is_kept() {
            return Ok(());
        }
        let turn = Arc::clone(&self.data).lock_owned().await;
        // Whoever had the turn before may have written it too.
        if is_kept() {
            return Ok(());
        }
        let (batch, kept) = (batch(), Arc::clone(&self.kept));
        // The task holds the lock and ends by itself, even if the request that waits for it is cancelled.
        let written = tokio::task::spawn_blocking(move || batch.write(turn, &kept));
        let written = written.await;
        written.unwrap_or_else(|_| Err(Why::from("it could not be finished")))
    }

    /// Whether the last try to write failed.
    pub(in crate::mock) fn is_failing(&self) -> bool {
        self.kept.outcome.borrow().is_err()
    }

    /// Whether what is written into the file can be found again under its path.
    pub(in crate::mock) async fn look(&self) -> Result<(), Why> {
        let outcome = self.data.lock().await.is_in_place().map_err(Why::from);
        self.kept.report(&outcome);
        outcome
    }

    /// Lets go of the file once what is being written is on the disk.
    pub(in crate::mock) async fn close(&self) {
        self.data.lock().await.close();
    }

    /// The same without waiting: at once, unless something is being written.
    pub(in crate::mock) fn close_soon(&self) {
        if let Ok(mut data) = self.data.try_lock() {
            data.close();
            return;
        }
        let data = Arc::clone(&self.data);
        // There may be no runtime any more. Without a thread the file is closed with the last handle to the mock.
        let _ = std::thread::Builder::new().spawn(move || data.blocking_lock().close());
    }

    #[cfg(feature = "data")]
    pub(in crate::mock) fn watch(&self) -> DataWatch {
        DataWatch(self.kept.outcome.subscribe())
    }
}

impl Kept {
    fn holds(&self, last: u64, clock: &str) -> bool {
        let mark = self.up_to.lock();
        mark.last >= last && mark.clock == clock
    }

    fn report(&self, new: &Result<(), Why>) {
        self.outcome.send_if_modified(|outcome| {
            let is_new = outcome != new;
            outcome.clone_from(new);
            is_new
        });
    }
}

impl Batch {
    /// Takes the changes that are not kept, and writes them.
    fn write(self, mut turn: OwnedMutexGuard<Box<dyn Store>>, kept: &Kept) -> Result<(), Why> {
        let mut taken = Taken::default();
        let organizations = self.cells.iter().filter_map(|cell| taken.take(cell));
        let organizations = organizations.collect();
        let changes = Changes {
            meta: self.meta,
            present: self.cells.iter().map(|cell| cell.number).collect(),
            organizations,
        };
        let written = turn.write(&changes).map_err(Why::from);
        if written.is_ok() {
            taken.0.clear();
            *kept.up_to.lock() = Mark { last: self.last, clock: self.clock };
        }
        kept.report(&written);
        written
    }
}

/// Organizations whose changes were taken. If these are not written after all, the organizations are written as a whole
/// the next time.
#[derive(Default)]
struct Taken(Vec<Arc<Cell>>);

impl Taken {
    fn take(&mut self, cell: &Arc<Cell>) -> Option<OfOrganization> {
        let taken = cell.take_unkept()?;
        self.0.push(Arc::clone(cell));
        Some(taken)
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        self.0.iter().for_each(|cell| cell.forget_kept());
    }
}

/// Whether a running mock can write its data file, as it changes.
#[cfg(feature = "data")]
#[derive(Debug)]
pub struct DataWatch(watch::Receiver<Result<(), Why>>);

#[cfg(feature = "data")]
impl DataWatch {
    /// Waits until it can be written again, or cannot any more: then the error says why. None once the mock is gone.
    pub async fn next(&mut self) -> Option<Result<(), Arc<str>>> {
        self.0.changed().await.ok()?;
        Some(self.0.borrow_and_update().clone())
    }
}
