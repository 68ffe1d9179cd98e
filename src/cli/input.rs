//! A named file or standard input, read whole.

use std::fmt;
use std::fs::File;
use std::io::{self, IsTerminal as _, Read};
use std::path::PathBuf;

use zeroize::Zeroizing;

use super::{Trouble, output};

/// Where to read from: `-` is standard input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Source {
    Stdin,
    File(PathBuf),
}

impl From<std::ffi::OsString> for Source {
    fn from(name: std::ffi::OsString) -> Self {
        if name == "-" { Self::Stdin } else { Self::File(name.into()) }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stdin => f.write_str("standard input"),
            Self::File(path) => path.display().fmt(f),
        }
    }
}

impl Source {
    /// All bytes of the source, wiped when dropped. `what` is named in messages; more than `limit`
    /// bytes are refused, so that an endless source ends.
    pub(super) fn read(&self, what: &str, limit: usize) -> Result<Zeroizing<Vec<u8>>, Trouble> {
        self.read_named(what, &self.to_string(), limit)
    }

    /// The same of what is secret. The file is not named: who takes its option for that of the secret
    /// itself has put the secret there.
    pub(super) fn read_secret(
        &self,
        what: &str,
        limit: usize,
    ) -> Result<Zeroizing<Vec<u8>>, Trouble> {
        let name = match self {
            Self::Stdin => self.to_string(),
            Self::File(_) => "the file that is named".to_owned(),
        };
        self.read_named(what, &name, limit)
    }

    fn read_named(
        &self,
        what: &str,
        name: &str,
        limit: usize,
    ) -> Result<Zeroizing<Vec<u8>>, Trouble> {
        let bytes = match self {
            Self::Stdin => {
                if io::stdin().is_terminal() {
                    output::note(&format!("reading {what} from standard input"));
                }
                read_all(io::stdin().lock(), limit)
            }
            Self::File(path) => File::open(path).and_then(|file| read_all(file, limit)),
        }
        .map_err(|error| Trouble::usage(format!("{what} cannot be read from {name}: {error}")))?;
        if bytes.len() > limit {
            return Err(Trouble::usage(format!("{what} in {name} is longer than {limit} bytes")));
        }
        Ok(bytes)
    }
}

fn read_all(reader: impl Read, limit: usize) -> io::Result<Zeroizing<Vec<u8>>> {
    // Room for a key of the usual size at once: a vector that grows leaves copies behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(64 * 1024));
    reader.take(limit as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}
