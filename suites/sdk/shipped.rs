//! The adapters of `suites/adapters/` are conformant. A runtime that is not on this machine makes its
//! trial an ignored one, which says so; `.ci/run` installs them all.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, OnceLock};

use keyproof::harness::{Exit, Verdict};
use libtest_mimic::Failed;

use super::bench::run;
use crate::support::{Trial, succeeds};

/// An adapter that ships.
struct Shipped {
    language: &'static str,
    /// What tells that its runtime is there.
    probe: &'static [&'static str],
    /// What `--init` writes. The first file is the adapter.
    files: &'static [&'static str],
    start: Start,
    /// Whether it has the operations of a client.
    client: bool,
}

/// How it is started.
#[derive(Clone, Copy)]
enum Start {
    /// By a program that reads the file.
    Program(&'static str),
    /// As a binary, of which the folder in which it is made and the adapter's file come to the command that builds it.
    Binary(&'static str, fn(&Path, &Path) -> Command),
}

static SHIPPED: [Shipped; 9] = [
    Shipped {
        language: "php",
        probe: &["php", "-r", "exit(extension_loaded('openssl') ? 0 : 1);"],
        files: &["adapter.php"],
        start: Start::Program("php"),
        client: true,
    },
    Shipped {
        language: "go",
        probe: &["go", "version"],
        files: &["adapter.go"],
        start: Start::Binary("adapter", |folder, file| {
            let mut go = Command::new("go");
            go.args(["build", "-o"]).arg(folder.join("adapter")).arg(file);
            go
        }),
        client: true,
    },
    Shipped {
        language: "js",
        probe: &["node", "--version"],
        files: &["adapter.mjs"],
        start: Start::Program("node"),
        client: true,
    },
    Shipped {
        language: "ts",
        probe: &["node", "-e", "process.exit(process.features.typescript ? 0 : 1)"],
        files: &["adapter.mts"],
        start: Start::Program("node"),
        client: false,
    },
    Shipped {
        language: "python",
        probe: &["python3", "-c", "import cryptography"],
        files: &["adapter.py"],
        start: Start::Program("python3"),
        client: true,
    },
    Shipped {
        language: "rust",
        probe: &["cargo", "--version"],
        files: &["adapter.rs", "Cargo.toml"],
        start: Start::Binary("release/adapter", |folder, file| {
            let mut cargo = Command::new("cargo");
            cargo.args(["build", "--quiet", "--locked", "--release", "--target-dir"]).arg(folder);
            cargo.arg("--manifest-path").arg(file.with_file_name("Cargo.toml"));
            cargo
        }),
        client: false,
    },
    Shipped {
        language: "java",
        probe: &["javac", "--version"],
        files: &["Adapter.java"],
        start: Start::Program("java"),
        client: false,
    },
    Shipped {
        language: "ruby",
        probe: &["ruby", "-e", "require 'openssl'; require 'json'"],
        files: &["adapter.rb"],
        start: Start::Program("ruby"),
        client: false,
    },
    Shipped {
        language: "c",
        probe: &["sh", "-c", "echo '#include <openssl/evp.h>' | cc -fsyntax-only -x c -"],
        files: &["adapter.c"],
        start: Start::Binary("adapter", |folder, file| {
            let mut cc = Command::new("cc");
            cc.args(["-std=c11", "-Wall", "-Wextra", "-Wconversion", "-Werror", "-O2", "-o"]);
            cc.arg(folder.join("adapter")).arg(file).arg("-lcrypto");
            cc
        }),
        client: false,
    },
];

pub(crate) fn trials() -> Vec<Trial> {
    SHIPPED.iter().map(|shipped| shipped.trial("shipped", conformant)).collect()
}

/// A trial for each that is a client too.
pub(crate) fn clients(judge: fn(&[String]) -> Result<(), Failed>) -> Vec<Trial> {
    let clients = SHIPPED.iter().filter(|shipped| shipped.client);
    clients.map(|shipped| shipped.trial("client", judge)).collect()
}

/// The runtimes that are not on this machine.
pub(crate) fn missing() -> Vec<&'static str> {
    let missing = SHIPPED.iter().filter(|shipped| !succeeds(shipped.probe));
    missing.map(|shipped| shipped.language).collect()
}

/// Each language, with its adapter's command.
pub(crate) fn commands() -> Result<Vec<(&'static str, Vec<String>)>, Failed> {
    let commands = SHIPPED.iter().map(|shipped| Ok((shipped.language, shipped.command()?)));
    commands.collect()
}

/// Each language, with the files that `--init` writes. The page is judged where there is a browser.
pub(crate) fn files() -> impl Iterator<Item = (&'static str, &'static [&'static str])> {
    let languages = SHIPPED.iter().map(|shipped| (shipped.language, shipped.files));
    languages.chain([("browser", &["page.html"][..])])
}

impl Shipped {
    /// A trial that is ignored if the runtime is not there.
    fn trial(&'static self, topic: &str, judge: fn(&[String]) -> Result<(), Failed>) -> Trial {
        let title = format!("{topic}/{}", self.language);
        if succeeds(self.probe) {
            return Trial::test(title, move || judge(&self.command()?));
        }
        let title = format!("{title}, ignored: `{}` fails", self.probe.join(" "));
        Trial::test(title, || Ok(())).with_ignored_flag(true)
    }

    fn command(&self) -> Result<Vec<String>, Failed> {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("suites/adapters");
        let file = folder.join(self.language).join(self.files[0]);
        match self.start {
            Start::Program(program) => {
                Ok(vec![program.to_owned(), file.to_str().unwrap().to_owned()])
            }
            Start::Binary(binary, build) => Ok(vec![self.built(&file, binary, build)?]),
        }
    }

    /// Built once for all tests of this process: two that write one file would be in each other's way.
    fn built(
        &self,
        file: &Path,
        binary: &str,
        build: fn(&Path, &Path) -> Command,
    ) -> Result<String, Failed> {
        static BUILT: OnceLock<Mutex<HashMap<&str, Result<String, String>>>> = OnceLock::new();
        let mut built = BUILT.get_or_init(Mutex::default).lock().unwrap();
        let built = built.entry(self.language).or_insert_with(|| {
            let folder =
                Path::new(env!("CARGO_TARGET_TMPDIR")).join("adapters").join(self.language);
            let made =
                std::fs::create_dir_all(&folder).and_then(|()| build(&folder, file).output());
            let made = made.map_err(|error| format!("{}: {error}", self.language))?;
            if made.status.success() {
                Ok(folder.join(binary).to_str().unwrap().to_owned())
            } else {
                Err(String::from_utf8_lossy(&made.stderr).into_owned())
            }
        });
        built.clone().map_err(Into::into)
    }
}

fn conformant(command: &[String]) -> Result<(), Failed> {
    let ran = run(command.to_vec(), &[]);
    let mut outcomes = ran.conclusion.outcomes.iter();
    if let Some(other) = outcomes.find(|outcome| outcome.verdict != Verdict::Pass) {
        return Err(ran.explain(other).into());
    }
    assert_eq!(ran.conclusion.exit(), Exit::Held);
    Ok(())
}
