//! The key, and the payload of `seal` and `open`: from files or standard input, never from an argument, which
//! other users could see.

use zeroize::Zeroizing;

use super::super::input::Source;
use super::super::{Trouble, output};

/// The longest key that is read. Bytes.
const KEY_LIMIT: usize = 1024 * 1024;
/// The longest payload that is read: what a request may carry. Bytes.
const PAYLOAD_LIMIT: usize = 32 * 1024 * 1024;

#[derive(Debug, clap::Args)]
pub(super) struct KeyArguments {
    /// File that holds the key, or - for standard input; one line feed or CR LF at its end is
    /// removed and nothing else
    #[arg(long, value_name = "FILE")]
    key_file: Option<Source>,
    /// Take key and plaintext as bytes that need not be UTF-8
    #[arg(long)]
    pub(super) bytes: bool,
}

pub(super) struct Inputs {
    pub(super) key: Zeroizing<Vec<u8>>,
    pub(super) payload: Zeroizing<Vec<u8>>,
}

impl KeyArguments {
    /// The key, from standard input unless a file is named.
    pub(super) fn read(&self) -> Result<Zeroizing<Vec<u8>>, Trouble> {
        self.read_from(self.key_file.as_ref().unwrap_or(&Source::Stdin))
    }

    /// The key and a payload. Either may be standard input, which is what an unnamed one means, but not both.
    pub(super) fn read_with(&self, payload: Option<Source>, what: &str) -> Result<Inputs, Trouble> {
        let key_source = self.key_file.as_ref().unwrap_or(&Source::Stdin);
        let payload = payload.unwrap_or(Source::Stdin);
        if (key_source, &payload) == (&Source::Stdin, &Source::Stdin) {
            return Err(Trouble::usage(format!(
                "the key and {what} would both be read from standard input: name a file for one of \
                 them, with --key-file FILE or --in FILE"
            )));
        }
        let key = self.read_from(key_source)?;
        Ok(Inputs { key, payload: payload.read_secret(what, PAYLOAD_LIMIT)? })
    }

    fn read_from(&self, source: &Source) -> Result<Zeroizing<Vec<u8>>, Trouble> {
        let mut key = source.read_secret("the key", KEY_LIMIT)?;
        let length = without_line_end(&key).len();
        if self.bytes && length < key.len() {
            output::warn(
                "the line end after the key was removed: a key of bytes that ends in one needs \
                 another behind it",
            );
        }
        key.truncate(length);
        if !self.bytes {
            require_text("the key", &key)?;
        }
        warn_about(&key);
        Ok(key)
    }
}

/// `bytes` without one line feed or CR LF at the end.
pub(super) fn without_line_end(bytes: &[u8]) -> &[u8] {
    let line = bytes.strip_suffix(b"\n");
    line.map_or(bytes, |line| line.strip_suffix(b"\r").unwrap_or(line))
}

/// Refuses what is not UTF-8, and names the first wrong byte.
pub(super) fn require_text(what: &str, bytes: &[u8]) -> Result<(), Trouble> {
    std::str::from_utf8(bytes).map(drop).map_err(|error| {
        Trouble::usage(format!(
            "{what} is not UTF-8 after byte {}: give --bytes if it is meant to be bytes",
            error.valid_up_to()
        ))
    })
}

/// What is probably not meant, but belongs to the key all the same.
fn warn_about(key: &[u8]) {
    if key.is_empty() {
        output::warn("the key is empty: it pads to 32 characters 0, which everybody knows");
    }
    if key.starts_with(b"\xef\xbb\xbf") {
        output::warn("the key begins with a byte order mark, which is taken as part of it");
    }
    let first = key.utf8_chunks().next().and_then(|it| it.valid().chars().next());
    let last = key.utf8_chunks().last().and_then(|it| {
        let whole = it.invalid().is_empty();
        it.valid().chars().next_back().filter(|_| whole)
    });
    if [first, last].into_iter().flatten().any(char::is_whitespace) {
        output::warn("the key begins or ends with white space, which is taken as part of it");
    }
}
