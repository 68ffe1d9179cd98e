//! Files: which one a path leads to, who can read it, and what it is.

use std::fs::{self, File, FileType, Metadata, OpenOptions, Permissions};
use std::io;
use std::os::fd::AsFd as _;
use std::os::unix::fs::{
    FileTypeExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _,
};
use std::path::Path;
use std::process;
use std::sync::atomic::{AtomicUsize, Ordering};

use rustix::fs::OFlags;

/// Reading and writing for the owner, nothing for anybody else.
const PRIVATE: u32 = 0o600;
/// Everything for everybody but the owner.
const OTHERS: u32 = 0o077;
/// How many files without a name this process has made.
static COUNT: AtomicUsize = AtomicUsize::new(0);
/// Folders in which there are names for what a process has open.
const OPEN: [&str; 2] = ["/dev", "/proc"];

/// Whether a path leads to an open file: it may have been moved, removed or replaced since.
///
/// On Windows the path is opened too, and volume and index of both are compared.
///
/// # Errors
/// Nothing can be learned about the open file.
pub fn leads_to(path: &Path, file: &File) -> io::Result<bool> {
    let file = identity(&file.metadata()?);
    Ok(fs::metadata(path).is_ok_and(|found| identity(&found) == file))
}

/// Whether a path leads to where standard output of this process does. On Windows: whether it is `CON` or
/// `CONOUT$`.
pub fn is_stdout(path: &Path) -> bool {
    let stdout = io::stdout().as_fd().try_clone_to_owned().map(File::from);
    stdout.is_ok_and(|stdout| leads_to(path, &stdout).unwrap_or_default())
}

/// Whether a path is a name for something that a process has open, and which can't be replaced by a file. On
/// Windows those names begin with `\\.\`.
pub fn names_what_is_open(path: &Path) -> bool {
    OPEN.iter().any(|folder| path.starts_with(folder))
}

/// Opens a file for reading and writing without waiting for anybody, or makes one that only its owner can read.
///
/// On Windows a new file has the access list of its folder, which for a folder of the user's is the same.
///
/// # Errors
/// It can be neither opened nor made.
pub fn open_private(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(PRIVATE)
        // To open a pipe waits for its other end.
        .custom_flags(OFlags::NONBLOCK.bits().cast_signed())
        .open(path)
}

/// A new file for reading and writing that has no name any more: nobody else finds it, and it goes with its last handle.
///
/// On Windows FILE_FLAG_DELETE_ON_CLOSE does that.
///
/// # Errors
/// It cannot be made in that folder.
pub fn nameless(folder: &Path) -> io::Result<File> {
    let name = format!("keyproof-{}-{}", process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    let path = folder.join(name);
    let mut options = OpenOptions::new();
    let file = options.read(true).append(true).create_new(true).mode(PRIVATE).open(&path)?;
    fs::remove_file(&path)?;
    Ok(file)
}

/// Lets only its owner read a file. Nothing is to be done on Windows.
///
/// # Errors
/// It is somebody else's.
pub fn make_private(file: &File) -> io::Result<()> {
    file.set_permissions(Permissions::from_mode(PRIVATE))
}

/// Whether others than its owner can do anything with a file. On Windows: no.
pub fn is_open_to_others(file: &Metadata) -> bool {
    file.permissions().mode() & OTHERS != 0
}

/// What a path leads to that is not a file. None if it is one. Windows has directories and devices.
pub fn other_kind(kind: FileType) -> Option<&'static str> {
    if kind.is_file() {
        None
    } else if kind.is_dir() {
        Some("a directory")
    } else if kind.is_fifo() {
        Some("a pipe")
    } else if kind.is_socket() {
        Some("a socket")
    } else {
        Some("a device")
    }
}

/// The same for two files only if they are one.
fn identity(file: &Metadata) -> (u64, u64) {
    (file.dev(), file.ino())
}
