//! One process of an adapter, while it lives.

use std::collections::{HashMap, HashSet};
use std::process::ExitStatus;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout, timeout_at};

use super::pace::FAREWELL;
use super::stderr::Tail;
use super::{Breach, Kind, LINE_LIMIT, Launcher, Pace, Reply, Request};

/// A started process and what is outstanding with it.
pub(super) struct Live {
    /// Lines for a task that writes them whole: a case that is given up half-way leaves no half line.
    lines: Mutex<Option<mpsc::UnboundedSender<String>>>,
    child: tokio::sync::Mutex<Child>,
    guard: Option<Pid>,
    state: Arc<Mutex<State>>,
    stderr: Arc<Tail>,
    reader: Mutex<Option<JoinHandle<()>>>,
    listener: Mutex<Option<JoinHandle<()>>>,
}

/// Why there is no reply.
#[derive(Debug, Clone)]
pub(super) struct Broken {
    pub(super) breach: Breach,
    /// Whether no other request was outstanding.
    pub(super) alone: bool,
}

#[derive(Default)]
struct State {
    next: u64,
    pending: HashMap<u64, oneshot::Sender<Result<Reply, Broken>>>,
    answered: HashSet<u64>,
    broken: Option<(Kind, String)>,
    /// Lines that are no JSON before the greeting is answered: kept apart, so that an adapter that
    /// prints a banner is told of it and still judged.
    greeted: bool,
    banner: Vec<String>,
    /// When the last of the outstanding requests has to be answered.
    due: Option<Instant>,
}

impl Live {
    /// Starts a process. What it writes to standard error goes to `heard` too.
    pub(super) fn start(
        launcher: &Launcher,
        greeted: bool,
        heard: &Arc<Tail>,
    ) -> std::io::Result<Self> {
        let mut child = launcher.spawn()?;
        let state = Arc::new(Mutex::new(State {
            greeted,
            ..State::default()
        }));
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
        let reader = child.stdout.take().map(|stdout| {
            let state = Arc::clone(&state);
            tokio::spawn(async move { read(stdout, &state).await })
        });
        let (lines, queue) = mpsc::unbounded_channel();
        if let Some(stdin) = child.stdin.take() {
            tokio::spawn(write(stdin, queue));
        }
        Ok(Self {
            lines: Mutex::new(Some(lines)),
            guard: child
                .id()
                .and_then(|id| i32::try_from(id).ok())
                .and_then(Pid::from_raw),
            child: tokio::sync::Mutex::new(child),
            state,
            stderr,
            reader: Mutex::new(reader),
            listener: Mutex::new(listener),
        })
    }

    /// Sends a request and awaits its reply.
    pub(super) async fn exchange(&self, request: &Request, pace: &Pace) -> Result<Reply, Broken> {
        let limit = match request.op.as_ref() {
            "hello" => super::pace::HELLO,
            _ => pace.limit(request.iterations),
        };
        let (sender, receiver) = oneshot::channel();
        let (id, due) = {
            let mut state = self.state.lock();
            if let Some((kind, detail)) = state.broken.clone() {
                let alone = true;
                drop(state);
                let breach = self.breach(kind, detail);
                return Err(Broken { breach, alone });
            }
            state.next += 1;
            let id = state.next;
            // An adapter may work on one request at a time: those before it come first.
            let begins = state.due.filter(|_| !state.pending.is_empty());
            let due = begins.unwrap_or_else(Instant::now).max(Instant::now()) + limit;
            state.due = Some(due);
            state.pending.insert(id, sender);
            (id, due)
        };
        let began = Instant::now();
        self.send(request.line(id));
        match timeout_at(due, receiver).await {
            Ok(Ok(Ok(reply))) => {
                pace.took(request.iterations, began.elapsed());
                Ok(reply)
            }
            Ok(Ok(Err(broken))) => Err(self.tell(broken).await),
            Ok(Err(_)) => Err(Broken {
                breach: self.breach(Kind::Crash, "its output was closed".to_owned()),
                alone: true,
            }),
            Err(_) => {
                let seconds = limit.as_secs_f64();
                let detail = format!("no reply to {} within {seconds:.0} s", request.op);
                let alone = self.state.lock().break_with(Kind::Timeout, detail.clone());
                self.kill();
                Err(Broken {
                    breach: self.breach(Kind::Timeout, detail),
                    alone,
                })
            }
        }
    }

    /// Sends a line. An adapter that no longer reads is found out by its missing reply.
    pub(super) fn send(&self, line: String) {
        if let Some(lines) = self.lines.lock().as_ref() {
            let _ = lines.send(line);
        }
    }

    /// A breach as its reader met it, with the exit status where that is the news.
    async fn tell(&self, mut broken: Broken) -> Broken {
        if broken.breach.kind == Kind::Crash {
            let status = self.wait(FAREWELL).await;
            broken.breach.detail = match status {
                Some(status) => describe(status),
                None => "it closed its output and goes on".to_owned(),
            };
        }
        self.kill();
        broken.breach.stderr = self.stderr.end();
        broken
    }

