//! Starts the command of an adapter behind a guard, awaits its end, and reads what it writes to standard error.

use std::ffi::OsString;
use std::io;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::pace::FAREWELL;
use super::stderr::Tail;
use crate::system::process::ask_to_end;

/// How an adapter is started.
#[derive(Debug, Clone)]
pub struct Launcher {
    /// The binary that has the hidden command `guard`.
    pub keyproof: PathBuf,
    /// The adapter's command and its arguments.
    pub command: Vec<OsString>,
}

/// A process that is killed with everything behind it when this is dropped.
pub(super) struct Process {
    child: tokio::sync::Mutex<Child>,
    stderr: Arc<Tail>,
    listener: Mutex<Option<JoinHandle<()>>>,
}

impl Process {
    /// Starts a process, and gives a way to its input and its output. Lines that are sent are written whole; when
    /// the sender is dropped, the input ends. What the process writes to standard error goes to `session_stderr`
    /// too. A command that can't be started is found out by the guard.
    pub(super) fn start(
        launcher: &Launcher,
        session_stderr: &Arc<Tail>,
    ) -> io::Result<(Self, UnboundedSender<String>, ChildStdout)> {
        let mut child = Command::new(&launcher.keyproof)
            .arg("guard")
            .arg(format!("--parent={}", std::process::id()))
            .arg("--")
            .args(&launcher.command)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let stderr = Arc::new(Tail::default());
        let listener = child.stderr.take().map(|mut stream| {
            let tails = [Arc::clone(&stderr), Arc::clone(session_stderr)];
            tokio::spawn(async move {
                let mut buffer = vec![0; 8192];
                while let Ok(read @ 1..) = stream.read(&mut buffer).await {
                    tails.iter().for_each(|tail| tail.push(&buffer[..read]));
                }
            })
        });
        let (Some(stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(io::ErrorKind::BrokenPipe.into());
        };
        let (lines, queue) = unbounded_channel();
        tokio::spawn(write(stdin, queue));
        let process =
            Self { child: tokio::sync::Mutex::new(child), stderr, listener: Mutex::new(listener) };
        Ok((process, lines, stdout))
    }

    /// Awaits its end, and the end of its standard error.
    pub(super) async fn wait(&self, limit: Duration) -> Option<ExitStatus> {
        let mut child = self.child.lock().await;
        let status = timeout(limit, child.wait()).await.ok()?.ok();
        drop(child);
        let listener = self.listener.lock().take();
        if let Some(listener) = listener {
            let _ = timeout(FAREWELL, listener).await;
        }
        status
    }

    /// The end of what it has written to standard error.
    pub(super) fn stderr(&self) -> String {
        self.stderr.end()
    }

    /// Asks the guard to kill everything behind it. To kill the guard itself would orphan that.
    pub(super) fn kill(&self) {
        // Once it has been waited for, it has no number any more, which may be another process's.
        let guard = self.child.try_lock().ok().and_then(|child| child.id());
        if let Some(guard) = guard {
            ask_to_end(guard);
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Writes lines until there will be no more, which ends the input.
async fn write(mut stdin: ChildStdin, mut queue: UnboundedReceiver<String>) {
    while let Some(mut line) = queue.recv().await {
        line.push('\n');
        let written = stdin.write_all(line.as_bytes()).await;
        if written.is_err() || stdin.flush().await.is_err() {
            return;
        }
    }
}

/// An exit status in words.
pub(super) fn describe(status: ExitStatus) -> String {
    match status.code() {
        Some(code @ 129..=192) => format!("exit code {code} (signal {})", code - 128),
        Some(code) => format!("exit code {code}"),
        None => status.to_string(),
    }
}
