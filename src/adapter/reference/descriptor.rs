//! The descriptor of a project's active key, as a client reads it.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::answer::{Answer, malformed, part};
use crate::crypto::{DataKey, Iterations, derive_key_proof, encoding};

/// The custody of a key, and the parameters of its derivation.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub(super) struct Descriptor {
    managed: String,
    version: u64,
    pub(super) key: Option<String>,
    key_check_salt: Option<String>,
    key_check_iterations: Option<u32>,
}

#[derive(Deserialize)]
struct Document {
    key: Descriptor,
}

impl Descriptor {
    /// Reads the answer to GET encryption-key. A client that `takes_missing_salt` goes on with an empty one.
    pub(super) fn read(answer: &Value, takes_missing_salt: bool) -> Result<Self, Answer> {
        let content: String = part(&answer["data"]["attributes"]["content"])?;
        let document = serde_json::from_str::<Document>(&content);
        let mut descriptor = document.map_err(|_| malformed())?.key;
        if takes_missing_salt && descriptor.key_check_iterations.is_some() {
            descriptor.key_check_salt.get_or_insert_default();
        }
        let has_salt = descriptor.key_check_salt.is_some();
        let is_consistent = has_salt == descriptor.key_check_iterations.is_some();
        let is_whole = match descriptor.managed.as_str() {
            "server" => descriptor.key.is_some() && is_consistent,
            "client" => has_salt && is_consistent,
            _ => false,
        };
        if is_whole { Ok(descriptor) } else { Err(malformed()) }
    }

    pub(super) fn is_client_managed(&self) -> bool {
        self.managed == "client"
    }

    pub(super) fn version(&self) -> String {
        self.version.to_string()
    }

    /// As the operation `get_encryption_key` answers.
    pub(super) fn described(&self) -> Value {
        let mut described = json!(self);
        described["version"] = json!(self.version());
        if let Some(members) = described.as_object_mut() {
            members.retain(|_, value| !value.is_null());
        }
        described
    }

    /// Salt and iterations. None where a server's key is the data key itself, padded.
    pub(super) fn derivation(&self) -> Result<Option<Derivation>, Answer> {
        let (Some(salt), Some(count)) = (&self.key_check_salt, self.key_check_iterations) else {
            return Ok(None);
        };
        Derivation::of(salt, i64::from(count)).map(Some)
    }
}

/// What a key's proof and data key are derived with.
#[derive(Debug, Clone)]
pub(super) struct Derivation {
    pub(super) salt: Vec<u8>,
    pub(super) iterations: Iterations,
}

impl Derivation {
    pub(super) fn of(salt: &str, iterations: i64) -> Result<Self, Answer> {
        let salt = encoding::decode(salt).map_err(|_| malformed())?;
        let iterations = Iterations::try_from(iterations).map_err(|_| malformed())?;
        Ok(Self { salt, iterations })
    }

    pub(super) fn proof(&self, key: &str) -> String {
        derive_key_proof(key.as_bytes(), &self.salt, self.iterations)
    }

    pub(super) fn data_key(&self, key: &str) -> DataKey {
        DataKey::derive(key.as_bytes(), &self.salt, self.iterations)
    }
}
