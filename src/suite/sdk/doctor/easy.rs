//! The easy request of each operation, and the public inputs that it is made of.

use crate::adapter::Request;
use crate::crypto::{DataKey, Iterations, derive_key_proof, encoding, pad_key, seal_with_iv};

pub(super) const KEY: &str = "test-key-123";
pub(super) const PLAINTEXT: &str = "HELLO=world\n";
pub(super) const DATA_KEY: [u8; 32] = [0x5a; 32];
pub(super) const SALT: [u8; 16] = *b"public test salt";
const IV: [u8; 12] = *b"iv of a test";
/// No count that anybody would write into their code.
pub(super) const ITERATIONS: u32 = 1200;

pub(super) fn salt() -> String {
    encoding::encode(SALT)
}

/// A blob that opens to the text under that key.
pub(super) fn sealed(key: &DataKey, plaintext: &str) -> String {
    seal_with_iv(key, &IV, plaintext.as_bytes()).unwrap_or_default()
}

fn right_proof() -> String {
    let iterations = Iterations::try_from(i64::from(ITERATIONS));
    iterations.map_or_else(
        |_| String::new(),
        |iterations| derive_key_proof(KEY.as_bytes(), &SALT, iterations),
    )
}

pub(super) fn request(op: &'static str) -> Request {
    let data_key = encoding::encode(DATA_KEY);
    match op {
        "pad_key" => Request::pad_key(KEY),
        "derive_key_proof" => Request::derive_key_proof(KEY, &salt(), ITERATIONS),
        "generate_key_proof" => Request::generate_key_proof(KEY),
        "verify_key_proof" => Request::verify_key_proof(KEY, &salt(), ITERATIONS, &right_proof()),
        "derive_data_key" => Request::derive_data_key(KEY, &salt(), ITERATIONS),
        "encrypt" => Request::encrypt(&data_key, PLAINTEXT),
        "decrypt" => Request::decrypt(&data_key, &sealed(&DataKey::from(DATA_KEY), PLAINTEXT)),
        "encrypt_with_project_key" => Request::encrypt_with_project_key(KEY, PLAINTEXT),
        _ => {
            let key = DataKey::from(&pad_key(KEY.as_bytes()));
            Request::decrypt_with_project_key(KEY, &sealed(&key, PLAINTEXT))
        }
    }
}
