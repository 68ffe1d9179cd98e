//! What the vectors of one file are about.

use std::fmt;

use super::Call;
use crate::named::named;

named! {
    /// A group of vectors: the file's name, and the first half of each id in it.
    #[derive(serde::Serialize)]
    pub enum Group {
        PadKey = "pad_key": "A key brought to 32 bytes",
        KeyProof = "key_proof": "The one-way proof",
        DataKey = "data_key": "The AES-256 key",
        BlobOpen = "blob_open": "What opens and what is refused",
        BlobSeal = "blob_seal": "The blob for a fixed IV",
        LegacyCipher = "legacy_cipher": "The older cipher",
    }
}

impl Group {
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
