//! The model: what is true of a project, in the fewest words.

use std::collections::BTreeMap;

use keyproof::contract::custody::Custody;
use keyproof::crypto::{self, DataKey};

use super::action::Level;
use crate::mock::support::{ClientKey, opens};

/// A key of the project, as its owner has it.
#[derive(Clone)]
pub(crate) enum Key {
    Server(DataKey),
    Client(ClientKey),
}

impl Key {
    pub(crate) fn seal(&self, text: &str) -> String {
        match self {
            Self::Server(key) => crypto::seal(key, text.as_bytes()).unwrap(),
            Self::Client(key) => key.seal(text),
        }
    }

    pub(crate) fn open(&self, blob: &str) -> Option<String> {
        match self {
            Self::Server(key) => opens(key, blob),
            Self::Client(key) => key.open(blob),
        }
    }

    /// The proof of a client's key.
    pub(crate) fn proof(&self) -> Option<&str> {
        match self {
            Self::Server(_) => None,
            Self::Client(key) => Some(&key.proof),
        }
    }
}

/// What a version holds, and the number of the key that it is under. A snapshot of an empty level
/// holds an empty text under none.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Kept {
    pub(crate) text: String,
    pub(crate) key: Option<u64>,
}

/// What is true of a project.
#[derive(Clone)]
pub(crate) struct State {
    pub(crate) custody: Custody,
    /// By number, from 1. The last one is active.
    pub(crate) keys: Vec<Key>,
    /// What each level holds.
    pub(crate) levels: BTreeMap<Level, String>,
    /// The former texts of each level, in any order.
    pub(crate) kept: BTreeMap<Level, Vec<Kept>>,
    texts: u32,
}

impl State {
    /// An empty project.
    pub(crate) fn new(custody: Custody, first: Key) -> Self {
        Self {
            custody,
            keys: vec![first],
            levels: BTreeMap::new(),
            kept: BTreeMap::new(),
            texts: 0,
        }
    }

    /// The number of the active key.
    pub(crate) fn active(&self) -> u64 {
        self.keys.len() as u64
    }

    pub(crate) fn active_key(&self) -> &Key {
        self.keys.last().expect("a project has a key")
    }

    /// The key of that number.
    pub(crate) fn key(&self, number: u64) -> Option<&Key> {
        self.keys.get(usize::try_from(number.checked_sub(1)?).ok()?)
    }

    /// A text that was never written before.
    pub(crate) fn new_text(&mut self) -> String {
        self.texts += 1;
        format!("TEXT={}\n", self.texts)
    }

    /// A passphrase that no key had before.
    pub(crate) fn new_passphrase(&self) -> String {
        format!("passphrase {}", self.keys.len() + 1)
    }

    /// Gives a level another text and keeps the former one as a version.
    pub(crate) fn put(&mut self, level: Level, text: String) {
        if let Some(before) = self.levels.insert(level, text) {
            self.keep(level, before, Some(self.active()));
        }
    }

    pub(crate) fn keep(&mut self, level: Level, text: String, key: Option<u64>) {
        let kept = self.kept.entry(level).or_default();
        kept.push(Kept { text, key });
        kept.sort();
    }

    /// Keeps what each level holds under the active key, as a rotation does before it adds its own.
    pub(crate) fn keep_all(&mut self) {
        for (level, text) in self.levels.clone() {
            self.keep(level, text, Some(self.active()));
        }
    }

    /// Forgets one version.
    pub(crate) fn forget(&mut self, level: Level, version: &Kept) {
        let kept = self.kept.entry(level).or_default();
        if let Some(place) = kept.iter().position(|one| one == version) {
            kept.remove(place);
        }
    }

    /// Brings one version onto the active key.
    pub(crate) fn bring(&mut self, level: Level, version: &Kept) {
        self.forget(level, version);
        self.keep(level, version.text.clone(), Some(self.active()));
    }

    /// Brings every version onto the active key.
    pub(crate) fn bring_all(&mut self) {
        let active = self.active();
        for kept in self.kept.values_mut() {
            for version in kept.iter_mut() {
                version.key = version.key.map(|_| active);
            }
            kept.sort();
        }
    }
}
