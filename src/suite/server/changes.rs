//! How often requests may have changed each project: as long as the count stays, what was read before still
//! holds.

use std::collections::HashMap;

use parking_lot::Mutex;

use super::wire::{Call, Reply};

/// Counts that only grow.
#[derive(Default)]
pub(super) struct Changes(Mutex<Counts>);

#[derive(Default)]
struct Counts {
    /// By requests that name no project.
    any: u64,
    by_project: HashMap<String, u64>,
}

impl Changes {
    /// Counts a request that was not refused, or had no answer.
    pub(super) fn count(&self, call: &Call, reply: Option<&Reply>) {
        if !call.may_change() || reply.is_some_and(Reply::is_refusal) {
            return;
        }
        let mut counts = self.0.lock();
        match call.project() {
            Some(slug) => *counts.by_project.entry(slug.to_owned()).or_default() += 1,
            None => counts.any += 1,
        }
    }

    /// How often that project may have been changed so far.
    pub(super) fn of(&self, project: &str) -> u64 {
        let counts = self.0.lock();
        counts.any + counts.by_project.get(project).copied().unwrap_or_default()
    }
}
