//! The client's side of the cryptography: keys that the suite holds and servers never see.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tokio::sync::OnceCell;

use crate::contract::request::ProofFields;
use crate::crypto::{self, DataKey, Iterations, SALT_LENGTH, encoding};
use crate::harness::{Redactor, Stop};
use crate::suite::off_thread::off_thread;
use crate::suite::random::{random, random_hex};

/// Client-managed keys of one run. Each is derived once and used for many projects.
pub(super) const CLIENT_KEYS: usize = 3;
/// Those and more, for a project on which pairs of requests overlap one after another: each rotation names a new one.
pub(super) const KEYS_OF_PAIRS: usize = 9;

pub(crate) struct ClientKey {
    pub(super) proof: ProofFields,
    /// The proof of the same key and salt by one iteration.
    pub(super) quick_proof: String,
    data_key: DataKey,
}

impl ClientKey {
    /// A key with a random passphrase of 40 characters: not 32, where the published proof would be
    /// the data key.
    async fn draw(redactor: &Redactor) -> Result<Self, Stop> {
        let passphrase = random_hex::<20>()?;
        redactor.register(&passphrase);
        let salt: [u8; SALT_LENGTH] = random()?;
        let iterations = Iterations::PLATFORM;
        let ((key_check, data_key), quick_proof) = off_thread(move || {
            let key = passphrase.as_bytes();
            let quick = crypto::derive_key_proof(key, &salt, Iterations::ONE);
            (crypto::derive_proof_and_data_key(key, &salt, iterations), quick)
        })
        .await?;
        Ok(Self {
            proof: ProofFields {
                key_check,
                key_check_salt: encoding::encode(salt),
                key_check_iterations: iterations.get(),
            },
            quick_proof,
            data_key,
        })
    }

    pub(super) fn seal(&self, plaintext: &str) -> Result<String, Stop> {
        seal(&self.data_key, plaintext)
    }

    pub(super) fn open(&self, content: &str) -> Option<String> {
        let text = crypto::open(&self.data_key, content).ok()?;
        String::from_utf8(text.to_vec()).ok()
    }

    pub(super) fn opens_to(&self, content: &str, plaintext: &str) -> bool {
        opens_to(&self.data_key, content, plaintext)
    }
}

/// Seals a text with a fresh IV.
pub(super) fn seal(key: &DataKey, plaintext: &str) -> Result<String, Stop> {
    crypto::seal(key, plaintext.as_bytes()).map_err(|error| Stop::Harness(error.to_string()))
}

/// A new proof of a key that nobody has: for projects that are never written to.
pub(super) fn proof_without_key() -> Result<ProofFields, Stop> {
    Ok(ProofFields {
        key_check: encoding::encode(random::<32>()?),
        key_check_salt: encoding::encode(random::<SALT_LENGTH>()?),
        key_check_iterations: Iterations::PLATFORM.get(),
    })
}

/// Whether a blob opens under a key, to this text.
pub(super) fn opens_to(key: &DataKey, content: &str, plaintext: &str) -> bool {
    crypto::open(key, content).is_ok_and(|text| text.as_slice() == plaintext.as_bytes())
}

/// A key that is derived once, by whoever asks for it first.
type SharedKey = Arc<OnceCell<Arc<DataKey>>>;

/// Every key of a run, derived when it is first asked for. Several runs may have them in common.
#[derive(Default)]
pub struct Keys {
    client: [OnceCell<Arc<ClientKey>>; KEYS_OF_PAIRS],
    /// By a hash of what they are derived from.
    server: Mutex<HashMap<[u8; 32], SharedKey>>,
}

impl Keys {
    /// Derives every client-managed key now.
    pub(super) async fn derive(&self, redactor: &Redactor) -> Result<(), Stop> {
        for number in 0..CLIENT_KEYS {
            self.client(number, redactor).await?;
        }
        Ok(())
    }

    /// The client-managed key of that number.
    pub(super) async fn client(
        &self,
        number: usize,
        redactor: &Redactor,
    ) -> Result<Arc<ClientKey>, Stop> {
        let draw = || async { ClientKey::draw(redactor).await.map(Arc::new) };
        self.client[number].get_or_try_init(draw).await.cloned()
    }

    /// The data key of a server-managed key, from its descriptor: derived where it has a
    /// salt, else the padded key of the older cipher, as the published clients do.
    pub(super) async fn server(&self, descriptor: &Value) -> Result<DataKey, Stop> {
        let key = descriptor["key"].as_str().ok_or_else(|| {
            Stop::CouldNotRun("the descriptor has no key to derive from".to_owned())
        })?;
        let salt =
            descriptor["key_check_salt"].as_str().and_then(|salt| encoding::decode(salt).ok());
        let Some(salt) = salt else {
            return Ok(DataKey::from(&crypto::pad_key(key.as_bytes())));
        };
        let iterations = descriptor["key_check_iterations"]
            .as_i64()
            .and_then(|count| Iterations::try_from(count).ok())
            .unwrap_or(Iterations::PLATFORM);
        let mut memo = Sha256::new();
        memo.update(format!("{key} {iterations} "));
        memo.update(&salt);
        let cell = Arc::clone(self.server.lock().entry(memo.finalize().into()).or_default());
        let key = zeroize::Zeroizing::new(key.to_owned());
        cell.get_or_try_init(|| {
            off_thread(move || crypto::derive_shared(key.as_bytes(), &salt, iterations))
        })
        .await
        .map(|key| DataKey::clone(key))
    }
}
