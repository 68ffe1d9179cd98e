//! Starts the command of an adapter, behind a guard.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Stdio;

use tokio::process::{Child, Command};

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
        Command::new(&self.keyproof)
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
