//! What became of a write whose client hung up: it happened, whole, or it did not.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Snapshot;
use crate::harness::{Exchange, Mismatch, Stop};
use crate::suite::server::wire::{Call, id_text, number};

/// A write whose answer nobody read, and what was stored before it and after it.
pub(crate) struct Unanswered {
    pub(crate) call: Call,
    /// What shows it.
    pub(crate) exchanges: Vec<Exchange>,
    pub(crate) before: Snapshot,
    pub(crate) after: Snapshot,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    Nothing,
    Done,
}

/// What of it happened, where that is neither the whole nor nothing.
pub(crate) type Torn = String;

impl Unanswered {
    /// The failure of a case: what of the write happened.
    pub(crate) fn torn(&self, write: &str, torn: Torn) -> Stop {
        Mismatch {
            what: format!("a {write} whose client hung up is half done"),
            expected: "all of it, or nothing of it".to_owned(),
            got: torn,
            exchanges: self.exchanges.clone(),
        }
        .into()
    }

    /// A write or a restore with this content to a level.
    pub(crate) fn of_level(&self, level: &str) -> Result<Fate, Torn> {
        self.same_key()?;
        let content = self.after.content(level);
        if *content == self.call.body()["content"] {
            return Ok(Fate::Done);
        }
        if content != self.before.content(level) {
            return Err("the level holds neither the sent blob nor the one from before".to_owned());
        }
        if !self.after.version_ids(level).is_subset(&self.before.version_ids(level)) {
            let torn = "the level holds the blob from before, and a new version of it was kept";
            return Err(torn.to_owned());
        }
        Ok(Fate::Nothing)
    }

    /// A submit.
    pub(crate) fn of_submit(&self) -> Result<Fate, Torn> {
        self.same_key()?;
        let sent = self.submitted();
        let is_left = |id: &Value| self.before.pending(id) == self.after.pending(id);
        if sent.iter().all(|id| is_left(id)) {
            return Ok(Fate::Nothing);
        }
        match sent.iter().filter(|id| self.after.pending(id).is_none()).count() {
            gone if gone == sent.len() => Ok(Fate::Done),
            gone => Err(format!("{gone} of {} versions are not pending any more", sent.len())),
        }
    }

    /// The ids of the versions that a submit names.
    fn submitted(&self) -> Vec<&Value> {
        let versions = self.call.body()["versions"].as_array();
        versions.into_iter().flatten().map(|version| &version["id"]).collect()
    }

    /// A client rotation.
    pub(crate) fn of_client_rotation(&self) -> Result<Fate, Torn> {
        let (old, new) = (self.before.descriptor(), self.after.descriptor());
        let sent = self.call.body();
        if new["key_check_salt"] != sent["key_check_salt"] {
            return match self.before.difference(&self.after) {
                None => Ok(Fate::Nothing),
                Some(changed) => {
                    Err(format!("the key is that from before, and a change of: {changed}"))
                }
            };
        }
        let torn = |what: &str| Err(format!("the descriptor is that of the new key, and {what}"));
        if new["version"] == old["version"] {
            return torn("its version is that of the old one");
        }
        let is_sent = |level: &Value| {
            let mut secrets = sent["secrets"].as_array().into_iter().flatten();
            secrets.any(|secret| secret["content"] == level["content"])
        };
        if !self.after.levels().all(is_sent) {
            return torn("a current secret is not the blob that was sent");
        }
        let is_known = self.after.shows_all_pending();
        if is_known && !self.before.pending_ids().is_subset(&self.after.pending_ids()) {
            return torn("a version that was pending is not any more");
        }
        match self.after.disagreement() {
            Some(what) => torn(what),
            None => Ok(Fate::Done),
        }
    }

    /// What no write but a rotation changes.
    fn same_key(&self) -> Result<(), Torn> {
        let is_same = self.before.descriptor() == self.after.descriptor();
        is_same.then_some(()).ok_or_else(|| "the key descriptor has changed".to_owned())
    }
}

impl Snapshot {
    /// What descriptor and history say otherwise than each other, if anything.
    pub(crate) fn disagreement(&self) -> Option<&'static str> {
        let entries = self.history().as_array().into_iter().flatten();
        let active: Vec<_> = entries.filter(|entry| entry["is_active"] == true).collect();
        let [active] = active[..] else {
            return Some("the history has not exactly one active key");
        };
        let is_same = number(&active["version"]) == number(&self.descriptor()["version"]);
        (!is_same).then_some("the active key of the history is another one")
    }

    fn pending(&self, id: &Value) -> Option<&Value> {
        self.pending_rows().iter().find(|row| row["id"] == *id)
    }

    fn pending_ids(&self) -> BTreeSet<String> {
        self.pending_rows().iter().filter_map(|row| id_text(&row["id"])).collect()
    }
}
