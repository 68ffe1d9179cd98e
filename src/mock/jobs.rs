//! The queue of background jobs: one is done at a time, in the order of the queue. The jobs of an organization can be
//! paused, and then be done step by step.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;
use tokio::sync::Notify;

use super::cell::Cell;

/// Moves the versions of a project that are under rotated server keys onto the active one.
pub(super) struct Job {
    pub(super) cell: Arc<Cell>,
    pub(super) incarnation: u64,
    pub(super) number: u64,
}

impl Job {
    pub(super) fn is_paused(&self) -> bool {
        self.cell.jobs_paused.load(Ordering::Acquire)
    }

    fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&other.cell, &self.cell)
            && other.number == self.number
            && other.incarnation == self.incarnation
    }
}

#[derive(Default)]
pub(super) struct Jobs {
    queue: Mutex<VecDeque<Arc<Job>>>,
    queued: Notify,
    closed: AtomicBool,
}

impl Jobs {
    /// Queues a job, unless one for the same project waits already.
    pub(super) fn queue(&self, job: Job) {
        let mut queue = self.queue.lock();
        if !queue.iter().any(|other| other.is_same(&job)) {
            queue.push_back(Arc::new(job));
        }
        drop(queue);
        self.queued.notify_one();
    }

    pub(super) fn close(&self) {
        self.closed.store(true, Ordering::Release);
        self.queued.notify_one();
    }

    /// The waiting jobs of an organization, in their order.
    pub(super) fn of(&self, cell: &Arc<Cell>) -> Vec<Arc<Job>> {
        let queue = self.queue.lock();
        queue.iter().filter(|job| Arc::ptr_eq(&job.cell, cell)).cloned().collect()
    }

    /// Pauses the jobs of an organization, or lets them go on.
    pub(super) fn pause(&self, cell: &Cell, paused: bool) {
        cell.jobs_paused.store(paused, Ordering::Release);
        self.queued.notify_one();
    }

    /// Takes the first job that `is_meant` chooses out of the queue.
    pub(super) fn take(&self, is_meant: impl Fn(&Job) -> bool) -> Option<Arc<Job>> {
        let mut queue = self.queue.lock();
        let place = queue.iter().position(|job| is_meant(job))?;
        queue.remove(place)
    }

    /// Puts a job that is not done back to the front of the queue.
    pub(super) fn put_back(&self, job: Arc<Job>) {
        self.queue.lock().push_front(job);
        self.queued.notify_one();
    }

    /// The next job that is not paused; none once the queue is closed.
    pub(super) async fn next(&self) -> Option<Arc<Job>> {
        loop {
            if self.closed.load(Ordering::Acquire) {
                return None;
            }
            if let Some(job) = self.take(|job| !job.is_paused()) {
                return Some(job);
            }
            self.queued.notified().await;
        }
    }
}
