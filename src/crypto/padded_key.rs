//! `padKey`: the 32 bytes that the proof is computed over.

use super::KEY_LENGTH;
use super::secret::Secret;

/// A key brought to 32 bytes. Wiped when dropped, never printed by `Debug`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PaddedKey(Secret);

impl PaddedKey {
    /// The 32 bytes.
    pub fn as_bytes(&self) -> &[u8; KEY_LENGTH] {
        self.0.as_bytes()
    }
}

/// Brings the bytes of a key to 32: right-padded with ASCII `0` (0x30), or cut after the first 32.
///
/// The key is taken as it is, in bytes: it is not decoded, trimmed or normalised, and a character
/// of several bytes can be cut in half. (Go SDK, `padKey`.)
///
/// ```
/// assert_eq!(keyproof::crypto::pad_key(b"k").as_bytes(), b"k0000000000000000000000000000000");
/// ```
pub fn pad_key(key: &[u8]) -> PaddedKey {
    PaddedKey(Secret::filled(|padded| {
        padded.fill(b'0');
        let length = key.len().min(KEY_LENGTH);
        padded[..length].copy_from_slice(&key[..length]);
    }))
}
