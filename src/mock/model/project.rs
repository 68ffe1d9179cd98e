//! A project: its keys, its current secrets and the versions that they replaced.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::mem;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value};
use tokio::sync::{Mutex, OwnedMutexGuard};

use crate::contract::custody::{Custody, HistoryPolicy};
use crate::contract::request::ProofFields;
use crate::mock::model::key::{Key, Material, ServerKey};
use crate::mock::model::level::Level;
use crate::mock::model::sealed::Sealed;
use crate::mock::model::versions::{Version, Versions};

/// The current blob of a level.
#[derive(Debug, Clone)]
pub(in crate::mock) struct Secret {
    pub(in crate::mock) id: String,
    pub(in crate::mock) content: Arc<str>,
    pub(in crate::mock) sealed: Sealed,
    /// Grows with each write, so that a commit can tell, with the `id`, whether it was prepared for this blob. A level
    /// that was emptied and written again has another id.
    pub(in crate::mock) revision: u64,
}

impl Secret {
    /// Replaces its blob. Gives the one before.
    pub(in crate::mock) fn replace(
        &mut self,
        content: Arc<str>,
        sealed: Sealed,
    ) -> (Arc<str>, Sealed) {
        self.revision += 1;
        (mem::replace(&mut self.content, content), mem::replace(&mut self.sealed, sealed))
    }
}

/// A target and its environments, by slug.
#[derive(Debug, Clone)]
pub(in crate::mock) struct Target {
    pub(in crate::mock) place: Place,
    pub(in crate::mock) environments: BTreeMap<String, Place>,
}

/// What targets and environments have in common.
#[derive(Debug, Clone)]
pub(in crate::mock) struct Place {
    pub(in crate::mock) ulid: String,
    pub(in crate::mock) name: String,
    pub(in crate::mock) description: Option<String>,
    pub(in crate::mock) status: Option<String>,
    pub(in crate::mock) created_at: Timestamp,
    pub(in crate::mock) updated_at: Timestamp,
}

/// Locked by whoever commits a change. Reads never lock it, and a copy of a project has one of its own.
#[derive(Default)]
pub(in crate::mock) struct TurnLock(Arc<Mutex<()>>);

impl TurnLock {
    pub(in crate::mock) fn lock(&self) -> impl Future<Output = OwnedMutexGuard<()>> + use<> {
        Arc::clone(&self.0).lock_owned()
    }
}

impl Clone for TurnLock {
    fn clone(&self) -> Self {
        Self::default()
    }
}

#[derive(Clone)]
pub(in crate::mock) struct Project {
    /// Internal number, never reused in one organization.
    pub(in crate::mock) number: u64,
    pub(in crate::mock) ulid: String,
    pub(in crate::mock) slug: String,
    pub(in crate::mock) name: String,
    pub(in crate::mock) description: Option<String>,
    pub(in crate::mock) secret_format: String,
    pub(in crate::mock) metadata: Option<Map<String, Value>>,
    pub(in crate::mock) history_policy: HistoryPolicy,
    /// By how much the versions of its keys grow.
    pub(in crate::mock) version_step: u64,
    /// The oldest key whose versions can be pending.
    pub(in crate::mock) pending_from: u64,
    /// Whether a rotation is held, by control or at a gate.
    pub(in crate::mock) held: bool,
    /// Whether a job moves its versions onto the active key.
    pub(in crate::mock) moving: bool,
    /// How many rotations wait at a gate.
    pub(in crate::mock) gated: usize,
    pub(in crate::mock) created_at: Timestamp,
    pub(in crate::mock) updated_at: Timestamp,
    pub(in crate::mock) turn: TurnLock,
    pub(in crate::mock) targets: BTreeMap<String, Target>,
    pub(in crate::mock) secrets: BTreeMap<Level, Secret>,
    /// By ascending version; the last one is active.
    keys: Vec<Key>,
    versions: Versions,
    /// What of it has changed since it was saved in the data file; none if it never was.
    unkept: Option<Unkept>,
}

#[derive(Debug, Clone, Default)]
pub(in crate::mock) struct Unkept {
    /// Whether anything but its versions has changed.
    pub(in crate::mock) head: bool,
    /// Rows of versions that were added, changed or removed.
    pub(in crate::mock) versions: BTreeSet<u64>,
}

