//! Base64 as the API writes it: the standard alphabet, padded, no white space, no spare bits.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::general_purpose::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

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

/// The bytes of a base64 text as lenient decoders read it: white space, the URL-safe alphabet, missing
/// padding and spare bits are all taken.
///
/// # Errors
/// [`Error::Base64`] for what is none even so.
pub fn decode_leniently(text: &str) -> Result<Vec<u8>, Error> {
    const LENIENT: GeneralPurpose = GeneralPurpose::new(
        &alphabet::STANDARD,
        GeneralPurposeConfig::new()
            .with_decode_allow_trailing_bits(true)
            .with_decode_padding_mode(DecodePaddingMode::Indifferent),
    );
    let characters = text.chars().filter(|one| !one.is_ascii_whitespace());
    let standard: String = characters
        .map(|character| match character {
            '-' => '+',
            '_' => '/',
            other => other,
        })
        .collect();
    LENIENT.decode(standard).map_err(Error::Base64)
}
