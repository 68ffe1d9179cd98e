//! `--data`: the state of a mock in a file.
//!
//! The database is redb: one file without a server, a transaction is there as a whole or not at all
//! after a crash, its pages have checksums, a second process is kept out by a lock of the operating
//! system, and it is Rust, so that the binary stays static. What changed since the last transaction is
//! written row by row: the cost of a write does not grow with what is stored.

mod error;
mod load;
mod tables;
mod write;

use std::fs::{File, Metadata};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use redb::backends::FileBackend;
use redb::{Database, DatabaseError, StorageError};

use super::restored::Loaded;
use super::{Changes, Store};
use crate::mock::draw::Seed;
use crate::system;

pub use error::DataError;

/// Bytes of the file that are cached. Few: while the mock runs, nothing is read from it.
const CACHE: usize = 8 << 20;

/// An open data file.
pub(in crate::mock) struct Data {
    path: PathBuf,
    /// The file that was opened, wherever the path leads by now.
    file: File,
    /// None after a failure: it is opened again for the next write.
    database: Option<Database>,
    is_closed: bool,
    /// The state of the file after the last transaction, if it is known.
    left: Option<Left>,
}

impl Data {
    /// Opens a file, or begins it. Gives what is in it, unless it is new. A seed that is given has to be that of the file.
    pub(in crate::mock) fn open(
        path: &Path,
        seed: Option<u64>,
    ) -> Result<(Self, Option<Loaded>), DataError> {
        let name = path.display().to_string();
        let file = load::open(path, &name)?;
        let loaded = load::examine(&file, &name)?;
        if let (Some(loaded), Some(seed)) = (&loaded, seed.map(Seed::of))
            && loaded.seed != seed
        {
            return Err(DataError::OtherSeed(name));
        }
        let database = connect(&file).map_err(|error| load::refused(&name, error))?;
        let (path, database) = (path.to_owned(), Some(database));
        Ok((Self { path, file, database, is_closed: false, left: None }, loaded))
    }

    /// Opens the same file again, after a failure.
    fn reopened(&self) -> Result<Database, String> {
        let length = self.file.metadata().map(|file| file.len());
        if length.is_ok_and(|length| length == 0) {
            return Err("it was emptied while the mock ran: stop the mock".to_owned());
        }
        connect(&self.file).map_err(|error| error.to_string())
    }
}

impl Store for Data {
    fn close(&mut self) {
        self.is_closed = true;
        self.database = None;
    }

    fn write(&mut self, changes: &Changes) -> Result<(), String> {
        if self.is_closed {
            return Err("the mock was stopped".to_owned());
        }
        self.is_in_place()?;
        self.left = None;
        let database = match self.database.take() {
            Some(database) => database,
            None => self.reopened()?,
        };
        changes.write(&database).map_err(|error| error.to_string())?;
        self.database = Some(database);
        self.left = self.file.metadata().map(|file| left(&file)).ok();
        // It may have gone while it was written.
        self.is_in_place()
    }

    fn is_in_place(&mut self) -> Result<(), String> {
        let unknown = |error: std::io::Error| error.to_string();
        let is_found = system::file::leads_to(&self.path, &self.file).map_err(unknown)?;
        let now = left(&self.file.metadata().map_err(unknown)?);
        if self.left.is_some_and(|known| known != now) {
            // Closing it would write into what is there now.
            std::mem::forget(self.database.take());
            return Err(
                "something else wrote into it while the mock ran: stop the mock, and put a copy of it back"
                    .to_owned(),
            );
        }
        if !is_found {
            return Err(
                "it was moved, removed or replaced while the mock ran: put it back, or stop the mock"
                    .to_owned(),
            );
        }
        Ok(())
    }
}

/// Length, and when the file was last written: a copy that is put back in place can have the same length.
type Left = (u64, Option<SystemTime>);

fn left(file: &Metadata) -> Left {
    (file.len(), file.modified().ok())
}

/// Opens the database in a file. In an empty file it begins one.
fn connect(file: &File) -> Result<Database, DatabaseError> {
    let file = file.try_clone().map_err(StorageError::Io)?;
    let mut builder = Database::builder();
    builder.set_cache_size(CACHE);
    builder.create_with_backend(FileBackend::new(file)?)
}
