//! What a client did wrong where no key of the project opens a content.

use crate::crypto::wrong::Sealing;
use crate::crypto::{self, DataKey, MINIMUM_LENGTH, encoding, pad_key};
use crate::mock::model::ServerKey;

/// The mistake in words, as far as it can be found without a derivation.
pub(super) fn in_words(key: &ServerKey, content: &str) -> Option<String> {
    let padded = DataKey::from(&pad_key(key.key.as_bytes()));
    if crypto::open(&padded, content).is_ok() {
        let words = "it is sealed under padKey(key), which only the proof is made from: seal under \
                     PBKDF2 of the key itself, with key_check_salt and key_check_iterations";
        return Some(words.to_owned());
    }
    // Without a tag every content opens.
    let telling = |sealing: &Sealing| *sealing != Sealing::CtrWithoutTag;
    let mut known = Sealing::ALL.iter().copied().filter(telling);
    let made = key.derived_data_key();
    let made = made.and_then(|key| known.find(|sealing| sealing.open(key, content).is_some()));
    if let Some(made) = made {
        return Some(made.words().replace('\u{2016}', "|"));
    }
    let is_blob = encoding::decode(content).is_ok_and(|bytes| bytes.len() >= MINIMUM_LENGTH);
    (!is_blob).then(|| "it is no base64 of IV, ciphertext and tag".to_owned())
}
