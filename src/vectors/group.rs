//! What the vectors of one file are about.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Call;

/// A group of vectors: the file's name, and the first half of each id in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Group {
    /// A key brought to 32 bytes.
    PadKey,
    /// The one-way proof.
    KeyProof,
    /// The AES-256 key.
    DataKey,
    /// What opens and what is refused.
    BlobOpen,
    /// The blob for a fixed IV.
    BlobSeal,
    /// The older cipher.
    LegacyCipher,
}

impl Group {
    /// The name, as ids begin with it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::PadKey => "pad_key",
            Self::KeyProof => "key_proof",
            Self::DataKey => "data_key",
            Self::BlobOpen => "blob_open",
            Self::BlobSeal => "blob_seal",
            Self::LegacyCipher => "legacy_cipher",
        }
    }

    /// The group that a call belongs to.
    pub const fn of(call: &Call) -> Self {
        match call {
            Call::PadKey(_) => Self::PadKey,
            Call::DeriveKeyProof(_) | Call::VerifyKeyProof(_) => Self::KeyProof,
            Call::DeriveDataKey(_) => Self::DataKey,
            Call::Decrypt(_) => Self::BlobOpen,
            Call::Encrypt(_) => Self::BlobSeal,
            Call::EncryptWithProjectKey(_) | Call::DecryptWithProjectKey(_) => Self::LegacyCipher,
        }
    }
}

impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
