//! What is true of a project, and which answers show that.

use std::collections::{BTreeMap, BTreeSet};

use super::operation::{
    Answer, Blob, Content, Current, Kept, Key, Level, Operation, Secret, Text, Version,
};

/// What is true of a project.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct State {
    pub(super) exists: bool,
    pub(super) token_is_revoked: bool,
    /// In the order in which they became active. The last one is.
    pub(super) keys: Vec<Key>,
    pub(super) levels: BTreeMap<Level, Held>,
    /// The versions that some answer showed.
    pub(super) versions: BTreeMap<Version, (Level, Blob)>,
    /// All that a level held, and that may have become a version.
    pub(super) former: BTreeSet<(Level, Blob)>,
    /// Whether the server may be moving versions onto its newest key.
    pub(super) is_moving: bool,
    /// Whether the last submit was answered that some remain, and nothing has happened since that may change it.
    pub(super) some_remain: bool,
}

/// What a level holds. Its id is not known before an answer shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Held {
    secret: Option<Secret>,
    pub(super) blob: Blob,
}

/// Whether a client rotation names the current secrets, as far as their ids are known.
#[derive(PartialEq, Eq)]
pub(super) enum Names {
    Exactly,
    Perhaps,
    Others,
}

impl State {
    pub(super) fn new(
        keys: Vec<Key>,
        levels: BTreeMap<Level, (Option<Secret>, Blob)>,
        versions: BTreeMap<Version, (Level, Blob)>,
    ) -> Self {
        let held = |(level, (secret, blob))| (level, Held { secret, blob });
        let levels: BTreeMap<Level, Held> = levels.into_iter().map(held).collect();
        let former = levels.iter().map(|(level, held)| (*level, held.blob)).collect();
        Self {
            exists: true,
            token_is_revoked: false,
            keys,
            levels,
            versions,
            former,
            is_moving: false,
            some_remain: false,
        }
    }

    pub(super) fn active(&self) -> Key {
        self.keys.last().copied().unwrap_or(Key::NONE)
    }

    /// Whether a version cannot be moved onto the active key: it is not there, or is under it already.
    pub(super) fn is_moved(&self, version: Version) -> bool {
        self.versions.get(&version).is_none_or(|(_, blob)| blob.key == self.active())
    }

    /// The same with another blob at a level.
    pub(super) fn holding(&self, level: Level, blob: Blob) -> Self {
        let mut after = self.clone();
        after.hold(level, blob);
        after
    }

    /// The same without what a level holds.
    pub(super) fn emptied(&self, level: Level) -> Self {
        let mut after = Self { some_remain: false, ..self.clone() };
        after.levels.remove(&level);
        after
    }

    fn hold(&mut self, level: Level, blob: Blob) {
        self.some_remain = false;
        let secret = self.levels.get(&level).and_then(|held| held.secret);
        self.levels.insert(level, Held { secret, blob });
        self.former.insert((level, blob));
    }

    pub(super) fn names(&self, secrets: &BTreeMap<Secret, (Level, Text)>) -> Names {
        let mut names = Names::Exactly;
        for (secret, (level, _)) in secrets {
            match self.levels.get(level).map(|held| held.secret) {
                Some(Some(known)) if known == *secret => {}
                Some(None) => names = Names::Perhaps,
                Some(Some(_)) | None => return Names::Others,
            }
        }
        if secrets.len() == self.levels.len() { names } else { Names::Others }
    }

    pub(super) fn rotated_to(&self, to: Key, secrets: &BTreeMap<Secret, (Level, Text)>) -> Self {
        let mut after = Self { some_remain: false, ..self.clone() };
        after.keys.push(to);
        for (level, text) in secrets.values() {
            after.hold(*level, Blob { text: *text, key: to });
        }
        after
    }

    /// A server rotation moves every current secret that is under the key that it replaces. One that was stored under
    /// an older key, and stayed there, it may or may not.
    pub(super) fn moved_to(&self, key: Key, re_encrypt: bool) -> Vec<Self> {
        let mut after = self.clone();
        after.keys.push(key);
        after.is_moving |= re_encrypt;
        let mut outcomes = vec![after];
        for (level, held) in &self.levels {
            let moved = Blob { key, ..held.blob };
            let moves = outcomes.iter().map(|outcome| outcome.holding(*level, moved));
            let mut moved: Vec<Self> = moves.collect();
            if held.blob.key != self.active() {
                moved.append(&mut outcomes);
            }
            outcomes = moved;
        }
        outcomes
    }

    /// Whether a submit of these versions can say that it moved so many: all that are under older keys, and it may
    /// count the others.
    pub(super) fn counts(&self, versions: &BTreeMap<Version, (Level, Text)>, updated: u64) -> bool {
        let is_old = |version: &&Version| {
            self.versions.get(version).is_some_and(|(_, blob)| blob.key != self.active())
        };
        let moved = versions.keys().filter(is_old).count() as u64;
        (moved..=versions.len() as u64).contains(&updated)
    }

