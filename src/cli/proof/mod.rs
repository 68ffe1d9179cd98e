//! `keyproof proof`: one-off tools for SDK authors. The answer alone goes to standard output.

mod arguments;
mod key;
mod open;
mod seal;

use serde_json::json;
use zeroize::Zeroizing;

use self::arguments::{Form, Parameters};
use self::key::KeyArguments;
use super::{Trouble, output};
use crate::crypto::{DataKey, KEY_LENGTH, derive_key_proof, encoding, pad_key, verify_key_proof};
use crate::harness::Exit;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Print the proof of a key (`key_check`, `key_proof`)
    Derive(Derivation),
    /// Print whether a proof is that of a key: exit 1 if it is not
    Verify(Verification),
    /// Print the 32 bytes that a key is padded or cut to, as base64
    Pad(Padding),
    /// Print the AES-256 key that a key gives, as base64
    DataKey(Derivation),
    /// Seal a plaintext with a fresh IV and print the blob
    Seal(seal::Arguments),
    /// Open a blob and print the plaintext as it is: exit 1, with the class, if it is refused
    Open(open::Arguments),
}

#[derive(Debug, clap::Args)]
struct Derivation {
    #[command(flatten)]
    key: KeyArguments,
    #[command(flatten)]
    parameters: Parameters,
    #[command(flatten)]
    form: Form,
}

#[derive(Debug, clap::Args)]
struct Verification {
    /// The proof (`key_check`, `key_proof`), compared as text
    #[arg(value_name = "PROOF", allow_hyphen_values = true)]
    proof: String,
    #[command(flatten)]
    derivation: Derivation,
}

#[derive(Debug, clap::Args)]
struct Padding {
    #[command(flatten)]
    key: KeyArguments,
    #[command(flatten)]
    form: Form,
}

pub(super) fn run(arguments: Arguments) -> Result<Exit, Trouble> {
    match arguments.command {
        Command::Derive(arguments) => derive(&arguments),
        Command::Verify(arguments) => verify(&arguments),
        Command::Pad(arguments) => pad(&arguments),
        Command::DataKey(arguments) => data_key(&arguments),
        Command::Seal(arguments) => seal::run(arguments),
        Command::Open(arguments) => open::run(arguments),
    }
}

fn derive(arguments: &Derivation) -> Result<Exit, Trouble> {
    let key = arguments.key.read()?;
    let Parameters { salt, iterations } = &arguments.parameters;
    if key.len() == KEY_LENGTH {
        output::warn(
            "the key has exactly 32 bytes, so this proof is also its AES key: whoever sees the \
             proof can decrypt; choose a key of another length",
        );
    }
    let proof = derive_key_proof(&key, &salt.0, *iterations);
    arguments.form.answer(&proof, || {
        json!({"proof": proof, "salt": encoding::encode(&salt.0), "iterations": iterations.get()})
    })
}

fn verify(Verification { proof, derivation }: &Verification) -> Result<Exit, Trouble> {
    let key = derivation.key.read()?;
    let Parameters { salt, iterations } = &derivation.parameters;
    let valid = verify_key_proof(&key, &salt.0, *iterations, proof);
    derivation.form.answer(&valid.to_string(), || json!({"valid": valid}))?;
    Ok(if valid { Exit::Held } else { Exit::Failed })
}

fn pad(arguments: &Padding) -> Result<Exit, Trouble> {
    let key = arguments.key.read()?;
    let padded = Zeroizing::new(encoding::encode(pad_key(&key).as_bytes()));
    arguments.form.answer(&padded, || json!({"padded_key": *padded}))
}

fn data_key(arguments: &Derivation) -> Result<Exit, Trouble> {
    let key = arguments.key.read()?;
    let Parameters { salt, iterations } = &arguments.parameters;
    let data_key = DataKey::derive(&key, &salt.0, *iterations);
    let data_key = Zeroizing::new(encoding::encode(data_key.as_bytes()));
    arguments.form.answer(&data_key, || json!({"data_key": *data_key}))
}
