//! A client's side of the crypto.

use keyproof::crypto::{self, DataKey, Iterations, derive_proof_and_data_key, encoding};
use serde_json::{Value, json};

use super::{Answer, FEWEST};

/// A passphrase with a salt, and the proof and data key that come of them.
#[derive(Clone)]
pub(crate) struct ClientKey {
    pub(crate) proof: String,
    pub(crate) salt: String,
    pub(crate) iterations: i64,
    data_key: DataKey,
}

impl ClientKey {
    /// A key of the fewest iterations, its salt made of the passphrase.
    pub(crate) fn new(passphrase: &str) -> Self {
        let mut salt = [0; 16];
        for (place, byte) in passphrase.bytes().enumerate() {
            salt[place % 16] ^= byte;
        }
        Self::salted(passphrase, &encoding::encode(salt), FEWEST)
    }

    pub(crate) fn salted(passphrase: &str, salt: &str, iterations: i64) -> Self {
        let bytes = encoding::decode(salt).unwrap();
        let count = Iterations::try_from(iterations).unwrap();
        let (proof, data_key) = derive_proof_and_data_key(passphrase.as_bytes(), &bytes, count);
        Self { proof, salt: salt.to_owned(), iterations, data_key }
    }

    /// `key_check`, `key_check_salt` and `key_check_iterations`.
    pub(crate) fn fields(&self) -> Value {
        json!({
            "key_check": self.proof,
            "key_check_salt": self.salt,
            "key_check_iterations": self.iterations,
        })
    }

    /// The fields of a project under this key.
    pub(crate) fn project(&self) -> Value {
        let mut body = self.fields();
        body["storage_mode"] = "client".into();
        body
    }

    /// The body of a client rotation to this key.
    pub(crate) fn rotation(&self, secrets: &[(&str, &str)]) -> Value {
        let mut body = self.fields();
        body["secrets"] =
            secrets.iter().map(|(id, content)| json!({"id": id, "content": content})).collect();
        body
    }

    pub(crate) fn seal(&self, text: &str) -> String {
        crypto::seal(&self.data_key, text.as_bytes()).unwrap()
    }

    pub(crate) fn open(&self, blob: &str) -> Option<String> {
        opens(&self.data_key, blob)
    }
}

/// The text of a blob, if it opens.
pub(crate) fn opens(key: &DataKey, blob: &str) -> Option<String> {
    let text = crypto::open(key, blob).ok()?;
    Some(String::from_utf8(text.to_vec()).unwrap())
}

/// A well-formed blob that opens under no key of the mock.
pub(crate) fn blob(text: &str) -> String {
    crypto::seal(&DataKey::from([7; 32]), text.as_bytes()).unwrap()
}

/// The key inside an answer of GET encryption-key.
#[track_caller]
pub(crate) fn descriptor(answer: &Answer) -> Value {
    let content = answer.ok()["data"]["attributes"]["content"].clone();
    let content: Value = serde_json::from_str(content.as_str().expect("a text")).unwrap();
    content["key"].clone()
}

/// The data key of a server-managed descriptor, or of a rotation's attributes.
pub(crate) fn server_key(key: &Value) -> DataKey {
    let salt = encoding::decode(key["key_check_salt"].as_str().unwrap()).unwrap();
    let iterations = Iterations::try_from(key["key_check_iterations"].as_i64().unwrap()).unwrap();
    DataKey::derive(key["key"].as_str().unwrap().as_bytes(), &salt, iterations)
}
