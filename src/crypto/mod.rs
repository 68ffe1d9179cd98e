//! The cryptography of the encryption-key API. Pure: no IO, no clock, and no randomness but the
//! two functions that say so ([`seal`] and [`generate_key_proof`]).
//!
//! | what | rule |
//! |---|---|
//! | [`pad_key`] | the key's UTF-8 bytes, right-padded with ASCII `0` to 32, or cut to the first 32 |
//! | [`derive_key_proof`] | PBKDF2-HMAC-SHA256 over the **padded** key, as standard padded base64 |
//! | [`DataKey::derive`] | PBKDF2-HMAC-SHA256 over the **raw** key, with the same salt and iterations |
//! | [`derive_proof_and_data_key`] | both, in little more than the time of one |
//! | [`seal`], [`open`] | `base64(IV 12 ‖ ciphertext ‖ tag 16)`, AES-256-GCM, no associated data |
//! | [`seal_with_project_key`] | the older cipher: the padded key is the AES key |
//!
//! ```
//! use keyproof::crypto::{DataKey, Iterations, derive_key_proof, open, seal, verify_key_proof};
//!
//! let (key, salt, iterations) = (b"correct horse", [7; 16], Iterations::try_from(1000)?);
//! let proof = derive_key_proof(key, &salt, iterations);
//! assert!(verify_key_proof(key, &salt, iterations, &proof));
//!
//! let data_key = DataKey::derive(key, &salt, iterations);
//! let blob = seal(&data_key, b"DATABASE_URL=postgres://")?;
//! assert_eq!(*open(&data_key, &blob)?, b"DATABASE_URL=postgres://");
//! # Ok::<_, keyproof::crypto::Error>(())
//! ```

mod blob;
mod chain;
mod data_key;
pub mod encoding;
mod error;
mod iterations;
mod key_proof;
mod padded_key;
mod pbkdf2_sha256;
mod project_key;
mod queue;
mod secret;
#[cfg(target_arch = "x86_64")]
mod sha_ni;
mod shared_data_key;
pub mod wrong;

pub use blob::{IV_LENGTH, MINIMUM_LENGTH, TAG_LENGTH, open, seal, seal_with_iv};
pub use data_key::DataKey;
pub use error::{Class, Error};
pub use iterations::Iterations;
pub use key_proof::{
    KeyProof, SALT_LENGTH, derive_key_proof, derive_proof_and_data_key, generate_key_proof,
    proofs_equal, verify_key_proof,
};
pub use padded_key::{PaddedKey, pad_key};
pub use project_key::{
    open_with_project_key, project_key, seal_with_project_key, seal_with_project_key_and_iv,
};
#[cfg(target_arch = "x86_64")]
pub use sha_ni::latency_bound;
pub use shared_data_key::derive_shared;

/// Length of a padded key, of a proof before base64, and of a data key. Bytes.
pub const KEY_LENGTH: usize = 32;
