//! Why a mock did not do what it was asked for.

use std::io;

#[cfg(feature = "data")]
use crate::mock::keep::data::DataError;
use crate::mock::listen::NotBound;

/// Why a mock did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// An address cannot be bound.
    #[error(transparent)]
    NotBound(#[from] NotBound),
    /// The listener that it was given cannot be used.
    #[error("the listener cannot be used: {0}")]
    Listener(io::Error),
    /// The operating system gives no random bytes.
    #[error("the operating system gives no random bytes: {0}")]
    Random(io::Error),
    /// The data file cannot be used.
    #[cfg(feature = "data")]
    #[error(transparent)]
    Data(#[from] DataError),
}

/// Why there is no new organization.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IsolateError {
    /// There are as many as there may be.
    #[error("there are {0} organizations already: remove some")]
    TooMany(usize),
    /// One of that name is there already.
    #[error("there is an organization of that name")]
    Taken,
    /// The operating system gives no random bytes.
    #[error("the operating system gives no random bytes: {0}")]
    Random(io::Error),
}

/// Why no other fixture was taken. Nothing has changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReloadError {
    /// The mock has a data file.
    #[error("what is in a data file is not replaced by a fixture")]
    HasData,
    /// The operating system gives no random bytes.
    #[error("the operating system gives no random bytes: {0}")]
    Random(io::Error),
    /// The runtime was shut down meanwhile.
    #[error("the runtime of the mock was shut down")]
    Stopped,
}

/// No token has that name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no token is named {name:?}: there are {}", known.join(", "))]
pub struct UnknownToken {
    /// What was asked for.
    pub name: String,
    /// The names that there are.
    pub known: Vec<String>,
}

impl UnknownToken {
    /// The bearer of a name among tokens, which are names and bearers.
    pub(in crate::mock) fn look_up(
        name: &str,
        tokens: impl IntoIterator<Item = (String, String)>,
    ) -> Result<String, Self> {
        let mut known = Vec::new();
        for (other, bearer) in tokens {
            if other == name {
                return Ok(bearer);
            }
            known.push(other);
        }
        Err(Self { name: name.to_owned(), known })
    }
}
