//! A sealed blob: `base64(IV 12 ‖ ciphertext ‖ tag 16)`, AES-256-GCM, no associated data
//! (Go SDK, `Encrypt` and `Decrypt`).

use aes_gcm::aead::{Aead as _, KeyInit as _};
use aes_gcm::{Aes256Gcm, Nonce};
use zeroize::Zeroizing;

use super::{DataKey, Error, encoding};

/// Length of the IV in front of the ciphertext. Bytes.
pub const IV_LENGTH: usize = 12;
/// Length of the tag behind the ciphertext. Bytes.
pub const TAG_LENGTH: usize = 16;
/// Length of the shortest blob, that of an empty plaintext. Bytes before base64.
pub const MINIMUM_LENGTH: usize = IV_LENGTH + TAG_LENGTH;

/// Seals `plaintext` with an IV from the operating system.
///
/// # Errors
/// [`Error::Randomness`] without random bytes, [`Error::TooLong`] past 64 GiB.
pub fn seal(key: &DataKey, plaintext: &[u8]) -> Result<String, Error> {
    let mut iv = [0; IV_LENGTH];
    getrandom::fill(&mut iv).map_err(|_| Error::Randomness)?;
    seal_with_iv(key, &iv, plaintext)
}

/// Seals `plaintext` with a given IV, which must never be used twice under one key: for vectors,
/// and for a caller that draws its own.
///
/// # Errors
/// [`Error::TooLong`] past 64 GiB.
pub fn seal_with_iv(
    key: &DataKey,
    iv: &[u8; IV_LENGTH],
    plaintext: &[u8],
) -> Result<String, Error> {
    let sealed = Aes256Gcm::new(key.as_bytes().into())
        .encrypt(&Nonce::from(*iv), plaintext)
        .map_err(|_| Error::TooLong)?;
    let mut blob = Vec::with_capacity(IV_LENGTH + sealed.len());
    blob.extend_from_slice(iv);
    blob.extend_from_slice(&sealed);
    Ok(encoding::encode(blob))
}

/// Opens a blob.
///
/// # Errors
/// [`Error::Base64`] and [`Error::TooShort`] before any key is tried, [`Error::Tag`] if the key is
/// another one or a bit of the IV, the ciphertext or the tag was changed.
pub fn open(key: &DataKey, blob: &str) -> Result<Zeroizing<Vec<u8>>, Error> {
    let bytes = encoding::decode(blob)?;
    let Some((iv, sealed)) =
        bytes.split_first_chunk::<IV_LENGTH>().filter(|(_, sealed)| sealed.len() >= TAG_LENGTH)
    else {
        return Err(Error::TooShort(bytes.len()));
    };
    Aes256Gcm::new(key.as_bytes().into())
        .decrypt(&Nonce::from(*iv), sealed)
        .map(Zeroizing::new)
        .map_err(|_| Error::Tag)
}