    /// All versions that are under older keys are moved. One that is under the active key already, and one that no
    /// answer showed, may be written or passed over.
    pub(super) fn submitted(&self, versions: &BTreeMap<Version, (Level, Text)>) -> Vec<Self> {
        let key = self.active();
        let mut outcomes = vec![Self { some_remain: false, ..self.clone() }];
        for (version, (level, text)) in versions {
            let known = self.versions.get(version);
            let level = known.map_or(*level, |(level, _)| *level);
            let written = (level, Blob { text: *text, key });
            let mut writes = outcomes.clone();
            for outcome in &mut writes {
                outcome.versions.insert(*version, written);
            }
            if known.is_none_or(|known| known.1.key == key && *known != written) {
                writes.append(&mut outcomes);
            }
            outcomes = writes;
        }
        outcomes
    }

    /// The same after a submit that was answered that nothing, or that something, remains under older keys; none if
    /// that cannot be.
    pub(super) fn remaining(mut self, is_done: bool) -> Option<Self> {
        if is_done {
            let has_pending = self.pending().next().is_some();
            return (!has_pending).then_some(self);
        }
        let active = self.active();
        let mut kept = self.versions.values().chain(&self.former);
        let remains = kept.any(|(_, blob)| blob.key != active);
        // Whether those of a level that is empty count is the server's choice, and may be another one in a list.
        let mut kept = self.versions.values().chain(&self.former);
        self.some_remain =
            kept.all(|(level, blob)| blob.key == active || self.levels.contains_key(level));
        remains.then_some(self)
    }

    /// The known versions that have to be listed as pending. Whether those of a level that is empty are is the
    /// server's choice.
    fn pending(&self) -> impl Iterator<Item = Version> {
        let rows = self.versions.iter().filter(|(_, (level, blob))| {
            blob.key != self.active() && self.levels.contains_key(level)
        });
        rows.map(|(version, _)| *version)
    }

    /// The state behind an answer that shows something, if it can show that: what was not known before is now.
    pub(super) fn shows(&self, operation: &Operation, answer: &Answer) -> Option<Self> {
        let mut after = self.clone();
        let fits = match (operation, answer) {
            (Operation::Descriptor, Answer::Descriptor { key }) => *key == self.active(),
            (Operation::History, Answer::History { active, former }) => {
                let (now, before) = self.keys.split_last()?;
                active == now && *former == before.iter().copied().collect()
            }
            (Operation::Secrets { deepest }, Answer::Secrets(levels)) => Level::ALL
                .iter()
                .filter(|level| *level <= deepest)
                .all(|level| match (after.levels.get_mut(level), levels.get(level)) {
                    (None, None) => true,
                    (Some(held), Some(shown)) => held.shows(shown),
                    _ => false,
                }),
            (Operation::Versions { level }, Answer::Versions(rows)) => {
                let known = self.versions.iter().filter(|(_, (of, _))| of == level);
                let is_whole = known.map(|(version, _)| version).all(|one| rows.contains_key(one));
                is_whole && rows.iter().all(|(row, kept)| after.keeps(*row, kept, Some(*level)))
            }
            (Operation::Pending { limit }, Answer::Pending { rows, is_done }) => {
                // A server may give fewer rows than it was asked for: only the last page shows that no other is left.
                let lists = |row: Version| rows.contains_key(&row);
                rows.len() <= *limit
                    && (!rows.is_empty() || (*is_done && !self.some_remain))
                    && (!is_done || self.pending().all(lists))
                    && rows.iter().all(|(row, kept)| {
                        after.keeps(*row, kept, None)
                            && after
                                .versions
                                .get(row)
                                .is_none_or(|(_, blob)| blob.key != self.active())
                    })
            }
            _ => false,
        };
        fits.then_some(after)
    }

    /// Whether a row of an answer can be a version of this project. One that no answer showed before is known from here
    /// on.
    fn keeps(&mut self, row: Version, kept: &Kept, of: Option<Level>) -> bool {
        let shown = match kept.content {
            Content::Opens(blob) => blob,
            Content::Sealed => return self.keys.contains(&Key::UNSEEN),
            Content::Unread => {
                let known = self.versions.get(&row).map(|(_, blob)| *blob);
                return match (known, kept.named) {
                    (Some(known), Some(named)) => self.may_be_under(known.key, named),
                    _ => true,
                };
            }
        };
        if kept.named.is_some_and(|named| named != shown.key) {
            return false;
        }
        let is_it = |level: Level, blob: Blob| {
            of.is_none_or(|of| of == level)
                && blob.text == shown.text
                && self.may_be_under(blob.key, shown.key)
        };
        let level = match self.versions.get(&row) {
            Some((level, blob)) => is_it(*level, *blob).then_some(*level),
            None => {
                let mut former = self.former.iter();
                former.find(|(level, blob)| is_it(*level, *blob)).map(|(level, _)| *level)
            }
        };
        let Some(level) = level else { return false };
        self.versions.insert(row, (level, shown));
        true
    }

    /// Whether a version that was under one key may be under another by now: a server that moves its history does so
    /// at a time of its own, and only onto newer keys.
    fn may_be_under(&self, was: Key, is: Key) -> bool {
        let place = |key: Key| self.keys.iter().position(|one| *one == key);
        was == is || (self.is_moving && place(was) < place(is))
    }
}

impl Held {
    /// Whether a level that holds this can be shown so. Its id is known from here on.
    fn shows(&mut self, shown: &Current) -> bool {
        self.secret = shown.secret.or(self.secret);
        match shown.content {
            Content::Unread => true,
            Content::Opens(blob) => blob == self.blob,
            Content::Sealed => self.blob.key == Key::UNSEEN,
        }
    }
}
