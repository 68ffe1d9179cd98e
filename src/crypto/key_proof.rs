//! The one-way proof of a key: what a server stores instead of a client-managed key.

use subtle::ConstantTimeEq as _;

use super::pbkdf2_sha256::{Input, derive};
use super::{DataKey, Error, Iterations, encoding, pad_key};

/// Length of the salt that [`generate_key_proof`] draws. Bytes.
pub const SALT_LENGTH: usize = 16;

/// What a client establishes at project creation and at each rotation of its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyProof {
    /// `key_check`: base64 of the 32-byte proof.
    pub key_check: String,
    /// `key_check_salt`: base64 of the salt.
    pub salt: String,
    /// `key_check_iterations`.
    pub iterations: Iterations,
}

/// `base64(PBKDF2-HMAC-SHA256(pad_key(key), salt, iterations, 32))`, 44 characters
/// (encryption-keys, "The PBKDF2 key proof"). `salt` is the decoded salt, of any length.
pub fn derive_key_proof(key: &[u8], salt: &[u8], iterations: Iterations) -> String {
    let [proof] = derive([Input { key: pad_key(key).as_bytes(), salt, iterations }]);
    encoding::encode(proof.as_bytes())
}

/// [`derive_key_proof`] and [`DataKey::derive`] of the same key, salt and iterations, computed beside
/// each other: faster than one after another.
pub fn derive_proof_and_data_key(
    key: &[u8],
    salt: &[u8],
    iterations: Iterations,
) -> (String, DataKey) {
    let padded = pad_key(key);
    let [proof, data_key] =
        derive([padded.as_bytes(), key].map(|key| Input { key, salt, iterations }));
    (encoding::encode(proof.as_bytes()), DataKey(data_key))
}

/// A proof of `key` with a fresh salt of 16 random bytes and [`Iterations::PLATFORM`].
///
/// # Errors
/// [`Error::Randomness`] if the operating system gives no random bytes.
pub fn generate_key_proof(key: &[u8]) -> Result<KeyProof, Error> {
    let mut salt = [0; SALT_LENGTH];
    getrandom::fill(&mut salt).map_err(|_| Error::Randomness)?;
    Ok(KeyProof {
        key_check: derive_key_proof(key, &salt, Iterations::PLATFORM),
        salt: encoding::encode(salt),
        iterations: Iterations::PLATFORM,
    })
}

/// Whether `proof` is the proof of `key`. Compared as text, in constant time: another spelling of
/// the same bytes is another proof, as it is for the server.
pub fn verify_key_proof(key: &[u8], salt: &[u8], iterations: Iterations, proof: &str) -> bool {
    proofs_equal(&derive_key_proof(key, salt, iterations), proof)
}

/// Whether two proofs are the same text, in time that does not depend on where they differ.
pub fn proofs_equal(one: &str, other: &str) -> bool {
    one.as_bytes().ct_eq(other.as_bytes()).into()
}
