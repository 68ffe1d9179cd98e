//! `keyproof proof open`.

use serde_json::json;
use zeroize::Zeroizing;

use super::super::input::Source;
use super::super::{Trouble, output};
use super::arguments::{CipherArguments, Form};
use super::key::{KeyArguments, require_text, without_line_end};
use crate::crypto::{Error, encoding, open};
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
    let inputs = arguments.key.read_with(arguments.input, "the blob")?;
    // What is not even text is no base64 either; the message says where the text that it was read as
    // is wrong.
    let blob = String::from_utf8_lossy(without_line_end(&inputs.payload));
    let data_key = arguments.cipher.data_key(&inputs.key);
    match data_key.and_then(|data_key| open(&data_key, &blob)) {
        Ok(plaintext) => print(&plaintext, arguments.key.bytes, arguments.form),
        Err(error) => refuse(&error, arguments.form),
    }
}

fn print(plaintext: &[u8], bytes: bool, form: Form) -> Result<Exit, Trouble> {
    if !bytes {
        require_text("the blob opens, but its plaintext", plaintext)?;
    }
    if !form.json {
        output::answer(plaintext)?;
        return Ok(Exit::Held);
    }
    let text = Zeroizing::new(if bytes {
        encoding::encode(plaintext)
    } else {
        String::from_utf8_lossy(plaintext).into_owned()
    });
    form.answer(&text, || json!({"plaintext": *text}))
}

/// With `--json` the refusal is the answer; without it, standard output stays empty.
fn refuse(error: &Error, form: Form) -> Result<Exit, Trouble> {
    let class = error.class().name();
    if form.json {
        let message = error.to_string();
        form.answer("", || json!({"reject": {"class": class, "message": message}}))?;
    } else {
        output::note(&format!("refused ({class}): {error}"));
    }
    Ok(Exit::Failed)
}
