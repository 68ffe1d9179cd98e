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
    /// TypeScript, for Node.js 22.18 or newer
    Ts,
    /// Python
    Python,
    /// Rust
    Rust,
    /// Java 17 or newer
    Java,
    /// Ruby
    Ruby,
    /// C, with OpenSSL
    C,
    /// A page, for any browser
    Browser,
}

/// What is written, and how it is used.
struct Starter {
    /// The files' names and texts. The first one is the adapter.
    files: &'static [(&'static str, &'static str)],
    /// The command that holds it to the contract.
    command: &'static str,
}

/// The files of a language that are compiled in.
macro_rules! starter {
    ($folder:literal / $($file:literal),+; $command:literal) => {
        Starter {
            files: &[$(($file, include_str!(concat!(
                env!("CARGO_MANIFEST_DIR"), "/suites/adapters/", $folder, "/", $file
            )))),+],
            command: $command,
        }
    };
}

impl Language {
    const fn starter(self) -> Starter {
        match self {
            Self::Php => starter!("php" / "adapter.php"; "keyproof sdk -- php adapter.php"),
            Self::Go => starter!(
                "go" / "adapter.go"; "go build -o adapter adapter.go && keyproof sdk -- ./adapter"
            ),
            Self::Js => starter!("js" / "adapter.mjs"; "keyproof sdk -- node adapter.mjs"),
            Self::Ts => starter!("ts" / "adapter.mts"; "keyproof sdk -- node adapter.mts"),
            Self::Python => starter!("python" / "adapter.py"; "keyproof sdk -- python3 adapter.py"),
            Self::Rust => starter!(
                "rust" / "adapter.rs", "Cargo.toml";
                "cargo build --release && keyproof sdk -- target/release/adapter"
            ),
            Self::Java => starter!("java" / "Adapter.java"; "keyproof sdk -- java Adapter.java"),
            Self::Ruby => starter!("ruby" / "adapter.rb"; "keyproof sdk -- ruby adapter.rb"),
            Self::C => starter!(
                "c" / "adapter.c"; "cc -O2 -o adapter adapter.c -lcrypto && keyproof sdk -- ./adapter"
            ),
            Self::Browser => {
                starter!("browser" / "page.html"; "keyproof sdk --browser -- page.html")
            }
        }
    }
}

/// Writes the adapter into the working directory. A file that is there is never replaced.
pub(in crate::cli) fn run(language: Language) -> Result<Exit, Trouble> {
    let Starter { files, command } = language.starter();
    for (name, text) in files {
        let written = create(name.as_ref(), text.as_bytes());
        written.map_err(|error| match error.kind() {
            ErrorKind::AlreadyExists => Trouble::unreachable(format!(
                "{name} is there already: move it away, or work in another directory"
            )),
            _ => Trouble::unreachable(format!("{name} cannot be written: {error}")),
        })?;
    }
    let names: Vec<&str> = files.iter().map(|(name, _)| *name).collect();
    output::answer(
        format!(
            "wrote {}, which passes as it is: {command}\nits first part is the crypto: call your SDK in \
             the bodies of those functions\n",
            names.join(" and ")
        )
        .as_bytes(),
    )?;
    Ok(Exit::Held)
}
