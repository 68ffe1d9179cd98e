//! `keyproof proof seal`.

use serde_json::json;

use super::super::Trouble;
use super::super::input::Source;
use super::arguments::{CipherArguments, Form};
use super::key::{KeyArguments, require_text};
use crate::crypto::{Error, seal};
use crate::harness::Exit;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    key: KeyArguments,
    /// File that holds the plaintext, or - for standard input; sealed to the byte
    #[arg(long = "in", value_name = "FILE")]
    input: Option<Source>,
    #[command(flatten)]
    cipher: CipherArguments,
    #[command(flatten)]
    form: Form,
}

pub(super) fn run(arguments: Arguments) -> Result<Exit, Trouble> {
    let inputs = arguments.key.read_with(arguments.input, "the plaintext")?;
    if !arguments.key.bytes {
        require_text("the plaintext", &inputs.payload)?;
    }
    let data_key = arguments.cipher.data_key(&inputs.key);
    let sealed = data_key.and_then(|data_key| seal(&data_key, &inputs.payload));
    let blob = sealed.map_err(|error| match error {
        Error::Randomness => Trouble::unreachable(error.to_string()),
        refused => Trouble::usage(refused.to_string()),
    })?;
    arguments.form.answer(&blob, || json!({"content": blob}))
}
