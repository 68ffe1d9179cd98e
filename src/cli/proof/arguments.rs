//! What the tools have in common beside the key: salt and iterations, which are public and so arguments; the
//! cipher; and how an answer is written.

use serde_json::Value;
use zeroize::Zeroizing;

use crate::cli::{Trouble, output};
use crate::crypto::{DataKey, Error, Iterations, encoding, project_key};
use crate::harness::Exit;

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
        // The position of the first wrong character is left out: the message would show that character.
        Err(_) => Err("not standard padded base64".to_owned()),
    }
}

pub(super) fn iterations(text: &str) -> Result<Iterations, String> {
    let count: i64 =
        text.parse().map_err(|_| "give a whole number from 1 to 4294967295".to_owned())?;
    Iterations::try_from(count).map_err(|error: Error| error.to_string())
}

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

#[derive(Debug, Clone, Copy, clap::Args)]
pub(super) struct Form {
    /// Write the answer as one JSON object
    #[arg(long)]
    pub(super) json: bool,
}

impl Form {
    /// Writes `text` and a line feed, or the object. Gives the exit of a command that has answered.
    pub(super) fn answer(
        self,
        text: &str,
        object: impl FnOnce() -> Value,
    ) -> Result<Exit, Trouble> {
        let line =
            Zeroizing::new(if self.json { format!("{}\n", object()) } else { format!("{text}\n") });
        output::answer(line.as_bytes())?;
        Ok(Exit::Held)
    }
}
