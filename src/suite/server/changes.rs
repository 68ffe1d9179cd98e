//! How often requests may have changed each project: as long as the count stays, what was read before still
//! holds.

use std::collections::HashMap;

use parking_lot::Mutex;

use super::wire::{Call, Reply};
use crate::contract::route::Endpoint::{
    CreateApiKey, CreateProject, DeleteApiKey, DeleteSecrets, GetEncryptionKey, RestoreVersion,
    StoreSecrets, SubmitReencrypted,
};

/// Counts that only grow, by project; none for requests that name no project.
#[derive(Default)]
pub(super) struct Changes(Mutex<HashMap<Option<String>, Count>>);

#[derive(Default, Clone, Copy)]
struct Count {
    all: u64,
    /// Without those that leave the key as it is.
    of_key: u64,
}

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
        let leaves_key = matches!(
            call.endpoint(),
            Some(StoreSecrets | DeleteSecrets | SubmitReencrypted | RestoreVersion)
        );
        let mut counts = self.0.lock();
        let count = counts.entry(call.project().map(str::to_owned)).or_default();
        count.all += 1;
        count.of_key += u64::from(!leaves_key);
    }

    /// How often that project may have been changed so far.
    pub(super) fn of(&self, project: &str) -> u64 {
        self.sum(project, |count| count.all)
    }

    /// How often what the answers to such a read show may have been changed so far; none if it names no project.
    pub(super) fn of_read(&self, call: &Call) -> Option<u64> {
        let of = |count: &Count| match call.endpoint() {
            Some(GetEncryptionKey) => count.of_key,
            _ => count.all,
        };
        Some(self.sum(call.project()?, of))
    }

    fn sum(&self, project: &str, of: impl Fn(&Count) -> u64) -> u64 {
        let counts = self.0.lock();
        [None, Some(project.to_owned())].iter().filter_map(|key| counts.get(key)).map(of).sum()
    }
}