pub(in crate::mock) struct NewProject {
    pub(in crate::mock) number: u64,
    pub(in crate::mock) ulid: String,
    pub(in crate::mock) slug: String,
    pub(in crate::mock) name: String,
    pub(in crate::mock) description: Option<String>,
    pub(in crate::mock) secret_format: String,
    pub(in crate::mock) created_at: Timestamp,
    pub(in crate::mock) first_key: Key,
}

impl Project {
    pub(in crate::mock) fn new(new: NewProject) -> Self {
        Self {
            number: new.number,
            ulid: new.ulid,
            slug: new.slug,
            name: new.name,
            description: new.description,
            secret_format: new.secret_format,
            metadata: None,
            history_policy: HistoryPolicy::Keep,
            version_step: 1,
            pending_from: 0,
            held: false,
            moving: false,
            gated: 0,
            created_at: new.created_at,
            updated_at: new.created_at,
            turn: TurnLock::default(),
            targets: BTreeMap::new(),
            secrets: BTreeMap::new(),
            keys: vec![new.first_key],
            versions: Versions::default(),
            unkept: None,
        }
    }

    /// Notes that something but its versions may change.
    pub(in crate::mock) fn touch(&mut self) {
        if let Some(unkept) = &mut self.unkept {
            unkept.head = true;
        }
    }

    fn touch_versions(&mut self, rows: &[u64]) {
        if let Some(unkept) = &mut self.unkept {
            unkept.versions.extend(rows);
        }
    }

    /// What has changed since the last call; none if nothing of it was saved before. All of it counts as saved from then
    /// on.
    pub(in crate::mock) fn take_unkept(&mut self) -> Option<Unkept> {
        self.unkept.replace(Unkept::default())
    }

    /// From now on nothing of it counts as saved.
    pub(in crate::mock) fn forget_kept(&mut self) {
        self.unkept = None;
    }

    /// A copy with a turn of its own, in which no rotation is held.
    pub(in crate::mock) fn copied(&self) -> Self {
        Self { held: false, moving: false, gated: 0, unkept: None, ..self.clone() }
    }

    /// The same with these keys, by ascending version; there is at least one.
    pub(in crate::mock) fn with_keys(mut self, keys: Vec<Key>) -> Self {
        if !keys.is_empty() {
            self.keys = keys;
        }
        self
    }

    /// Every version, oldest first.
    pub(in crate::mock) fn versions(&self) -> impl Iterator<Item = &Version> {
        self.versions.iter()
    }

    pub(in crate::mock) fn active(&self) -> &Key {
        self.keys.last().expect("a project is made with a key")
    }

    pub(in crate::mock) fn custody(&self) -> Custody {
        self.active().custody()
    }

    pub(in crate::mock) fn key(&self, version: u64) -> Option<&Key> {
        let place = self.keys.binary_search_by_key(&version, |key| key.version);
        place.ok().map(|place| &self.keys[place])
    }

    /// The server's key that a blob is under; none if the server does not have it.
    pub(in crate::mock) fn server_key_of(&self, sealed: Sealed) -> Option<&Arc<ServerKey>> {
        self.key(sealed.key()?)?.server()
    }

    /// Every key, the active one first, then by descending version.
    pub(in crate::mock) fn history(&self) -> impl Iterator<Item = &Key> {
        self.keys.iter().rev()
    }

    /// Replaces the active key.
    pub(in crate::mock) fn rotate(&mut self, id: u64, material: Material, now: Timestamp) {
        let version = self.active().version + self.version_step;
        if let Some(active) = self.keys.last_mut() {
            active.rotated_at = Some(now);
        }
        self.updated_at = now;
        self.keys.push(Key { id, version, material, created_at: now, rotated_at: None });
    }

    /// Takes the verification away from a client-managed project.
    pub(in crate::mock) fn forget_verification(&mut self) {
        if let Some(active) = self.keys.last_mut()
            && active.custody() == Custody::Client
        {
            active.material = Material::Client(None);
        }
    }

    /// The proof of the active key, under client custody with verification.
    pub(in crate::mock) fn proof(&self) -> Option<&ProofFields> {
        self.active().proof()
    }

