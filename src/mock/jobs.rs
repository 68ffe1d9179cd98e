//! Background jobs: one at a time, in the order in which they were queued.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};

use parking_lot::Mutex;
use tokio::sync::Notify;

use super::service::reencrypt;
use super::world::{Cell, World};

/// Moves the versions of a project that are under rotated server keys onto the active one.
pub(super) struct Job {
    pub(super) world: Weak<World>,
    pub(super) cell: Arc<Cell>,
    pub(super) incarnation: u64,
    pub(super) number: u64,
}

/// The queue.
#[derive(Default)]
pub(super) struct Jobs {
    queue: Mutex<VecDeque<Job>>,
    queued: Notify,
    closed: AtomicBool,
}

impl Jobs {
    /// Queues a job. One for the same project that has not begun already has the same goal.
    pub(super) fn queue(&self, job: Job) {
        let mut queue = self.queue.lock();
        let same = |other: &Job| {
            Arc::ptr_eq(&other.cell, &job.cell)
                && other.number == job.number
                && other.incarnation == job.incarnation
        };
        if !queue.iter().any(same) {
            queue.push_back(job);
        }
        drop(queue);
        self.queued.notify_one();
    }

    /// Nothing comes any more: whoever works the queue off may stop.
    pub(super) fn close(&self) {
        self.closed.store(true, Ordering::Release);
        self.queued.notify_one();
    }

    async fn next(&self) -> Option<Job> {
        loop {
            if self.closed.load(Ordering::Acquire) {
                return None;
            }
            if let Some(job) = self.queue.lock().pop_front() {
                return Some(job);
            }
            self.queued.notified().await;
        }
    }
}

/// Works the queue off until its world is gone.
pub(super) async fn work(jobs: Arc<Jobs>) {
    while let Some(job) = jobs.next().await {
        reencrypt::run(&job).await;
    }
}
