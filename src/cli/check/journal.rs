//! The journal of runs: which of them may have left something behind on a server.
//!
//! One file a run, in the folder `runs` of the state folder. It is there, and on disk, before the run
//! writes anything to the server, and it goes when nothing of the run is left. Whoever runs holds a lock on
//! its file: a file without one is that of a run that died.

use std::fs::{self, File, TryLockError};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::cli::{Trouble, output};
use crate::suite::server::RunName;

const FORMAT: u32 = 1;

/// What a file holds. No secret.
#[derive(Serialize, Deserialize)]
struct Entry {
    format: u32,
    run: String,
    url: String,
    organization: String,
}

/// The folder, as far as one organization of one server goes.
pub(in crate::cli) struct Journal {
    folder: PathBuf,
    url: String,
    organization: String,
}

/// The file of a run: one that goes on, or one that died. Nobody else may take it now.
pub(in crate::cli) struct Record {
    pub(in crate::cli) run: RunName,
    path: PathBuf,
    _lock: File,
}

impl Journal {
    /// Makes the folder if it is not there.
    pub(in crate::cli) fn open(
        state: &Path,
        url: &str,
        organization: &str,
    ) -> Result<Self, Trouble> {
        let folder = state.join("runs");
        fs::create_dir_all(&folder).map_err(|error| {
            Trouble::unreachable(format!("--state {}: {error}", state.display()))
        })?;
        Ok(Self { folder, url: url.to_owned(), organization: organization.to_owned() })
    }

    /// The runs that died and may have left something. A file that is none of ours is reported, and
    /// left where it is.
    pub(in crate::cli) fn dead(&self) -> Result<Vec<Record>, Trouble> {
        let mut dead = Vec::new();
        let files = fs::read_dir(&self.folder).map_err(|error| self.trouble(&error))?;
        for file in files {
            let path = file.map_err(|error| self.trouble(&error))?.path();
            if path.extension().is_none_or(|extension| extension != "json") {
                continue;
            }
            let lock = match File::open(&path) {
                Ok(lock) => lock,
                // Another run has just tidied up.
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                Err(error) => return Err(self.trouble(&error)),
            };
            match lock.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => continue,
                Err(TryLockError::Error(error)) => return Err(self.trouble(&error)),
            }
            let text = fs::read_to_string(&path).unwrap_or_default();
            let entry = serde_json::from_str::<Entry>(&text).ok();
            let entry = entry.filter(|entry| entry.format == FORMAT);
            let Some((entry, Ok(run))) = entry.map(|entry| {
                let run = entry.run.parse::<RunName>();
                (entry, run)
            }) else {
                output::warn(&format!(
                    "{} is no journal of a run: it is left alone",
                    path.display()
                ));
                continue;
            };
            if entry.url == self.url && entry.organization == self.organization {
                dead.push(Record { run, path, _lock: lock });
            }
        }
        Ok(dead)
    }

    /// Writes down that a run begins. It is on disk when this returns.
    pub(in crate::cli) fn begin(&self, run: &RunName) -> Result<Record, Trouble> {
        let entry = Entry {
            format: FORMAT,
            run: run.to_string(),
            url: self.url.clone(),
            organization: self.organization.clone(),
        };
        let text = serde_json::to_string(&entry)
            .map_err(|error| Trouble::unreachable(format!("the journal: {error}")))?;
        let path = self.folder.join(format!("{run}.json"));
        let draft = self.folder.join(format!("{run}.new"));
        let write = || -> std::io::Result<File> {
            let mut file = File::create_new(&draft)?;
            file.lock()?;
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
            fs::rename(&draft, &path)?;
            File::open(&self.folder)?.sync_all()?;
            Ok(file)
        };
        let lock = write().map_err(|error| self.trouble(&error))?;
        Ok(Record { run: run.clone(), path, _lock: lock })
    }

    fn trouble(&self, error: &std::io::Error) -> Trouble {
        Trouble::unreachable(format!("--state: {}: {error}", self.folder.display()))
    }
}

impl Record {
    /// Nothing of the run is left.
    pub(in crate::cli) fn remove(self) {
        if let Err(error) = fs::remove_file(&self.path) {
            output::warn(&format!("cannot remove {}: {error}", self.path.display()));
        }
    }
}
