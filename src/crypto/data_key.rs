//! The AES-256 key that a project's blobs are sealed with.

use super::pbkdf2_sha256::{Input, derive};
use super::secret::Secret;
use super::{Iterations, KEY_LENGTH, PaddedKey};

/// A 32-byte AES key. Wiped when dropped, never printed by `Debug`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DataKey(pub(super) Secret);

impl DataKey {
    /// `PBKDF2-HMAC-SHA256(key, salt, iterations, 32)` over the **raw** key: not padded, not cut.
    ///
    /// A key of exactly 32 bytes pads to itself, so its data key equals the bytes of its published
    /// proof: whoever sees the proof can decrypt. (Go SDK, `DeriveDataKey`.)
    pub fn derive(key: &[u8], salt: &[u8], iterations: Iterations) -> Self {
        let [derived] = derive([Input { key, salt, iterations }]);
        Self(derived)
    }

    /// The 32 bytes.
    pub fn as_bytes(&self) -> &[u8; KEY_LENGTH] {
        self.0.as_bytes()
    }
}

impl From<[u8; KEY_LENGTH]> for DataKey {
    fn from(bytes: [u8; KEY_LENGTH]) -> Self {
        let bytes = zeroize::Zeroizing::new(bytes);
        Self(Secret::filled(|secret| secret.copy_from_slice(&*bytes)))
    }
}

impl From<&PaddedKey> for DataKey {
    /// The older cipher uses the padded key itself.
    fn from(padded: &PaddedKey) -> Self {
        Self(Secret::filled(|secret| {
            secret.copy_from_slice(padded.as_bytes());
        }))
    }
}
