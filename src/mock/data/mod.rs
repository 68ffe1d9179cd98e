//! `--data`: what a mock holds, in a file that outlives it.
//!
//! The database is redb: one file without a server, a transaction is there as a whole or not at all
//! after a crash, its pages have checksums, a second process is kept out by a lock of the operating
//! system, and it is Rust, so that the binary stays static. What changed since the last transaction is
//! written row by row: the cost of a write does not grow with what is stored.

mod load;
mod write;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use redb::{Database, TableDefinition};

pub(super) use load::Loaded;
pub(super) use write::{Changes, OfOrganization, OfProject};

/// The version of the rows. A file of a later one is refused.
const FORMAT: u64 = 1;

/// Facts about the file: text by name.
const META: TableDefinition<'_, &str, &str> = TableDefinition::new("meta");
/// Organizations by number, without their projects.
const ORGANIZATIONS: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("organizations");
/// What an organization that was made while the mock ran was made as.
const ORIGINS: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("origins");
/// Projects by organization and number, without their versions.
const PROJECTS: TableDefinition<'_, (u64, u64), &[u8]> = TableDefinition::new("projects");
/// Versions by organization, project and row.
const VERSIONS: TableDefinition<'_, (u64, u64, u64), &[u8]> = TableDefinition::new("versions");

/// Why a data file cannot be used. It was left as it is.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// Another process has it.
    #[error("{0} is in use by another process: stop that mock, or give this one a file of its own")]
    InUse(String),
    /// It was written by a later keyproof.
    #[error("{0} was written by a newer keyproof ({1}): update keyproof, or begin another file")]
    Newer(String, String),
    /// It is no data file, or one that was damaged.
    #[error(
        "{0} is no data file of keyproof, or was damaged ({1}): it was left as it is; put a copy of it \
         back, or begin another file"
    )]
    Damaged(String, String),
    /// It was begun with another seed.
    #[error("{0} was begun with another seed: leave --seed out, or begin another file")]
    OtherSeed(String),
    /// The system says no.
    #[error("{0} cannot be used: {1}")]
    System(String, std::io::Error),
}

/// Bytes of the file in memory. Few: nothing is read of it, once the mock runs.
const CACHE: usize = 8 << 20;

/// An open data file.
pub(super) struct Data {
    database: Arc<Database>,
    /// Held from taking what changed until it is on the disk.
    turn: tokio::sync::Mutex<()>,
    is_writing: AtomicBool,
    /// Whether something changed that no organization knows of, such as the clock.
    is_touched: AtomicBool,
}

impl Data {
    /// Opens a file, or begins it. Gives what it holds, if it was there.
    pub(super) fn open(path: &Path) -> Result<(Self, Option<Loaded>), DataError> {
        let name = path.display().to_string();
        let loaded = load::examine(path, &name)?;
        let mut builder = Database::builder();
        builder.set_cache_size(CACHE);
        let database = match loaded {
            Some(_) => builder.open(path),
            None => {
                load::begin(path, &name)?;
                builder.create(path)
            }
        };
        let data = Self {
            database: Arc::new(database.map_err(|error| load::refused(&name, error))?),
            turn: tokio::sync::Mutex::default(),
            is_writing: AtomicBool::new(false),
            is_touched: AtomicBool::new(true),
        };
        Ok((data, loaded))
    }

    /// Whether something is on its way to the disk.
    pub(super) fn is_writing(&self) -> bool {
        self.is_writing.load(Ordering::Acquire)
    }

    /// Whether something changed that no organization knows of.
    pub(super) fn is_touched(&self) -> bool {
        self.is_touched.load(Ordering::Acquire)
    }

    pub(super) fn touch(&self) {
        self.is_touched.store(true, Ordering::Release);
    }

    /// Writes what `take` finds to have changed, and returns when it is on the disk. What came before
    /// is there by then, too. `take` is told whether something was touched; `None` from it: another call
    /// has written it.
    pub(super) async fn write(
        &self,
        take: impl FnOnce(bool) -> Option<Changes>,
    ) -> Result<(), redb::Error> {
        let _turn = self.turn.lock().await;
        self.is_writing.store(true, Ordering::Release);
        // What is touched from here on is for the next write.
        let was_touched = self.is_touched.swap(false, Ordering::AcqRel);
        let written = match take(was_touched) {
            Some(changes) => {
                let database = Arc::clone(&self.database);
                let write = tokio::task::spawn_blocking(move || changes.write(&database));
                write
                    .await
                    .unwrap_or_else(|error| Err(redb::Error::Io(std::io::Error::other(error))))
            }
            None => Ok(()),
        };
        self.is_writing.store(false, Ordering::Release);
        written
    }
}
