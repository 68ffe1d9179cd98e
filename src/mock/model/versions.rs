//! The versions of a project by row, by level and by key, so that nothing has to walk more of them than it needs.

use std::cmp::Reverse;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, VecDeque};
use std::sync::Arc;

use jiff::Timestamp;

use crate::mock::model::level::Level;
use crate::mock::model::sealed::Sealed;

/// A blob that a level had before.
#[derive(Debug, Clone)]
pub(in crate::mock) struct Version {
    pub(in crate::mock) id: u64,
    pub(in crate::mock) level: Level,
    /// What replaced it: `update`, `rotate`, `restore` or `delete`.
    pub(in crate::mock) action: &'static str,
    /// Empty if the level had nothing.
    pub(in crate::mock) content: Arc<str>,
    pub(in crate::mock) sealed: Sealed,
    pub(in crate::mock) created_at: Timestamp,
}

impl Version {
    /// The key that it is under; none if it is opaque or empty.
    fn key(&self) -> Option<u64> {
        self.sealed.key().filter(|_| !self.content.is_empty())
    }
}

/// A row with a greater id is a later one.
#[derive(Debug, Clone, Default)]
pub(in crate::mock) struct Versions {
    rows: BTreeMap<u64, Version>,
    /// Rows by the key that they are under. No entry is empty.
    under: BTreeMap<u64, BTreeSet<u64>>,
    /// Rows by level, ascending, in a queue that is short of work at both ends and for any page. No entry is empty.
    by_level: BTreeMap<Level, VecDeque<u64>>,
}

impl Versions {
    /// Every one, oldest first.
    pub(in crate::mock) fn iter(&self) -> impl Iterator<Item = &Version> {
        self.rows.values()
    }

    pub(in crate::mock) fn len(&self) -> usize {
        self.rows.len()
    }

    pub(in crate::mock) fn get(&self, id: u64) -> Option<&Version> {
        self.rows.get(&id)
    }

    /// The rows of a level, oldest first.
    pub(in crate::mock) fn rows_of(&self, level: &Level) -> &VecDeque<u64> {
        const NONE: &VecDeque<u64> = &VecDeque::new();
        self.by_level.get(level).unwrap_or(NONE)
    }

    /// Adds one, or replaces the one of that row.
    pub(in crate::mock) fn insert(&mut self, version: Version) {
        self.remove(version.id);
        if let Some(key) = version.key() {
            self.under.entry(key).or_default().insert(version.id);
        }
        let rows = self.by_level.entry(version.level.clone()).or_default();
        let place = rows.partition_point(|row| *row < version.id);
        rows.insert(place, version.id);
        self.rows.insert(version.id, version);
    }

    /// Replaces the blob of one, in place, by a blob under another key. Whether it exists.
    pub(in crate::mock) fn replace(&mut self, id: u64, content: Arc<str>, key: u64) -> bool {
        let Some(version) = self.rows.get_mut(&id) else {
            return false;
        };
        leave(&mut self.under, version);
        version.content = content;
        version.sealed = Sealed::Under(key);
        if let Some(key) = version.key() {
            self.under.entry(key).or_default().insert(id);
        }
        true
    }

    pub(in crate::mock) fn remove(&mut self, id: u64) {
        let Some(version) = self.rows.remove(&id) else {
            return;
        };
        leave(&mut self.under, &version);
        if let Entry::Occupied(mut rows) = self.by_level.entry(version.level) {
            if let Ok(place) = rows.get().binary_search(&id) {
                rows.get_mut().remove(place);
            }
            if rows.get().is_empty() {
                rows.remove();
            }
        }
    }

    /// Removes those of a level. Gives their rows.
    pub(in crate::mock) fn remove_of(&mut self, level: &Level) -> Vec<u64> {
        let rows = self.by_level.remove(level).unwrap_or_default();
        for version in rows.iter().filter_map(|id| self.rows.remove(id)) {
            leave(&mut self.under, &version);
        }
        rows.into()
    }

    /// Removes all of them. Gives their rows.
    pub(in crate::mock) fn clear(&mut self) -> Vec<u64> {
        std::mem::take(self).rows.into_keys().collect()
    }

    /// The levels that have versions.
    pub(in crate::mock) fn levels(&self) -> impl Iterator<Item = &Level> {
        self.by_level.keys()
    }

    /// Moves those of a level to another. Gives their rows.
    pub(in crate::mock) fn rename(&mut self, level: &Level, renamed: &Level) -> Vec<u64> {
        let Some(rows) = self.by_level.remove(level) else {
            return Vec::new();
        };
        for id in &rows {
            if let Some(version) = self.rows.get_mut(id) {
                version.level = renamed.clone();
            }
        }
        let named = self.by_level.entry(renamed.clone()).or_default();
        named.extend(&rows);
        named.make_contiguous().sort_unstable();
        rows.into()
    }

    pub(in crate::mock) fn count_under(&self, key: u64) -> usize {
        self.under.get(&key).map_or(0, BTreeSet::len)
    }

    /// How many are under keys that are meant.
    pub(in crate::mock) fn count(&self, is_meant: impl Fn(u64) -> bool) -> usize {
        self.under.iter().filter(|(key, _)| is_meant(**key)).map(|(_, rows)| rows.len()).sum()
    }

    /// Whether one is under a key that is meant.
    pub(in crate::mock) fn is_under(&self, id: u64, is_meant: impl Fn(u64) -> bool) -> bool {
        self.get(id).and_then(Version::key).is_some_and(is_meant)
    }

    /// Those under keys that are meant, oldest first. The first few are found without walking the others.
    pub(in crate::mock) fn under(
        &self,
        is_meant: impl Fn(u64) -> bool,
    ) -> impl Iterator<Item = &Version> {
        let meant = self.under.iter().filter(|(key, _)| is_meant(**key));
        let mut rests: Vec<_> = meant.map(|(_, rows)| rows.iter()).collect();
        let heads = rests.iter_mut().enumerate();
        let heads = heads.filter_map(|(place, rows)| Some(Reverse((rows.next()?, place))));
        let mut heads: BinaryHeap<_> = heads.collect();
        std::iter::from_fn(move || {
            let Reverse((oldest, place)) = heads.pop()?;
            heads.extend(rests[place].next().map(|next| Reverse((next, place))));
            self.rows.get(oldest)
        })
    }
}

/// Removes a version from those of its key.
fn leave(under: &mut BTreeMap<u64, BTreeSet<u64>>, version: &Version) {
    if let Some(key) = version.key()
        && let Entry::Occupied(mut rows) = under.entry(key)
    {
        rows.get_mut().remove(&version.id);
        if rows.get().is_empty() {
            rows.remove();
        }
    }
}

#[cfg(test)]
mod tests;
