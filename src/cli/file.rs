//! Files that are replaced whole.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf, is_separator};

use super::output;
use crate::system;

/// What a path leads to, for a writer.
enum Place {
    /// A file or nothing, where links end: replaced, so that a full disk leaves the old one whole.
    File(PathBuf),
    /// This process's own standard output, however it is spelt.
    Stdout,
    /// What cannot be replaced: a device, a FIFO, whatever else somebody holds open.
    Other,
}

impl Place {
    fn of(path: &Path) -> io::Result<Self> {
        let metadata = match fs::metadata(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Self::of_nothing(path);
            }
            found => found?,
        };
        if metadata.is_dir() {
            return Err(ErrorKind::IsADirectory.into());
        }
        if system::file::is_stdout(path) {
            return Ok(Self::Stdout);
        }
        if !metadata.is_file() || system::file::names_what_is_open(path) {
            return Ok(Self::Other);
        }
        fs::canonicalize(path).map(Self::File)
    }

    fn of_nothing(path: &Path) -> io::Result<Self> {
        let last = path.as_os_str().as_encoded_bytes().last();
        if last.is_some_and(|last| is_separator((*last).into())) {
            return Err(ErrorKind::IsADirectory.into());
        }
        // Behind a link there may be a file to come.
        if path.is_symlink() {
            return Ok(Self::Other);
        }
        Ok(Self::File(path.to_owned()))
    }
}

/// Either the old content or the new one is there, whatever happens in between.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let path = match Place::of(path)? {
        Place::File(path) => path,
        Place::Stdout => return output::write(bytes),
        Place::Other => return fs::write(path, bytes),
    };
    let (draft, file) = match draft(&path) {
        Err(error) if is_fixed(&error) => return fs::write(&path, bytes),
        drafted => drafted?,
    };
    let replaced = fill(file, &path, bytes).and_then(|()| fs::rename(&draft, &path));
    if replaced.is_err() {
        // The error that matters is the first one.
        let _ = fs::remove_file(&draft);
    }
    match replaced {
        Err(error) if is_fixed(&error) => fs::write(&path, bytes),
        replaced => replaced,
    }
}

/// Makes a new file, whole or not at all: half of one would be refused as there already.
pub(super) fn create(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let written = File::create_new(path)?.write_all(bytes);
    // The error that matters is the first one.
    written.inspect_err(|_| drop(fs::remove_file(path)))
}

/// Whether a file could be replaced now. Nothing is left of the attempt.
pub(super) fn probe(path: &Path) -> io::Result<()> {
    let Place::File(path) = Place::of(path)? else {
        return Ok(());
    };
    let is_there = path.exists();
    if is_there {
        OpenOptions::new().write(true).open(&path)?;
    }
    match draft(&path) {
        Ok((draft, _)) => fs::remove_file(draft),
        Err(error) if is_there && is_fixed(&error) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Why a file cannot be written, with what to do about it.
pub(super) fn unwritten(path: &Path, error: &io::Error) -> String {
    let folder = path.parent().unwrap_or(path);
    let path = path.display();
    match error.kind() {
        ErrorKind::NotFound => {
            format!("cannot write {path}: {error}: make the folder {} first", folder.display())
        }
        ErrorKind::IsADirectory => {
            format!("cannot write {path}: it is a folder: name a file in it")
        }
        _ => format!("cannot write {path}: {error}"),
    }
}

/// A new file beside the one that it is to replace, by a name that nobody else draws.
fn draft(path: &Path) -> io::Result<(PathBuf, File)> {
    let mut random = [0; 8];
    getrandom::fill(&mut random)?;
    let draft = format!(".keyproof-{:016x}.tmp", u64::from_be_bytes(random));
    let draft = path.with_file_name(draft);
    let file = File::create_new(&draft)?;
    Ok((draft, file))
}

/// On disk when this returns, and as accessible as the file that it is to replace.
fn fill(mut file: File, path: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Ok(old) = fs::metadata(path) {
        file.set_permissions(old.permissions())?;
    }
    file.write_all(bytes)?;
    file.sync_all()
}

/// Whether nothing can stand beside a file or take its place, as where it alone is mounted: then it can
/// only be overwritten.
fn is_fixed(error: &io::Error) -> bool {
    let kinds =
        [ErrorKind::PermissionDenied, ErrorKind::ReadOnlyFilesystem, ErrorKind::ResourceBusy];
    kinds.contains(&error.kind())
}
