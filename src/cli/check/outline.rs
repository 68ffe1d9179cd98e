//! `keyproof check --snapshots DIR`: the file that keeps the outline of a server's answers.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::cli::file::{probe, replace};
use crate::cli::{Trouble, output};
use crate::harness::Exit;
use crate::suite::server::Outline;

/// The file's name in the folder.
const NAME: &str = "server.outline";

/// The file, and its content before the run.
pub(in crate::cli) struct OutlineFile {
    path: PathBuf,
    before: Option<Outline>,
}

impl OutlineFile {
    /// Makes the folder and reads the file, if there is one.
    pub(in crate::cli) fn open(folder: &Path) -> Result<Self, Trouble> {
        let failed = |error: &std::io::Error| {
            Trouble::unreachable(format!("--snapshots {}: {error}", folder.display()))
        };
        fs::create_dir_all(folder).map_err(|error| failed(&error))?;
        let path = folder.join(NAME);
        probe(&path).map_err(|error| failed(&error))?;
        let before = match fs::read_to_string(&path) {
            Ok(text) => Some(Outline::parse(&text).map_err(|line| {
                Trouble::usage(format!(
                    "--snapshots: {}, line {line}: it is no outline: restore it from version control, or \
                     remove it to record it anew",
                    path.display()
                ))
            })?),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => return Err(failed(&error)),
        };
        Ok(Self { path, before })
    }

    /// Prints what is different now, and keeps it. Which of two outlines is right cannot be known here:
    /// it changes no exit code.
    pub(in crate::cli) fn keep(&self, now: &Outline) -> Exit {
        let now = self.before.as_ref().map_or_else(|| now.clone(), |before| now.over(before));
        let lines = |outline: &Outline| outline.render().lines().count();
        match &self.before {
            None => {
                output::note(&format!("{}: recorded {} lines", self.path.display(), lines(&now)))
            }
            Some(before) if *before == now => return Exit::Held,
            Some(before) => {
                let headline = format!("{}: the answers have changed:", self.path.display());
                output::note_lines(&headline, &before.changes(&now));
            }
        }
        match replace(&self.path, now.render().as_bytes()) {
            Ok(()) => Exit::Held,
            Err(error) => {
                let path = self.path.display();
                Trouble::unreachable(format!("--snapshots: {path} cannot be written: {error}"))
                    .report()
            }
        }
    }
}
