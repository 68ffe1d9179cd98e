//! Salt and iterations: public, so they are arguments.

use crate::crypto::{Error, Iterations, encoding};

#[derive(Debug, clap::Args)]
pub(super) struct Parameters {
    /// The salt (`key_check_salt`), standard padded base64
    #[arg(long, value_name = "BASE64", allow_hyphen_values = true, value_parser = salt)]
    pub(super) salt: Salt,
    /// The PBKDF2 iterations (`key_check_iterations`)
    #[arg(long, value_name = "N", allow_hyphen_values = true, value_parser = iterations,
          default_value_t = Iterations::PLATFORM)]
    pub(super) iterations: Iterations,
}

/// A decoded salt of at least one byte.
#[derive(Debug, Clone)]
pub(super) struct Salt(pub(super) Vec<u8>);

pub(super) fn salt(text: &str) -> Result<Salt, String> {
    match encoding::decode(text) {
        Ok(bytes) if bytes.is_empty() => Err("the salt is empty".to_owned()),
        Ok(bytes) => Ok(Salt(bytes)),
        // Not where it ceases to be one: that tells a character of what it is instead.
        Err(_) => Err("not standard padded base64".to_owned()),
    }
}

pub(super) fn iterations(text: &str) -> Result<Iterations, String> {
    let count: i64 =
        text.parse().map_err(|_| "give a whole number from 1 to 4294967295".to_owned())?;
    Iterations::try_from(count).map_err(|error: Error| error.to_string())
}
