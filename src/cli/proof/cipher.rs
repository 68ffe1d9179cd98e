//! How `seal` and `open` get the AES key from the key.

use super::parameters::{Salt, iterations, salt};
use crate::crypto::{DataKey, Iterations};

#[derive(Debug, clap::Args)]
pub(super) struct CipherArguments {
    /// The salt (`key_check_salt`), standard padded base64
    #[arg(long, value_name = "BASE64", allow_hyphen_values = true, value_parser = salt,
          required_unless_present = "legacy", conflicts_with = "legacy")]
    salt: Option<Salt>,
    /// The PBKDF2 iterations (`key_check_iterations`)
    #[arg(long, value_name = "N", allow_hyphen_values = true, value_parser = iterations,
          default_value_t = Iterations::PLATFORM, conflicts_with = "legacy")]
    iterations: Iterations,
    /// Use the older cipher, whose AES key is the padded key: no salt, no PBKDF2
    #[arg(long)]
    legacy: bool,
}

/// Which AES key seals.
pub(super) enum Cipher {
    /// The derived one.
    Derived(DataKey),
    /// The padded key itself.
    Legacy,
}

impl CipherArguments {
    pub(super) fn cipher(&self, key: &[u8]) -> Cipher {
        match &self.salt {
            Some(salt) => Cipher::Derived(DataKey::derive(key, &salt.0, self.iterations)),
            None => Cipher::Legacy,
        }
    }
}
