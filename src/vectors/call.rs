//! What an implementation is asked: an operation with its parameters, named as in the adapter
//! protocol.

use serde::{Deserialize, Serialize};

use super::octets::Octets;
use super::{Answer, Refusal};
use crate::crypto::{
    self, Class, DataKey, Iterations, encoding, open, open_with_project_key, pad_key, seal_with_iv,
};

/// An operation and its parameters: a request of the adapter protocol without its id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "op", content = "params", rename_all = "snake_case", deny_unknown_fields)]
pub enum Call {
    /// Bring a key to 32 bytes.
    PadKey(PadKey),
    /// Derive the proof of a key.
    DeriveKeyProof(Derive),
    /// Compare a key with a proof.
    VerifyKeyProof(Verify),
    /// Derive the AES key.
    DeriveDataKey(Derive),
    /// Seal under an AES key.
    Encrypt(Encrypt),
    /// Open under an AES key.
    Decrypt(Decrypt),
    /// Seal by the older cipher.
    EncryptWithProjectKey(EncryptWithProjectKey),
    /// Open by the older cipher.
    DecryptWithProjectKey(DecryptWithProjectKey),
}

/// Parameters of `pad_key`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PadKey {
    /// The key as text.
    pub key: String,
}

/// Parameters of `derive_key_proof` and `derive_data_key`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Derive {
    /// The key as text.
    pub key: String,
    /// The salt as on the wire, possibly malformed.
    pub salt: String,
    /// The count, possibly out of range.
    pub iterations: i64,
}

/// Parameters of `verify_key_proof`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Verify {
    /// The key as text.
    pub key: String,
    /// The salt as on the wire, possibly malformed.
    pub salt: String,
    /// The count, possibly out of range.
    pub iterations: i64,
    /// The proof as on the wire, possibly malformed.
    pub proof: String,
}

/// Parameters of `encrypt`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Encrypt {
    /// The AES key.
    pub data_key: Octets<{ crypto::KEY_LENGTH }>,
    /// The IV, which an adapter draws itself.
    pub iv: Octets<{ crypto::IV_LENGTH }>,
    /// What is sealed.
    pub plaintext: String,
}

/// Parameters of `decrypt`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decrypt {
    /// The AES key.
    pub data_key: Octets<{ crypto::KEY_LENGTH }>,
    /// The blob as on the wire, possibly malformed.
    pub content: String,
}

/// Parameters of `encrypt_with_project_key`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EncryptWithProjectKey {
    /// The key as text.
    pub key: String,
    /// The IV, which an adapter draws itself.
    pub iv: Octets<{ crypto::IV_LENGTH }>,
    /// What is sealed.
    pub plaintext: String,
}

/// Parameters of `decrypt_with_project_key`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DecryptWithProjectKey {
    /// The key as text.
    pub key: String,
    /// The blob as on the wire, possibly malformed.
    pub content: String,
}

impl Call {
    /// The operation's name.
    pub const fn op(&self) -> &'static str {
        match self {
            Self::PadKey(_) => "pad_key",
            Self::DeriveKeyProof(_) => "derive_key_proof",
            Self::VerifyKeyProof(_) => "verify_key_proof",
            Self::DeriveDataKey(_) => "derive_data_key",
            Self::Encrypt(_) => "encrypt",
            Self::Decrypt(_) => "decrypt",
            Self::EncryptWithProjectKey(_) => "encrypt_with_project_key",
            Self::DecryptWithProjectKey(_) => "decrypt_with_project_key",
        }
    }

    /// Whether it asks for a blob, which is another one for each IV.
    pub const fn seals(&self) -> bool {
        matches!(self, Self::Encrypt(_) | Self::EncryptWithProjectKey(_))
    }

    /// The one member that an answer to this operation has.
    pub const fn answer_member(&self) -> &'static str {
        match self {
            Self::PadKey(_) => "padded_key",
            Self::DeriveKeyProof(_) => "proof",
            Self::VerifyKeyProof(_) => "valid",
            Self::DeriveDataKey(_) => "data_key",
            Self::Encrypt(_) | Self::EncryptWithProjectKey(_) => "content",
            Self::Decrypt(_) | Self::DecryptWithProjectKey(_) => "plaintext",
        }
    }

    /// What this crate's own cryptography says.
    ///
    /// # Errors
    /// The refusal, where it refuses.
    pub fn perform(&self) -> Result<Answer, Refusal> {
        let answer = match self {
            Self::PadKey(p) => {
                Answer::PaddedKey(encoding::encode(pad_key(p.key.as_bytes()).as_bytes()))
            }
            Self::DeriveKeyProof(p) => {
                let (salt, iterations) = parameters(&p.salt, p.iterations)?;
                Answer::Proof(crypto::derive_key_proof(p.key.as_bytes(), &salt, iterations))
            }
            Self::VerifyKeyProof(p) => {
                let (salt, iterations) = parameters(&p.salt, p.iterations)?;
                let key = p.key.as_bytes();
                Answer::Valid(crypto::verify_key_proof(key, &salt, iterations, &p.proof))
            }
            Self::DeriveDataKey(p) => {
                let (salt, iterations) = parameters(&p.salt, p.iterations)?;
                let data_key = DataKey::derive(p.key.as_bytes(), &salt, iterations);
                Answer::DataKey(encoding::encode(data_key.as_bytes()))
            }
            Self::Encrypt(p) => {
                let data_key = DataKey::from(p.data_key.0);
                Answer::Content(seal_with_iv(&data_key, &p.iv.0, p.plaintext.as_bytes())?)
            }
            Self::Decrypt(p) => text(&open(&DataKey::from(p.data_key.0), &p.content)?)?,
            Self::EncryptWithProjectKey(p) => {
                let (key, plaintext) = (p.key.as_bytes(), p.plaintext.as_bytes());
                Answer::Content(crypto::seal_with_project_key_and_iv(key, &p.iv.0, plaintext)?)
            }
            Self::DecryptWithProjectKey(p) => {
                text(&open_with_project_key(p.key.as_bytes(), &p.content)?)?
            }
        };
        Ok(answer)
    }
}

fn parameters(salt: &str, iterations: i64) -> Result<(Vec<u8>, Iterations), crypto::Error> {
    Ok((encoding::decode(salt)?, Iterations::try_from(iterations)?))
}

/// A vector's plaintext is text: what opens to anything else is not what it claims.
fn text(plaintext: &[u8]) -> Result<Answer, Refusal> {
    match std::str::from_utf8(plaintext) {
        Ok(text) => Ok(Answer::Plaintext(text.to_owned())),
        Err(_) => Err(Refusal {
            class: Class::Malformed,
            message: "the plaintext is not UTF-8".to_owned(),
        }),
    }
}