    /// Stores a blob at a level, whose secret gets the id if it is new. Gives the blob that it replaces.
    pub(in crate::mock) fn put(
        &mut self,
        level: &Level,
        new_id: &str,
        content: Arc<str>,
        sealed: Sealed,
    ) -> Option<(Arc<str>, Sealed)> {
        let Some(secret) = self.secrets.get_mut(level) else {
            let secret = Secret { id: new_id.to_owned(), content, sealed, revision: 0 };
            self.secrets.insert(level.clone(), secret);
            return None;
        };
        Some(secret.replace(content, sealed))
    }

    /// Keeps what a level had before. Empty content says that it had nothing.
    pub(in crate::mock) fn keep_version(&mut self, version: Version) {
        self.touch_versions(&[version.id]);
        self.versions.insert(version);
    }

    /// Replaces the blob of a version by one under another key, in place.
    pub(in crate::mock) fn move_version(&mut self, id: u64, content: Arc<str>, key: u64) {
        if self.versions.replace(id, content, key) {
            self.touch_versions(&[id]);
        }
    }

    pub(in crate::mock) fn version(&self, id: u64) -> Option<&Version> {
        self.versions.get(id)
    }

    /// The versions of a level, oldest first.
    pub(in crate::mock) fn versions_of(&self, level: &Level) -> &VecDeque<u64> {
        self.versions.rows_of(level)
    }

    /// Whether a version is all that is left of a level that was emptied.
    pub(in crate::mock) fn is_last_of_deleted(&self, version: &Version) -> bool {
        let holds =
            |id: &&u64| self.version(**id).is_some_and(|version| !version.content.is_empty());
        let mut left = self.versions_of(&version.level).iter().filter(holds);
        !self.secrets.contains_key(&version.level)
            && left.next() == Some(&version.id)
            && left.next().is_none()
    }

    pub(in crate::mock) fn remove_version(&mut self, id: u64) {
        self.touch_versions(&[id]);
        self.versions.remove(id);
    }

    /// Moves the secrets and the versions of levels to the level that `renamed` gives.
    pub(in crate::mock) fn rename_levels(&mut self, renamed: impl Fn(&Level) -> Option<Level>) {
        let other = |level: &Level| {
            let other = renamed(level).filter(|other| other != level)?;
            Some((level.clone(), other))
        };
        let holding: Vec<_> = self.secrets.keys().filter_map(other).collect();
        for (level, renamed) in holding {
            if let Some(secret) = self.secrets.remove(&level) {
                self.secrets.insert(renamed, secret);
            }
        }
        let levels: Vec<_> = self.versions.levels().filter_map(other).collect();
        for (level, renamed) in levels {
            let rows = self.versions.rename(&level, &renamed);
            self.touch_versions(&rows);
        }
    }

    /// Deletes the secrets and the versions of levels for good.
    pub(in crate::mock) fn remove_levels(&mut self, is_meant: impl Fn(&Level) -> bool) {
        self.secrets.retain(|level, _| !is_meant(level));
        let levels = self.versions.levels().filter(|level| is_meant(level));
        let levels: Vec<Level> = levels.cloned().collect();
        for level in levels {
            self.purge(Some(&level));
        }
    }

    /// Deletes the versions of a level, or all of them, for good. Gives their number.
    pub(in crate::mock) fn purge(&mut self, level: Option<&Level>) -> usize {
        let rows = match level {
            Some(level) => self.versions.remove_of(level),
            None => self.versions.clear(),
        };
        self.touch_versions(&rows);
        rows.len()
    }

    /// How many versions are under a key. Empty ones are under none.
    pub(in crate::mock) fn count_under(&self, key: u64) -> usize {
        self.versions.count_under(key)
    }

    /// Whether a version is under a key that is not the active one.
    pub(in crate::mock) fn is_pending(&self, id: u64) -> bool {
        self.versions.is_under(id, self.is_left_behind())
    }

    pub(in crate::mock) fn version_count(&self) -> usize {
        self.versions.len()
    }

    /// How many versions are under a key that is not the active one.
    pub(in crate::mock) fn pending_count(&self) -> usize {
        self.versions.count(self.is_left_behind())
    }

    /// The versions under a key that is not the active one, oldest first.
    pub(in crate::mock) fn pending(&self) -> impl Iterator<Item = &Version> {
        self.versions.under(self.is_left_behind())
    }

    /// Whether a key is one whose versions are pending.
    fn is_left_behind(&self) -> impl Fn(u64) -> bool + use<> {
        let (active, from) = (self.active().version, self.pending_from);
        move |key| key != active && key >= from
    }
}
