//! Errors of a data file.

/// Why a data file cannot be used. The file was left as it is.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// Another process has opened it.
    #[error("{0} is in use by another process: stop that mock, or give this one a file of its own")]
    InUse(String),
    /// It was written by a later keyproof.
    #[error("{0} was written by a newer keyproof ({1}): update keyproof, or begin another file")]
    Newer(String, String),
    /// It is not a data file, or it was damaged.
    #[error(
        "{0} is no data file of keyproof, or was damaged ({1}): it was left as it is; put a copy of it \
         back, or begin another file"
    )]
    Damaged(String, String),
    /// It was begun with another seed.
    #[error("{0} was begun with another seed: leave --seed out, or begin another file")]
    OtherSeed(String),
    /// The path leads to something else than a file.
    #[error("{0} is {1}: name a file, which is begun if there is none")]
    NoFile(String, &'static str),
    /// The state that the mock starts with cannot be written into it.
    #[error("{0} cannot be written: {1}")]
    NotWritten(String, String),
    /// The operating system refuses it.
    #[error("{0} cannot be used: {1}")]
    System(String, std::io::Error),
}
