//! `keyproof proof open`.

use serde_json::json;
use zeroize::Zeroizing;

use super::super::input::Source;
use super::super::{Trouble, output};
use super::cipher::{Cipher, CipherArguments};
use super::form::Form;
use super::key::{KeyArguments, require_text, without_line_end};
use super::payload::{self, Inputs};
use crate::crypto::{Error, encoding, open, open_with_project_key};
use crate::harness::Exit;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    key: KeyArguments,
    /// File that holds the blob, or - for standard input; one line feed or CR LF at its end is
    /// removed
    #[arg(long = "in", value_name = "FILE")]
    input: Option<Source>,
    #[command(flatten)]
    cipher: CipherArguments,
    #[command(flatten)]
    form: Form,
}

pub(super) fn run(arguments: Arguments) -> Result<Exit, Trouble> {
    let inputs = payload::read(&arguments.key, arguments.input, "the blob")?;
    match open_blob(&arguments.cipher, &inputs) {
        Ok(plaintext) => {
            print(&plaintext, arguments.key.bytes, arguments.form)?;
            Ok(Exit::Held)
        }
        Err(error) => {
            refuse(&error, arguments.form)?;
            Ok(Exit::Failed)
        }
    }
}

fn open_blob(arguments: &CipherArguments, inputs: &Inputs) -> Result<Zeroizing<Vec<u8>>, Error> {
    // What is not even text is no base64 either; which byte is wrong is said of the text that
    // it was read as.
    let blob = String::from_utf8_lossy(without_line_end(&inputs.payload));
    match arguments.cipher(&inputs.key) {
        Cipher::Derived(data_key) => open(&data_key, &blob),
        Cipher::Legacy => open_with_project_key(&inputs.key, &blob),
    }
}

fn print(plaintext: &[u8], bytes: bool, form: Form) -> Result<(), Trouble> {
    if !bytes {
        require_text("the blob opens, but its plaintext", plaintext)?;
    }
    if !form.json {
        return Ok(output::answer(plaintext)?);
    }
    let text = Zeroizing::new(if bytes {
        encoding::encode(plaintext)
    } else {
        String::from_utf8_lossy(plaintext).into_owned()
    });
    form.answer(&text, || json!({"plaintext": *text}))
}

/// With `--json` the refusal is the answer; without it, standard output stays empty.
fn refuse(error: &Error, form: Form) -> Result<(), Trouble> {
    let class = error.class().name();
    if form.json {
        let message = error.to_string();
        return form.answer("", || json!({"reject": {"class": class, "message": message}}));
    }
    output::note(&format!("refused ({class}): {error}"));
    Ok(())
}
