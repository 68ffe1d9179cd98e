//! The proof by other libraries: only the PBKDF2 is theirs, padding and base64 are ours.

#[cfg(feature = "bench-peers")]
use std::num::NonZeroU32;

use keyproof::crypto::{Iterations, KEY_LENGTH, encoding, pad_key};
use sha2::Sha256;

pub(super) fn pbkdf2(key: &[u8], salt: &[u8], iterations: Iterations) -> String {
    let padded = pad_key(key);
    let count = iterations.get();
    encoding::encode(pbkdf2::pbkdf2_hmac_array::<Sha256, KEY_LENGTH>(
        padded.as_bytes(),
        salt,
        count,
    ))
}

#[cfg(feature = "bench-peers")]
pub(super) fn ring(key: &[u8], salt: &[u8], iterations: Iterations) -> String {
    use ring::pbkdf2::{PBKDF2_HMAC_SHA256, derive};

    let mut proof = [0; KEY_LENGTH];
    let iterations = NonZeroU32::new(iterations.get()).unwrap();
    let padded = pad_key(key);
    derive(PBKDF2_HMAC_SHA256, iterations, salt, padded.as_bytes(), &mut proof);
    encoding::encode(proof)
}

#[cfg(feature = "bench-peers")]
pub(super) fn aws_lc_rs(key: &[u8], salt: &[u8], iterations: Iterations) -> String {
    use aws_lc_rs::pbkdf2::{PBKDF2_HMAC_SHA256, derive};

    let mut proof = [0; KEY_LENGTH];
    let iterations = NonZeroU32::new(iterations.get()).unwrap();
    let padded = pad_key(key);
    derive(PBKDF2_HMAC_SHA256, iterations, salt, padded.as_bytes(), &mut proof);
    encoding::encode(proof)
}

#[cfg(feature = "bench-peers")]
pub(super) fn openssl(key: &[u8], salt: &[u8], iterations: Iterations) -> String {
    use openssl::hash::MessageDigest;
    use openssl::pkcs5::pbkdf2_hmac;

    let mut proof = [0; KEY_LENGTH];
    let iterations = usize::try_from(iterations.get()).unwrap();
    let padded = pad_key(key);
    pbkdf2_hmac(padded.as_bytes(), salt, iterations, MessageDigest::sha256(), &mut proof).unwrap();
    encoding::encode(proof)
}
