//! How an answer is written.

use serde_json::Value;
use zeroize::Zeroizing;

use crate::cli::{Trouble, output};
use crate::harness::Exit;

#[derive(Debug, Clone, Copy, clap::Args)]
pub(super) struct Form {
    /// Write the answer as one JSON object
    #[arg(long)]
    pub(super) json: bool,
}

impl Form {
    /// Writes `text` and a line feed, or the object. Gives the exit of a command that has answered.
    pub(super) fn answer(
        self,
        text: &str,
        object: impl FnOnce() -> Value,
    ) -> Result<Exit, Trouble> {
        let line =
            Zeroizing::new(if self.json { format!("{}\n", object()) } else { format!("{text}\n") });
        output::answer(line.as_bytes())?;
        Ok(Exit::Held)
    }
}
