//! The older cipher: the padded key is the AES key, without salt or stretching
//! (Go SDK, `EncryptWithProjectKey`).

use zeroize::Zeroizing;

use super::{DataKey, Error, IV_LENGTH, open, pad_key, seal, seal_with_iv};

/// Seals `plaintext` under the padded `key`.
///
/// # Errors
/// [`Error::EmptyKey`] for an empty key, else as [`seal`].
pub fn seal_with_project_key(key: &[u8], plaintext: &[u8]) -> Result<String, Error> {
    seal(&project_key(key)?, plaintext)
}

/// Seals `plaintext` under the padded `key` with a given IV, for vectors.
///
/// # Errors
/// [`Error::EmptyKey`] for an empty key, else as [`seal_with_iv`].
pub fn seal_with_project_key_and_iv(
    key: &[u8],
    iv: &[u8; IV_LENGTH],
    plaintext: &[u8],
) -> Result<String, Error> {
    seal_with_iv(&project_key(key)?, iv, plaintext)
}

/// Opens a blob under the padded `key`.
///
/// # Errors
/// [`Error::EmptyKey`] for an empty key, else as [`open`].
pub fn open_with_project_key(key: &[u8], blob: &str) -> Result<Zeroizing<Vec<u8>>, Error> {
    open(&project_key(key)?, blob)
}

/// The AES key of the older cipher: the padded `key`.
///
/// # Errors
/// [`Error::EmptyKey`] for an empty key.
pub fn project_key(key: &[u8]) -> Result<DataKey, Error> {
    if key.is_empty() {
        return Err(Error::EmptyKey);
    }
    Ok(DataKey::from(&pad_key(key)))
}
