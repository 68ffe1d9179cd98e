//! What goes to standard output and standard error. A reader that has gone away is no trouble of
//! ours: nothing here panics on a closed pipe.

use std::io::{self, ErrorKind, Write as _};

use super::Trouble;

/// Writes an answer to standard output, byte for byte. A closed pipe counts as written.
pub(super) fn answer(bytes: &[u8]) -> Result<(), Trouble> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(Trouble::unreachable(format!(
            "the answer cannot be written to standard output: {error}"
        ))),
        _ => Ok(()),
    }
}

/// Writes a line to standard error.
pub(super) fn note(text: &str) {
    // Where standard error is gone there is nobody left to tell.
    let _ = writeln!(io::stderr().lock(), "keyproof: {text}");
}

/// Writes a text to standard error, byte for byte.
pub(super) fn aside(bytes: &[u8]) {
    let _ = io::stderr().lock().write_all(bytes);
}

/// Writes a warning to standard error.
pub(super) fn warn(text: &str) {
    note(&format!("warning: {text}"));
}
