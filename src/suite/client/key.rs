//! A client-managed key, with what a right client derives from it.

use serde_json::{Value, json};

use crate::crypto::{self, DataKey, Iterations, SALT_LENGTH, derive_proof_and_data_key, encoding};
use crate::harness::Stop;
use crate::suite::canary::Canary;
use crate::suite::random::{random, random_text};

/// Iterations of the keys that the suite makes. Few, so that a run takes seconds; a client has to use
/// those that the descriptor names.
pub(super) const FEWEST: i64 = 1000;

/// Random characters of a passphrase, so many that a piece of them is no coincidence.
const CANARY: usize = 48;

pub(super) struct Key {
    /// With white space at both ends, and characters beyond ASCII and beyond U+FFFF: every byte of it counts.
    pub(super) passphrase: String,
    pub(super) proof: String,
    salt: String,
    data_key: DataKey,
}

impl Key {
    /// A key of a random passphrase.
    pub(super) fn random() -> Result<Self, Stop> {
        Self::of(format!(" \u{e9}{}\u{1f511}\n", random_text(CANARY)?))
    }

    /// A key of this passphrase, with a salt of its own.
    pub(super) fn of(passphrase: String) -> Result<Self, Stop> {
        let salt = encoding::encode(random::<SALT_LENGTH>()?);
        Self::derived(passphrase, &salt, FEWEST)
    }

    /// The key of a passphrase, by the parameters that a descriptor names.
    pub(super) fn derived(passphrase: String, salt: &str, iterations: i64) -> Result<Self, Stop> {
        let wrong = |error: crypto::Error| Stop::Harness(error.to_string());
        let bytes = encoding::decode(salt).map_err(wrong)?;
        let count = Iterations::try_from(iterations).map_err(wrong)?;
        let (proof, data_key) = derive_proof_and_data_key(passphrase.as_bytes(), &bytes, count);
        Ok(Self { proof, data_key, salt: salt.to_owned(), passphrase })
    }

    pub(super) fn salt(&self) -> &str {
        &self.salt
    }

    /// The members of a body that sets the key.
    pub(super) fn fields(&self) -> Value {
        json!({
            "key_check": self.proof,
            "key_check_salt": self.salt,
            "key_check_iterations": FEWEST,
        })
    }

    /// The blob of a text.
    pub(super) fn seal(&self, text: &str) -> Result<String, Stop> {
        let blob = crypto::seal(&self.data_key, text.as_bytes());
        blob.map_err(|error| Stop::Harness(error.to_string()))
    }

    /// The text of a blob. None if it does not open.
    pub(super) fn open(&self, blob: &str) -> Option<String> {
        let bytes = crypto::open(&self.data_key, blob).ok()?;
        String::from_utf8(bytes.to_vec()).ok()
    }

    /// The random part of the passphrase, and the data key: what nobody else may see.
    pub(super) fn canaries(&self) -> [Canary; 2] {
        let is_random = |character: &char| character.is_ascii_alphanumeric();
        let random: String = self.passphrase.chars().filter(is_random).collect();
        let data_key = Canary::bytes("a data key", self.data_key.as_bytes());
        [Canary::text("a passphrase", &random), data_key]
    }

    /// The data key in base64 and in hexadecimal digits.
    pub(super) fn spellings(&self) -> [String; 2] {
        let bytes = self.data_key.as_bytes();
        let hex = bytes.iter().map(|byte| format!("{byte:02x}"));
        [encoding::encode(bytes), hex.collect()]
    }
}
