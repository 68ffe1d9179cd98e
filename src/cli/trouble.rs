//! Why a command could not do what it was asked for.

use super::output::{self, Unwritten};
use crate::harness::Exit;

/// A message for standard error and the exit code that goes with it.
#[derive(Debug)]
pub(super) struct Trouble {
    pub(super) exit: Exit,
    message: String,
    /// Lines that belong to the message.
    more: Vec<String>,
}

impl Trouble {
    pub(super) fn of(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into(), more: Vec::new() }
    }

    /// Wrong words on the command line, in the environment or in a file.
    pub(super) fn usage(message: impl Into<String>) -> Self {
        Self::of(Exit::Usage, message)
    }

    /// A port, file or target that could not be had, or a fault of our own.
    pub(super) fn unreachable(message: impl Into<String>) -> Self {
        Self::of(Exit::Unreachable, message)
    }

    pub(super) fn and(mut self, line: impl Into<String>) -> Self {
        self.more.push(line.into());
        self
    }

    /// The message without secrets and control characters.
    pub(super) fn message(&self) -> String {
        output::printable(&self.message)
    }

    /// Puts in front whose trouble it is.
    pub(super) fn of_whom(mut self, who: &str) -> Self {
        self.message = format!("{who}: {}", self.message);
        self
    }

    /// Tells the user, and gives the exit code.
    pub(super) fn report(self) -> Exit {
        output::note_lines(&self.message, &self.more);
        self.exit
    }
}

impl From<Unwritten> for Trouble {
    fn from(error: Unwritten) -> Self {
        Self::unreachable(error.to_string())
    }
}
