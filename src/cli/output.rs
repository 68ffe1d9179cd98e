//! The one way out: whatever this process writes to standard output and standard error.
//!
//! Text from a server, an adapter, a file or an argument goes out redacted first, and then made
//! printable: half a secret at a cut, or one whose characters are escaped, would not be found. A reader
//! that has gone away is no trouble of ours: nothing here panics on a closed pipe.

use std::borrow::Cow;
use std::io::{self, ErrorKind, IsTerminal as _, Write};
use std::sync::LazyLock;

use crate::harness::Redactor;
use crate::harness::report::Foreign;

static REDACTOR: LazyLock<Redactor> = LazyLock::new(|| Redactor::new(&[]));

/// Knows every secret that this process has met.
pub(super) fn redactor() -> &'static Redactor {
    &REDACTOR
}

/// A text that others may have had a part in, on one line and no longer than fits.
pub(super) fn printable(text: &str) -> String {
    Foreign::new(redactor()).line(text)
}

/// Why an answer did not reach standard output.
#[derive(Debug, thiserror::Error)]
#[error("the answer cannot be written to standard output: {0}")]
pub(super) struct Unwritten(#[from] io::Error);

/// Writes an answer to standard output, byte for byte: it is ours, or what was asked for. A closed pipe
/// counts as written.
pub(super) fn answer(bytes: &[u8]) -> Result<(), Unwritten> {
    Ok(write(bytes)?)
}

/// Like [`answer`], for callers with an error message of their own.
pub(super) fn write(bytes: &[u8]) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}

pub(super) fn is_terminal() -> bool {
    io::stdout().is_terminal()
}

/// Writes lines to standard output that others may have had a part in.
pub(super) fn print(lines: &str) -> Result<(), Unwritten> {
    answer(Foreign::new(redactor()).page(lines).as_bytes())
}

pub(super) fn note(text: &str) {
    note_lines(text, &[]);
}

/// Writes a line to standard error, and what belongs to it, indented.
pub(super) fn note_lines(first: &str, more: &[String]) {
    let mut text = format!("keyproof: {}\n", printable(first));
    for line in more {
        text.push_str(&format!("  {}\n", printable(line)));
    }
    write_stderr(&text);
}

pub(super) fn warn(text: &str) {
    note(&format!("warning: {text}"));
}

/// Writes a text to standard error that is printable already, or ours.
pub(super) fn write_stderr(text: &str) {
    // Without standard error there is no place for a message.
    let _ = Stderr.write_all(text.as_bytes());
}

/// Reports panics without secrets: the standard hook prints their messages as they are.
pub(super) fn report_panics() {
    std::panic::set_hook(Box::new(|info| {
        let message = info.to_string();
        let mut lines = message.lines().map(str::to_owned);
        let first = lines.next().unwrap_or_default();
        note_lines(&first, &lines.collect::<Vec<_>>());
    }));
}

/// Standard error, for what writes by itself. Each piece goes out without secrets.
#[derive(Debug)]
pub(super) struct Stderr;

impl Stderr {
    pub(super) fn is_terminal(&self) -> bool {
        io::stderr().is_terminal()
    }
}

impl Write for Stderr {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let redacted = match std::str::from_utf8(bytes).map(|text| redactor().redact(text)) {
            Ok(Cow::Owned(text)) => Cow::Owned(text.into_bytes()),
            _ => Cow::Borrowed(bytes),
        };
        io::stderr().lock().write_all(&redacted)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().lock().flush()
    }
}
