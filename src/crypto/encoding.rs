//! Base64 as the API writes it: the standard alphabet, padded, no white space, no spare bits.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::Error;

/// Standard padded base64 of `bytes`.
pub fn encode(bytes: impl AsRef<[u8]>) -> String {
    STANDARD.encode(bytes)
}

/// The bytes of a standard padded base64 text.
///
/// # Errors
/// [`Error::Base64`] for anything else: another alphabet, white space, missing or wrong padding,
/// spare bits that are not zero.
pub fn decode(text: &str) -> Result<Vec<u8>, Error> {
    STANDARD.decode(text).map_err(Error::Base64)
}