    /// Ends the input, and awaits the end of the process.
    pub(super) async fn finish(&self) -> Result<(), Breach> {
        self.lines.lock().take();
        let status = self.wait(FAREWELL).await;
        let reader = self.reader.lock().take();
        if let (Some(reader), Some(_)) = (reader, status) {
            let _ = timeout(FAREWELL, reader).await;
        }
        if let Some((kind, detail)) = self.state.lock().broken.clone() {
            return Err(self.breach(kind, detail));
        }
        match status {
            Some(status) if status.success() => Ok(()),
            Some(status) => Err(self.breach(Kind::EndOfInput, describe(status))),
            None => {
                self.kill();
                Err(self.breach(Kind::EndOfInput, "it was still running".to_owned()))
            }
        }
    }

    async fn wait(&self, limit: Duration) -> Option<ExitStatus> {
        let mut child = self.child.lock().await;
        let status = timeout(limit, child.wait()).await.ok()?.ok();
        drop(child);
        let listener = self.listener.lock().take();
        if let Some(listener) = listener {
            let _ = timeout(FAREWELL, listener).await;
        }
        status
    }

    /// The greeting was answered: from now on each line is a reply. Gives what came before it.
    pub(super) fn greeted(&self) -> Vec<String> {
        let mut state = self.state.lock();
        state.greeted = true;
        std::mem::take(&mut state.banner)
    }

    pub(super) fn breach(&self, kind: Kind, detail: String) -> Breach {
        Breach {
            kind,
            detail,
            stderr: self.stderr.end(),
        }
    }

    /// Tells the guard, which kills everything behind it. To kill the guard itself would orphan it.
    fn kill(&self) {
        let Some(guard) = self.guard else { return };
        // Once it has been waited for, the number may be another process's.
        let is_there = self
            .child
            .try_lock()
            .is_ok_and(|child| child.id().is_some());
        if is_there {
            let _ = kill_process(guard, Signal::TERM);
        }
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        self.kill();
    }
}

impl State {
    /// Fails everything outstanding, once. Says whether that was one request or none.
    fn break_with(&mut self, kind: Kind, detail: String) -> bool {
        let alone = self.pending.len() <= 1;
        if self.broken.is_none() {
            self.broken = Some((kind, detail.clone()));
        }
        for (_, sender) in self.pending.drain() {
            let breach = Breach {
                kind,
                detail: detail.clone(),
                stderr: String::new(),
            };
            let _ = sender.send(Err(Broken { breach, alone }));
        }
        alone
    }

    /// Takes in a line. An error is a breach.
    fn take(&mut self, line: &[u8]) -> Result<(), (Kind, String)> {
        let shown = || {
            let text = String::from_utf8_lossy(line);
            text.chars().take(400).collect::<String>()
        };
        let Ok(Value::Object(members)) = serde_json::from_slice::<Value>(line) else {
            if !self.greeted && self.banner.len() < 20 {
                self.banner.push(shown());
                return Ok(());
            }
            return Err((Kind::StrayOutput, shown()));
        };
        let malformed = |why: &str| (Kind::MalformedReply, format!("{why}: {}", shown()));
        let id = match members.get("id") {
            Some(Value::Number(id)) => id.as_u64(),
            // The answer to a line that was no request.
            Some(Value::Null) if members.contains_key("error") => return Ok(()),
            Some(_) => None,
            None => return Err(malformed("it has no id")),
        };
        let Some(id) = id.filter(|id| (1..=self.next).contains(id)) else {
            return Err((Kind::UnknownId, shown()));
        };
        if self.answered.contains(&id) {
            return Err((Kind::SecondReply, shown()));
        }
        let reply = Reply::read(&members).map_err(|why| malformed(&why))?;
        self.answered.insert(id);
        if let Some(sender) = self.pending.remove(&id) {
            let _ = sender.send(Ok(reply));
        }
        Ok(())
    }
}

/// Writes lines until there will be no more, which ends the input.
async fn write(mut stdin: ChildStdin, mut queue: mpsc::UnboundedReceiver<String>) {
    while let Some(mut line) = queue.recv().await {
        line.push('\n');
        let written = stdin.write_all(line.as_bytes()).await;
        if written.is_err() || stdin.flush().await.is_err() {
            return;
        }
    }
}

/// Takes in lines until the end of output or a breach.
async fn read(stdout: ChildStdout, state: &Mutex<State>) {
    let mut stdout = BufReader::new(stdout);
    let mut line = Vec::new();
    loop {
        line.clear();
        let mut bounded = (&mut stdout).take(LINE_LIMIT as u64 + 1);
        let read = bounded.read_until(b'\n', &mut line).await;
        let is_whole = line.last() == Some(&b'\n');
        let broken = match read {
            Ok(0) | Err(_) => {
                let mut state = state.lock();
                if !state.pending.is_empty() {
                    state.break_with(Kind::Crash, String::new());
                }
                return;
            }
            Ok(_) if line.len() > LINE_LIMIT => {
                Err((Kind::OversizedLine, "more than 16 MiB".to_owned()))
            }
            Ok(_) if !is_whole => {
                let text: String = String::from_utf8_lossy(&line).chars().take(400).collect();
                Err((Kind::PartialLine, text))
            }
            Ok(_) => state.lock().take(&line[..line.len() - 1]),
        };
        if let Err((kind, detail)) = broken {
            state.lock().break_with(kind, detail);
            return;
        }
    }
}

fn describe(status: ExitStatus) -> String {
    match status.code() {
        Some(code @ 129..=192) => format!("exit code {code} (signal {})", code - 128),
        Some(code) => format!("exit code {code}"),
        None => status.to_string(),
    }
}
