//! Errors of a mock in process.

use std::io;

#[cfg(feature = "data")]
use crate::mock::keep::data::DataError;
use crate::mock::listen::NotBound;
use crate::mock::misbehaviour::user_rows::TooManyRows;

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
    /// The builder, or it and an organization of the fixture together, have too many rows of misbehaviour.
    #[error(transparent)]
    TooManyRows(#[from] TooManyRows),
    /// The data file cannot be used.
    #[cfg(feature = "data")]
    #[error(transparent)]
    Data(#[from] DataError),
}

/// Why no organization was made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IsolateError {
    /// There are as many as there may be: a thousand beside those of the fixture.
    #[error("there are {0} organizations already: remove some")]
    TooMany(usize),
    /// There is an organization of that name already.
    #[error("there is an organization of that name")]
    Taken,
    /// The operating system gives no random bytes.
    #[error("the operating system gives no random bytes: {0}")]
    Random(io::Error),
}

/// Why the fixture was not replaced. Nothing has changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReloadError {
    /// The mock has a data file, of which nothing is replaced.
    #[error("what is in a data file is not replaced by a fixture")]
    HasData,
    /// The operating system gives no random bytes.
    #[error("the operating system gives no random bytes: {0}")]
    Random(io::Error),
    /// An organization of the fixture has, with the rows of the builder, too many rows of misbehaviour.
    #[error(transparent)]
    TooManyRows(#[from] TooManyRows),
    /// The runtime was shut down meanwhile.
    #[error("the runtime of the mock was shut down")]
    Stopped,
}

/// No token has the name that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no token is named {name:?}: there are {}", known.join(", "))]
pub struct UnknownToken {
    /// The name that was asked for.
    pub name: String,
    /// The names that tokens have.
    pub known: Vec<String>,
}

impl UnknownToken {
    /// Looks a name up among tokens, which are pairs of a name and a bearer.
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
