//! The second input of `seal` and `open`, beside the key.

use zeroize::Zeroizing;

use super::super::Trouble;
use super::super::input::Source;
use super::key::KeyArguments;

/// The longest payload that is read: what a request may carry. Bytes.
const LIMIT: usize = 32 * 1024 * 1024;

pub(super) struct Inputs {
    pub(super) key: Zeroizing<Vec<u8>>,
    pub(super) payload: Zeroizing<Vec<u8>>,
}

/// Reads both. Either may be standard input, which is what an unnamed one means, but not both.
pub(super) fn read(
    key: &KeyArguments,
    payload: Option<Source>,
    what: &str,
) -> Result<Inputs, Trouble> {
    let key_source = key.key_file.clone().unwrap_or(Source::Stdin);
    let payload = payload.unwrap_or(Source::Stdin);
    if (&key_source, &payload) == (&Source::Stdin, &Source::Stdin) {
        return Err(Trouble::usage(format!(
            "the key and {what} would both be read from standard input: name a file for one of \
             them, with --key-file FILE or --in FILE"
        )));
    }
    Ok(Inputs { key: key.read_from(&key_source)?, payload: payload.read_secret(what, LIMIT)? })
}
