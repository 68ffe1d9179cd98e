//! Numbers of changes, so that an answer can wait until all that it shows is in the data file.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Counts the changes of a mock.
#[derive(Default)]
pub(in crate::mock) struct Revisions(AtomicU64);

impl Revisions {
    /// The number of the last change.
    pub(in crate::mock) fn last(&self) -> u64 {
        self.0.load(Ordering::Acquire)
    }
}

/// The number of the last change of one thing.
pub(in crate::mock) struct Revision {
    all: Arc<Revisions>,
    last: AtomicU64,
}

impl Revision {
    /// The revision of a new thing, which counts as changed.
    pub(in crate::mock) fn new(all: &Arc<Revisions>) -> Self {
        let new = Self { all: Arc::clone(all), last: AtomicU64::new(0) };
        new.grow();
        new
    }

    /// Numbers a change. The caller holds the lock of what it changes, so that no reader sees the change without its
    /// number, and a writer that takes everything up to that number waits for the change.
    pub(in crate::mock) fn grow(&self) {
        let number = self.all.0.fetch_add(1, Ordering::AcqRel) + 1;
        self.last.fetch_max(number, Ordering::AcqRel);
    }

    pub(in crate::mock) fn last(&self) -> u64 {
        self.last.load(Ordering::Acquire)
    }
}
