//! Starts the command of an adapter, behind a guard.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Stdio;

use tokio::process::{Child, Command};

/// Variables of keyproof's own that no adapter is handed: they name files of tokens, or hold them.
const WITHHELD: &str = "KEYPROOF_";

/// How an adapter is started.
#[derive(Debug, Clone)]
pub struct Launcher {
    /// The binary that has the hidden command `guard`.
    pub keyproof: PathBuf,
    /// The adapter's command and its arguments.
    pub command: Vec<OsString>,
}

impl Launcher {
    /// A process of its own with all three streams piped.
    ///
    /// # Errors
    /// The guard could not be started. A command that can't be started is found out by the guard.
    pub(super) fn spawn(&self) -> std::io::Result<Child> {
        let mut guard = Command::new(&self.keyproof);
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with(WITHHELD) {
                guard.env_remove(name);
            }
        }
        guard
            .arg("guard")
            .arg(format!("--parent={}", std::process::id()))
            .arg("--")
            .args(&self.command)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
    }
}
