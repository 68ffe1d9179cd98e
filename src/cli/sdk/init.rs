//! `keyproof sdk --init LANG`: a working adapter to start from.

use std::io::ErrorKind;

use crate::cli::file::create;
use crate::cli::{Trouble, output};
use crate::harness::Exit;

/// A language that an adapter ships in.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub(in crate::cli) enum Language {
    /// PHP
    Php,
    /// Go
    Go,
    /// JavaScript, for Node.js
    Js,
    /// Python
    Python,
}

macro_rules! shipped {
    ($file:literal) => {
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/suites/adapters/", $file))
    };
}

impl Language {
    /// The file's name, its text, and the command that holds it to the contract.
    const fn adapter(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Php => {
                ("adapter.php", shipped!("php/adapter.php"), "keyproof sdk -- php adapter.php")
            }
            Self::Go => (
                "adapter.go",
                shipped!("go/adapter.go"),
                "go build -o adapter adapter.go && keyproof sdk -- ./adapter",
            ),
            Self::Js => {
                ("adapter.mjs", shipped!("js/adapter.mjs"), "keyproof sdk -- node adapter.mjs")
            }
            Self::Python => {
                ("adapter.py", shipped!("python/adapter.py"), "keyproof sdk -- python3 adapter.py")
            }
        }
    }
}

/// Writes the adapter into the working directory. A file that is there is never replaced.
pub(in crate::cli) fn run(language: Language) -> Result<Exit, Trouble> {
    let (name, text, command) = language.adapter();
    let written = create(name.as_ref(), text.as_bytes());
    written.map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => Trouble::unreachable(format!(
            "{name} is there already: move it away, or work in another directory"
        )),
        _ => Trouble::unreachable(format!("{name} cannot be written: {error}")),
    })?;
    output::answer(
        format!(
            "wrote {name}, which passes as it is: {command}\nreplace its first part, the crypto, \
             by calls of your SDK\n"
        )
        .as_bytes(),
    )?;
    Ok(Exit::Held)
}
