//! Reading a data file, as a copy in memory: a file that is refused stays as it is.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs::{File, Metadata, TryLockError};
use std::io::{ErrorKind, Read as _};
use std::path::Path;

use redb::backends::InMemoryBackend;
use redb::{
    Builder, DatabaseError, ReadTransaction, ReadableDatabase as _, ReadableTable as _,
    StorageBackend as _, StorageError, TableError,
};
use serde::de::DeserializeOwned;

use super::error::DataError;
use super::tables::{FORMAT, META, ORGANIZATIONS, ORIGINS, PROJECTS, VERSIONS};
use crate::mock::draw::Seed;
use crate::mock::keep::restored::{self, CLOCK, FIXTURE, Loaded, SEED};
use crate::mock::keep::saved::{Saved, SavedProject, SavedVersion};
use crate::system;

/// Opens a file, or creates it for its owner alone: it holds keys and tokens.
pub(super) fn open(path: &Path, name: &str) -> Result<File, DataError> {
    let unusable = |error| DataError::System(name.to_owned(), error);
    // Opening a pipe or a device can wait, or do something.
    if let Ok(there) = std::fs::metadata(path) {
        is_file(&there, name)?;
    }
    let file = system::file::open_private(path).map_err(unusable)?;
    let there = file.metadata().map_err(unusable)?;
    is_file(&there, name)?;
    if there.len() == 0 {
        // Somebody else's file stays as open to others as it is; the command line warns of that.
        let _ = system::file::make_private(&file);
    }
    Ok(file)
}

fn is_file(there: &Metadata, name: &str) -> Result<(), DataError> {
    let other = system::file::other_kind(there.file_type());
    other.map_or(Ok(()), |kind| Err(DataError::NoFile(name.to_owned(), kind)))
}

/// Reads the whole file. None if nothing was written into it yet.
pub(super) fn examine(mut file: &File, name: &str) -> Result<Option<Loaded>, DataError> {
    let unusable = |error| DataError::System(name.to_owned(), error);
    // Nobody else may write while it is read.
    file.try_lock().map_err(|error| match error {
        TryLockError::WouldBlock => DataError::InUse(name.to_owned()),
        TryLockError::Error(error) => unusable(error),
    })?;
    let mut bytes = Vec::new();
    let filled = file.read_to_end(&mut bytes);
    // The database takes a lock of its own.
    let unlocked = file.unlock();
    filled.map_err(unusable)?;
    unlocked.map_err(unusable)?;
    // An empty file, as `mktemp` creates it.
    if bytes.is_empty() {
        return Ok(None);
    }
    let copy = InMemoryBackend::new();
    let copied = copy.set_len(bytes.len() as u64).and_then(|()| copy.write(0, &bytes));
    drop(bytes);
    copied.map_err(|error| damaged(name, format!("{error:?}")))?;
    let database = Builder::new().set_check_integrity_on_open(true).create_with_backend(copy);
    let database = database.map_err(|error| refused(name, error))?;
    let transaction = database.begin_read();
    let transaction = transaction.map_err(|error| damaged(name, error))?;
    // A mock that was killed before it had written anything.
    if is_bare(&transaction).map_err(|error| damaged(name, error))? {
        return Ok(None);
    }
    read(&transaction, name).map(Some)
}

fn is_bare(transaction: &ReadTransaction) -> Result<bool, StorageError> {
    let tables = transaction.list_tables()?.count();
    Ok(tables + transaction.list_multimap_tables()?.count() == 0)
}

pub(super) fn refused(name: &str, error: DatabaseError) -> DataError {
    match error {
        DatabaseError::DatabaseAlreadyOpen => DataError::InUse(name.to_owned()),
        DatabaseError::UpgradeRequired(version) => {
            DataError::Newer(name.to_owned(), format!("its database has version {version}"))
        }
        DatabaseError::Storage(StorageError::Io(error))
            if error.kind() != ErrorKind::InvalidData
                && error.kind() != ErrorKind::UnexpectedEof =>
        {
            DataError::System(name.to_owned(), error)
        }
        error => damaged(name, error),
    }
}

fn damaged(name: &str, error: impl std::fmt::Display) -> DataError {
    DataError::Damaged(name.to_owned(), error.to_string())
}

fn read(transaction: &ReadTransaction, name: &str) -> Result<Loaded, DataError> {
    let meta = meta(transaction).map_err(|error| damaged(name, error))?;
    let format = meta.get("format").and_then(|text| text.parse::<u64>().ok());
    match format {
        Some(FORMAT) => {}
        Some(other) if other > FORMAT => {
            let by = meta.get("written_by").map_or("", String::as_str);
            let what = format!("version {by}, format {other}; this one reads {FORMAT}");
            return Err(DataError::Newer(name.to_owned(), what));
        }
        _ => return Err(damaged(name, "it has no format")),
    }
    load(transaction, meta).map_err(|error| damaged(name, error))
}

fn meta(transaction: &ReadTransaction) -> Result<BTreeMap<String, String>, redb::Error> {
    let mut meta = BTreeMap::new();
    for row in transaction.open_table(META)?.iter()? {
        let (name, text) = row?;
        meta.insert(name.value().to_owned(), text.value().to_owned());
    }
    Ok(meta)
}

/// Reads the rows of all tables. An error is one of the database or of a row.
fn load(
    transaction: &ReadTransaction,
    mut meta: BTreeMap<String, String>,
) -> Result<Loaded, Box<dyn Error>> {
    let mut versions: BTreeMap<(u64, u64), Vec<SavedVersion>> = BTreeMap::new();
    for row in transaction.open_table(VERSIONS)?.iter()? {
        let (place, version) = row?;
        let (organization, project, _) = place.value();
        versions.entry((organization, project)).or_default().push(parsed(version.value())?);
    }
    let mut projects: BTreeMap<u64, Vec<SavedProject>> = BTreeMap::new();
    for row in transaction.open_table(PROJECTS)?.iter()? {
        let (place, project) = row?;
        let versions = versions.remove(&place.value()).unwrap_or_default();
        let project = SavedProject { versions, ..parsed(project.value())? };
        projects.entry(place.value().0).or_default().push(project);
    }
    let mut organizations = Vec::new();
    for row in transaction.open_table(ORGANIZATIONS)?.iter()? {
        let head: Saved = parsed(row?.1.value())?;
        let projects = projects.remove(&head.number).unwrap_or_default();
        organizations.push(restored::organization(Saved { projects, ..head })?);
    }
    if organizations.is_empty() {
        return Err("it has no organization".into());
    }
    let mut origins = BTreeMap::new();
    match transaction.open_table(ORIGINS) {
        Ok(table) => {
            for row in table.iter()? {
                let (number, origin) = row?;
                origins.insert(number.value(), restored::organization(parsed(origin.value())?)?);
            }
        }
        Err(TableError::TableDoesNotExist(_)) => {}
        Err(error) => return Err(error.into()),
    }
    let seed = meta.get(SEED).and_then(|text| Seed::read(text));
    Ok(Loaded {
        seed: seed.ok_or("it has no seed")?,
        clock: meta.remove(CLOCK),
        fixture: meta.remove(FIXTURE),
        organizations,
        origins,
    })
}

/// Parses a row. The error does not quote the row: it can hold a key.
fn parsed<T: DeserializeOwned>(row: &[u8]) -> Result<T, &'static str> {
    serde_json::from_slice(row).map_err(|_| "it has a row that cannot be read")
}
