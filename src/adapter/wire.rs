//! One process of an adapter, read line by line.

use std::sync::Arc;
use std::time::Duration;

use tokio::io::AsyncReadExt as _;
use tokio::process::ChildStdout;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout_at};

use super::process::{Process, describe};
use super::{LINE_LIMIT, Launcher};

/// Chunks of output that are read ahead: an adapter that prints without end is blocked by its pipe.
const AHEAD: usize = 16;
/// Bytes of one chunk at most.
const CHUNK: usize = 64 * 1024;

/// A process whose lines are given as they are. Killed when this is dropped.
pub struct Wire {
    input: Option<mpsc::UnboundedSender<String>>,
    output: mpsc::Receiver<Vec<u8>>,
    process: Process,
    /// Output that was read and is not returned yet.
    buffer: Vec<u8>,
    /// Bytes at the start of `buffer` that are known to have no line feed.
    searched: usize,
    /// Whether the output has ended.
    is_over: bool,
}

/// What the output has next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// A line, without its line feed.
    Line(Vec<u8>),
    /// Nothing whole in time.
    Silence,
    /// More than 16 MiB without a line feed.
    Oversized,
    /// The output ended, and this stood behind its last line feed.
    End(Vec<u8>),
}

impl Wire {
    /// Starts a process.
    ///
    /// # Errors
    /// The guard did not start. A command that can't be started is reported on standard error.
    pub fn start(launcher: &Launcher) -> std::io::Result<Self> {
        let (process, input, stdout) = Process::start(launcher, &Arc::default())?;
        let (sender, output) = mpsc::channel(AHEAD);
        tokio::spawn(read(stdout, sender));
        Ok(Self {
            input: Some(input),
            output,
            process,
            buffer: Vec::new(),
            searched: 0,
            is_over: false,
        })
    }

    /// Sends a line. A process that no longer reads is found out by its missing reply.
    pub fn send(&self, line: &str) {
        if let Some(input) = &self.input {
            let _ = input.send(line.to_owned());
        }
    }

    /// Ends the input, once everything that was sent is written.
    pub fn end_input(&mut self) {
        self.input = None;
    }

    /// The next line, if it is complete before `due`.
    pub async fn next(&mut self, due: Instant) -> Output {
        loop {
            let mut rest = self.buffer[self.searched..].iter();
            if let Some(at) = rest.position(|byte| *byte == b'\n') {
                let end = self.searched + at;
                let behind = self.buffer.split_off(end + 1);
                let mut line = std::mem::replace(&mut self.buffer, behind);
                line.truncate(end);
                self.searched = 0;
                return Output::Line(line);
            }
            self.searched = self.buffer.len();
            if self.buffer.len() > LINE_LIMIT {
                return Output::Oversized;
            }
            if self.is_over {
                self.searched = 0;
                return Output::End(std::mem::take(&mut self.buffer));
            }
            match timeout_at(due, self.output.recv()).await {
                Ok(Some(chunk)) => self.buffer.extend(chunk),
                Ok(None) => self.is_over = true,
                Err(_) => return Output::Silence,
            }
        }
    }

    /// The output behind the last line feed.
    pub fn unfinished(&self) -> &[u8] {
        &self.buffer
    }

    /// Its exit status in words, and whether it is success; none if it goes on.
    pub async fn ended(&self, limit: Duration) -> Option<(String, bool)> {
        let status = self.process.wait(limit).await?;
        Some((describe(status), status.success()))
    }

    /// The end of what it has written to standard error.
    pub fn stderr(&self) -> String {
        self.process.stderr()
    }
}

async fn read(mut stdout: ChildStdout, chunks: mpsc::Sender<Vec<u8>>) {
    loop {
        let mut chunk = vec![0; CHUNK];
        match stdout.read(&mut chunk).await {
            Ok(read @ 1..) => chunk.truncate(read),
            _ => return,
        }
        if chunks.send(chunk).await.is_err() {
            return;
        }
    }
}
