//! `--new-vectors FILE`: inputs about which an adapter and its peers disagree.

use std::path::Path;

use crate::cli::file::{create, probe, unwritten};
use crate::cli::{Trouble, output};
use crate::harness::report::plural;
use crate::vectors::{Document, ascii};

/// Refuses a file that is there, as it may hold what somebody wants to keep, and one that could not be
/// written after the run.
pub(in crate::cli) fn refuse(file: &Path) -> Result<(), Trouble> {
    if file.symlink_metadata().is_ok() {
        return Err(Trouble::usage(format!(
            "--new-vectors: {} is there already: give a new name, or move it away",
            file.display()
        )));
    }
    probe(file).map_err(|error| {
        Trouble::unreachable(format!("--new-vectors: {}", unwritten(file, &error)))
    })
}

/// Writes them, or hints that they can be written.
pub(in crate::cli) fn offer(documents: &[Document], file: Option<&Path>) -> Result<(), Trouble> {
    let count = documents.iter().map(|document| document.count).sum();
    let vectors = plural(count, "vector");
    match (file, count) {
        (None, 0) => {}
        (None, _) => output::note(&format!(
            "the disagreements make {vectors}: --new-vectors FILE writes them"
        )),
        (Some(file), 0) => {
            output::note(&format!("{} is not written: there is no disagreement", file.display()))
        }
        (Some(file), _) => {
            write(documents, file)?;
            output::note(&format!("{}: wrote {vectors}", file.display()));
        }
    }
    Ok(())
}

fn write(documents: &[Document], file: &Path) -> Result<(), Trouble> {
    let failed = |error: &dyn std::fmt::Display| {
        let path = file.display();
        Trouble::unreachable(format!("--new-vectors: {path} cannot be written: {error}"))
    };
    let text = serde_json::to_string_pretty(documents).map_err(|error| failed(&error))?;
    create(file, (ascii(&text) + "\n").as_bytes()).map_err(|error| failed(&error))
}
