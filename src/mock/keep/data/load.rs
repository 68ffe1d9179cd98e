//! Reading a data file, as a copy in memory: a file that is refused stays as it is.

use std::collections::BTreeMap;
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
use crate::mock::keep::loaded::{CLOCK, FIXTURE, Loaded, SEED};
use crate::mock::keep::restored;
use crate::mock::keep::saved::{Saved, SavedProject};
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
    match system::file::other_kind(there.file_type()) {
        Some(kind) => Err(DataError::NoFile(name.to_owned(), kind)),
        None => Ok(()),
    }
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
    let rows = rows(transaction).map_err(|error| damaged(name, error))?;
    rows.into_loaded(meta).map_err(|wrong| damaged(name, wrong))
}

fn meta(transaction: &ReadTransaction) -> Result<BTreeMap<String, String>, redb::Error> {
    let mut meta = BTreeMap::new();
    for row in transaction.open_table(META)?.iter()? {
        let (name, text) = row?;
        meta.insert(name.value().to_owned(), text.value().to_owned());
    }
    Ok(meta)
}

/// The rows of the tables, not parsed yet.
#[derive(Default)]
struct Rows {
    organizations: Vec<Vec<u8>>,
    origins: Vec<(u64, Vec<u8>)>,
    projects: Vec<(u64, u64, Vec<u8>)>,
    versions: BTreeMap<(u64, u64), Vec<Vec<u8>>>,
}

fn rows(transaction: &ReadTransaction) -> Result<Rows, redb::Error> {
    let mut rows = Rows::default();
    for row in transaction.open_table(ORGANIZATIONS)?.iter()? {
        rows.organizations.push(row?.1.value().to_vec());
    }
    match transaction.open_table(ORIGINS) {
        Ok(table) => {
            for row in table.iter()? {
                let (number, bytes) = row?;
                rows.origins.push((number.value(), bytes.value().to_vec()));
            }
        }
        Err(TableError::TableDoesNotExist(_)) => {}
        Err(error) => return Err(error.into()),
    }
    for row in transaction.open_table(PROJECTS)?.iter()? {
        let (place, bytes) = row?;
        let (organization, project) = place.value();
        let bytes = bytes.value().to_vec();
        rows.projects.push((organization, project, bytes));
    }
    for row in transaction.open_table(VERSIONS)?.iter()? {
        let (place, bytes) = row?;
        let (organization, project, _) = place.value();
        let of_project = rows.versions.entry((organization, project)).or_default();
        of_project.push(bytes.value().to_vec());
    }
    Ok(rows)
}

/// Parses a row. The error does not quote the row: it can hold a key.
fn parsed<T: DeserializeOwned>(row: &[u8]) -> Result<T, String> {
    serde_json::from_slice(row).map_err(|_| "it has a row that cannot be read".to_owned())
}

impl Rows {
    fn into_loaded(mut self, mut meta: BTreeMap<String, String>) -> Result<Loaded, String> {
        let mut projects: BTreeMap<u64, Vec<SavedProject>> = BTreeMap::new();
        for (organization, number, row) in &self.projects {
            let versions = self.versions.remove(&(*organization, *number)).unwrap_or_default();
            let versions = versions.iter().map(|row| parsed(row)).collect::<Result<_, _>>()?;
            let project = SavedProject { versions, ..parsed(row)? };
            projects.entry(*organization).or_default().push(project);
        }
        let organizations = self.organizations.iter().map(|row| {
            let head: Saved = parsed(row)?;
            let projects = projects.remove(&head.number).unwrap_or_default();
            restored::organization(Saved { projects, ..head })
        });
        let organizations = organizations.collect::<Result<Vec<_>, _>>()?;
        if organizations.is_empty() {
            return Err("it has no organization".to_owned());
        }
        let origins = self.origins.iter();
        let origins =
            origins.map(|(number, row)| Ok((*number, restored::organization(parsed(row)?)?)));
        let seed = meta.get(SEED).and_then(|text| Seed::read(text));
        Ok(Loaded {
            seed: seed.ok_or("it has no seed")?,
            clock: meta.remove(CLOCK),
            fixture: meta.remove(FIXTURE),
            organizations,
            origins: origins.collect::<Result<_, String>>()?,
        })
    }
}
