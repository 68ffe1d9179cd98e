//! What the client of a project knows of it: its keys, and the names that it gives to what answers show.

use std::collections::BTreeMap;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::Rng as _;
use serde_json::Value;

use crate::contract::custody::Custody;
use crate::contract::request::ProofFields;
use crate::crypto::{self, DataKey, Iterations, KEY_LENGTH, SALT_LENGTH, encoding};
use crate::harness::Stop;
use crate::suite::server::history::operation::{Blob, Content, Key, Level, Secret, Text, Version};
use crate::suite::server::wire::number;

/// A key of the client. Nobody but it can tell whether proof and data key are of one passphrase, so that both are drawn:
/// a derivation would cost more than all the rest.
struct ClientKey {
    proof: ProofFields,
    data_key: DataKey,
}

pub(super) struct Client {
    pub(super) custody: Custody,
    draws: ChaCha8Rng,
    /// Under client custody, by their names: each is for one rotation.
    keys: Vec<ClientKey>,
    /// Under server custody, as far as it was told them.
    server_keys: BTreeMap<Key, DataKey>,
    /// Which key a version of it is.
    versions: BTreeMap<u64, Key>,
    /// The key that it takes for the active one, and the one before.
    pub(super) active: Key,
    pub(super) before: Option<Key>,
    texts: u32,
    secrets: Vec<String>,
    /// The rows whose blobs it has read, and their levels where it knows them.
    pub(super) rows: BTreeMap<Version, (Option<Level>, Blob)>,
}

impl Client {
    pub(super) fn new(custody: Custody, draws: ChaCha8Rng) -> Self {
        Self {
            custody,
            draws,
            keys: Vec::new(),
            server_keys: BTreeMap::new(),
            versions: BTreeMap::new(),
            active: Key(0),
            before: None,
            texts: 0,
            secrets: Vec::new(),
            rows: BTreeMap::new(),
        }
    }

    /// Another key of the client.
    pub(super) fn draw_key(&mut self) -> Key {
        let key_check = encoding::encode(self.bytes::<KEY_LENGTH>());
        let key_check_salt = encoding::encode(self.bytes::<SALT_LENGTH>());
        let key_check_iterations = Iterations::PLATFORM.get();
        let proof = ProofFields { key_check, key_check_salt, key_check_iterations };
        let data_key = DataKey::from(self.bytes::<KEY_LENGTH>());
        self.keys.push(ClientKey { proof, data_key });
        Key(self.keys.len() as u32 - 1)
    }

    fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.draws.fill_bytes(&mut bytes);
        bytes
    }

    pub(super) fn proof(&self, key: Key) -> Option<&ProofFields> {
        self.keys.get(key.0 as usize).map(|key| &key.proof)
    }

    fn data_key(&self, key: Key) -> Option<&DataKey> {
        match self.custody {
            Custody::Client => self.keys.get(key.0 as usize).map(|key| &key.data_key),
            Custody::Server => self.server_keys.get(&key),
        }
    }

    /// A text that was never written before.
    pub(super) fn new_text(&mut self) -> Text {
        self.texts += 1;
        Text(self.texts)
    }

    pub(super) fn seal(&self, blob: Blob) -> Result<String, Stop> {
        let key = self.data_key(blob.key);
        let key = key.ok_or_else(|| Stop::CouldNotRun("the server told no key".to_owned()))?;
        crypto::seal(key, plaintext(blob.text).as_bytes())
            .map_err(|error| Stop::Harness(error.to_string()))
    }

    /// What a blob holds, if it opens under a key that is known, to a text that was written.
    pub(super) fn open(&self, content: &str) -> Content {
        if content.is_empty() {
            return Content::Unread;
        }
        let keys: Vec<Key> = match self.custody {
            Custody::Client => (0..self.keys.len() as u32).rev().map(Key).collect(),
            Custody::Server => self.server_keys.keys().rev().copied().collect(),
        };
        let opened = keys.into_iter().find_map(|key| {
            let opened = crypto::open(self.data_key(key)?, content).ok()?;
            let text = std::str::from_utf8(&opened).ok()?;
            let number = text.strip_prefix(PREFIX)?.trim_end().parse().ok()?;
            (number <= self.texts).then_some(Blob { text: Text(number), key })
        });
        opened.map_or(Content::Sealed, Content::Opens)
    }

    /// The server's key, which it told with that version.
    pub(super) fn learn_server_key(&mut self, version: u64, data_key: DataKey) -> Key {
        let key = Key(u32::try_from(version).unwrap_or(u32::MAX >> 1));
        self.server_keys.insert(key, data_key);
        key
    }

    /// The client's key of an answer that shows its salt, or its version where that is known.
    pub(super) fn key_of(&mut self, shown: &Value) -> Option<Key> {
        let version = number(&shown["version"])?;
        if self.custody == Custody::Server {
            return u32::try_from(version).ok().map(Key);
        }
        if let Some(salt) = shown["key_check_salt"].as_str() {
            let known = self.keys.iter().position(|key| key.proof.key_check_salt == salt);
            let key = known.map_or(Key::NONE, |known| Key(known as u32));
            self.versions.insert(version, key);
        }
        self.versions.get(&version).copied()
    }

    /// The key of that version, if it is known which one that is.
    pub(super) fn key_named(&self, version: &Value) -> Option<Key> {
        let version = number(version)?;
        match self.custody {
            Custody::Client => self.versions.get(&version).copied(),
            Custody::Server => u32::try_from(version).ok().map(Key),
        }
    }

    pub(super) fn secret(&mut self, id: &str) -> Secret {
        let known = self.secrets.iter().position(|known| known == id);
        let place = known.unwrap_or_else(|| {
            self.secrets.push(id.to_owned());
            self.secrets.len() - 1
        });
        Secret(place as u32)
    }

    /// It takes another key for the active one.
    pub(super) fn activate(&mut self, key: Key) {
        if key != self.active {
            self.before = Some(self.active);
            self.active = key;
        }
    }

    /// What shows is a client key that was never drawn: no proof is of it.
    pub(super) fn wrong_proof(&mut self) -> String {
        encoding::encode(self.bytes::<KEY_LENGTH>())
    }
}

const PREFIX: &str = "TEXT=";

/// What a text is on the wire.
pub(super) fn plaintext(text: Text) -> String {
    format!("{PREFIX}{}\n", text.0)
}
