//! How `seal` and `open` get the AES key from the key.

use super::parameters::{Salt, iterations, salt};
use crate::crypto::{DataKey, Error, Iterations, project_key};

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

impl CipherArguments {
    /// The AES key that a key gives.
    pub(super) fn data_key(&self, key: &[u8]) -> Result<DataKey, Error> {
        match &self.salt {
            Some(salt) => Ok(DataKey::derive(key, &salt.0, self.iterations)),
            None => project_key(key),
        }
    }
}
