//! How often requests may have changed each project: as long as the count stays, what was read before still
//! holds.

use std::collections::HashMap;

use parking_lot::Mutex;

use super::wire::{Call, Reply};
use crate::contract::route::Endpoint::{CreateApiKey, CreateProject, DeleteApiKey};

/// Counts that only grow, by project; none for requests that name no project.
#[derive(Default)]
pub(super) struct Changes(Mutex<HashMap<Option<String>, u64>>);

impl Changes {
    /// Counts a request that was not refused, or had no answer.
    pub(super) fn count(&self, call: &Call, reply: Option<&Reply>) {
        // A new project and a token are nothing that was read before.
        if let Some(CreateProject | CreateApiKey | DeleteApiKey) = call.endpoint() {
            return;
        }
        if !call.may_change() || reply.is_some_and(Reply::is_refusal) {
            return;
        }
        *self.0.lock().entry(call.project().map(str::to_owned)).or_default() += 1;
    }

    /// How often that project may have been changed so far.
    pub(super) fn of(&self, project: &str) -> u64 {
        let counts = self.0.lock();
        [None, Some(project.to_owned())].iter().filter_map(|key| counts.get(key)).sum()
    }
}
