//! The ways in which a secret may be written.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};

const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Every spelling that is searched for literally; [`super::view`] sees through the escapes
/// that a writer is free to choose character by character.
pub(super) fn all(secret: &str) -> BTreeSet<Vec<u8>> {
    let bytes = secret.as_bytes();
    let url = percent_encode(bytes, UNRESERVED).to_string();
    let json = serde_json::Value::from(secret).to_string();
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let mut spellings = BTreeSet::from([
        bytes.to_vec(),
        // As the name of a header it comes in small letters.
        secret.to_ascii_lowercase().into_bytes(),
        hex.to_uppercase().into_bytes(),
        hex.into_bytes(),
        url.replace("%20", "+").into_bytes(),
        url.into_bytes(),
        json.as_bytes()[1..json.len() - 1].to_vec(),
    ]);
    spellings.extend(base64(bytes));
    spellings
}

/// The whole secret, and its core at each of the three alignments that it may have within a
/// longer text. Padding comes after what is found.
fn base64(secret: &[u8]) -> Vec<Vec<u8>> {
    let mut spellings = Vec::new();
    for alphabet in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
        spellings.push(alphabet.encode(secret).into_bytes());
        for before in 0..3 {
            let text = [&[0; 2][..before], secret].concat();
            let encoded = alphabet.encode(&text).into_bytes();
            // Characters that also hold bits of the neighbours are not the secret's own.
            let first = [0, 2, 3][before];
            let last = encoded.len() - usize::from(!text.len().is_multiple_of(3));
            spellings.push(encoded[first..last].to_vec());
        }
    }
    spellings
}
