//! Works off the queue of background jobs.

use std::sync::{Arc, Weak};

use super::reencrypt;
use crate::mock::jobs::{Job, Jobs};
use crate::mock::{Cell, World};

pub(in crate::mock) async fn work(jobs: Arc<Jobs>, world: Weak<World>) {
    while let Some(job) = jobs.next().await {
        if reencrypt::run(&world, &job, || job.is_paused()).await {
            jobs.put_back(job);
        }
    }
}

/// Does one batch of the first waiting job of an organization, or all of its batches, if `whole`. Whether there was a
/// job.
pub(in crate::mock) async fn advance(world: &Arc<World>, cell: &Arc<Cell>, whole: bool) -> bool {
    let jobs = &*world.jobs;
    let Some(job) = jobs.take(|job| Arc::ptr_eq(&job.cell, cell)) else {
        return false;
    };
    let mut taken = Taken { jobs, job: Some(Arc::clone(&job)) };
    let world = Arc::downgrade(world);
    let is_more = if whole {
        reencrypt::run(&world, &job, || false).await
    } else {
        reencrypt::one(&world, &job).await
    };
    if !is_more {
        taken.job = None;
    }
    true
}

/// A job that was taken from the queue. It is put back if the request that took it is cancelled.
struct Taken<'q> {
    jobs: &'q Jobs,
    /// None once it is done.
    job: Option<Arc<Job>>,
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        if let Some(job) = self.job.take() {
            self.jobs.put_back(job);
        }
    }
}
