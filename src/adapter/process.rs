//! A started command behind its guard: its end, and what it writes to standard error.

use std::process::ExitStatus;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::io::AsyncReadExt as _;
use tokio::process::{Child, ChildStdin, ChildStdout};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::Launcher;
use super::pace::FAREWELL;
use super::stderr::Tail;
use crate::system::process::ask_to_end;

/// A process that is killed with everything behind it when this is dropped.
pub(super) struct Process {
    child: tokio::sync::Mutex<Child>,
    stderr: Arc<Tail>,
    listener: Mutex<Option<JoinHandle<()>>>,
}

impl Process {
    /// Starts a process, and gives its input and its output. What it writes to standard error goes
    /// to `heard` too.
    pub(super) fn start(
        launcher: &Launcher,
        heard: &Arc<Tail>,
    ) -> std::io::Result<(Self, Option<ChildStdin>, Option<ChildStdout>)> {
        let mut child = launcher.spawn()?;
        let stderr = Arc::new(Tail::default());
        let listener = child.stderr.take().map(|mut stream| {
            let (tail, heard) = (Arc::clone(&stderr), Arc::clone(heard));
            tokio::spawn(async move {
                let mut buffer = vec![0; 8192];
                while let Ok(read @ 1..) = stream.read(&mut buffer).await {
                    tail.push(&buffer[..read]);
                    heard.push(&buffer[..read]);
                }
            })
        });
        let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
        let process =
            Self { child: tokio::sync::Mutex::new(child), stderr, listener: Mutex::new(listener) };
        Ok((process, stdin, stdout))
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

/// An exit status in words.
pub(super) fn describe(status: ExitStatus) -> String {
    match status.code() {
        Some(code @ 129..=192) => format!("exit code {code} (signal {})", code - 128),
        Some(code) => format!("exit code {code}"),
        None => status.to_string(),
    }
}
