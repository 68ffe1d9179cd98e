//! Runs the binary, and compares what a user sees with a snapshot.

use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

pub(crate) const ZEROS: &str = "--salt=AAAAAAAAAAAAAAAAAAAAAA==";
pub(crate) const COUNTED: &str = "--salt=AAECAwQFBgcICQoLDA0ODw==";
pub(crate) const FEW: &str = "--iterations=1000";
pub(crate) const PROOF: &str = "NmvqZy0aWO8MAZ/l3xHShSRA3IRhdRwM6jCBBHDP+eE=";
pub(crate) const BLOB: &str = "AAECAwQFBgcICQoLGoZMPg1bEXppyGxlIihs+2Dc2Ly9kEgGW5+j/+uzhCPCe6E=";
pub(crate) const PASSPHRASE: &[u8] = b"correct horse battery staple\n";
pub(crate) const OLDER_KEY: &[u8] = b"test-key-123";
pub(crate) const OLDER_BLOB: &str =
    "+zDYe4BoH2laQAU8AUyFVFHiZ8S5pnY6Ysk8EaeU5DvVPFjJ6Sm+CsztAgHin3w=";

/// A directory of its own for a trial, so that file names in messages are always the same.
pub(crate) struct Bench(pub(crate) PathBuf);

impl Bench {
    pub(crate) fn new(name: &str) -> Self {
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("proof_cli").join(name);
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn file(self, name: &str, bytes: impl AsRef<[u8]>) -> Self {
        fs::write(self.0.join(name), bytes).unwrap();
        self
    }

    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_keyproof"));
        command
            .current_dir(&self.0)
            .env("COLUMNS", "100")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    pub(crate) fn run(&self, arguments: &[&str], input: &[u8]) -> Output {
        let mut child = self.command().args(arguments).spawn().unwrap();
        // A process that refuses its arguments does not wait for its input.
        let _ = child.stdin.take().unwrap().write_all(input);
        child.wait_with_output().unwrap()
    }

    /// Runs, and gives what a user sees.
    pub(crate) fn transcript(&self, arguments: &[&str], input: &[u8]) -> String {
        let output = self.run(arguments, input);
        let printed = |name: &str, bytes: &[u8]| match bytes {
            [] => String::new(),
            _ => format!("{name} {:?}\n", String::from_utf8_lossy(bytes)),
        };
        let stderr: String = String::from_utf8_lossy(&output.stderr)
            .lines()
            .map(|line| format!("stderr  {line}\n"))
            .collect();
        format!(
            "keyproof {}\n{}{}{stderr}exit    {}\n\n",
            arguments.join(" "),
            printed("stdin  ", input),
            printed("stdout ", &output.stdout),
            output.status.code().unwrap(),
        )
    }
}
