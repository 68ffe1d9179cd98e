//! `keyproof proof verify`.

use serde_json::json;

use super::super::Trouble;
use super::form::Form;
use super::key::KeyArguments;
use super::parameters::Parameters;
use crate::crypto::verify_key_proof;
use crate::harness::Exit;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The proof (`key_check`, `key_proof`), compared as text
    #[arg(value_name = "PROOF", allow_hyphen_values = true)]
    proof: String,
    #[command(flatten)]
    key: KeyArguments,
    #[command(flatten)]
    parameters: Parameters,
    #[command(flatten)]
    form: Form,
}

pub(super) fn run(arguments: &Arguments) -> Result<Exit, Trouble> {
    let key = arguments.key.read()?;
    let Parameters { salt, iterations } = &arguments.parameters;
    let valid = verify_key_proof(&key, &salt.0, *iterations, &arguments.proof);
    arguments.form.answer(&valid.to_string(), || json!({"valid": valid}))?;
    Ok(if valid { Exit::Held } else { Exit::Failed })
}
