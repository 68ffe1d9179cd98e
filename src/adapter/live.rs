//! One process of an adapter, while it lives.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{ChildStdin, ChildStdout};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::error::Elapsed;
use tokio::time::{Instant, timeout, timeout_at};

use super::pace::{FAREWELL, PATIENCE};
use super::process::{Process, describe};
use super::stderr::Tail;
use super::{AdapterReply, Breach, Kind, LINE_LIMIT, Launcher, Pace, Request};

/// What is reported of a crash as long as its exit status is not known.
const ENDED: &str = "it ended by itself, or closed its output";

/// A started process and what is outstanding with it.
pub(super) struct Live {
    /// Lines for a task that writes them whole: a case that is given up half-way leaves no half line.
    lines: Mutex<Option<mpsc::UnboundedSender<String>>>,
    process: Process,
    state: Arc<Mutex<State>>,
    reader: Mutex<Option<JoinHandle<()>>>,
}

/// Why there is no reply.
#[derive(Debug, Clone)]
pub(super) struct Broken {
    pub(super) breach: Breach,
    pub(super) blame: Blame,
}

impl Broken {
    /// A breach without what the process wrote to standard error, which its reader does not know.
    const fn new(kind: Kind, detail: String, blame: Blame) -> Self {
        let stderr = String::new();
        let breach = Breach { kind, detail, stderr };
        Self { breach, blame }
    }
}

/// What a request has to do with a breach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Blame {
    /// No other one was outstanding.
    Alone,
    /// Others were outstanding with it.
    Shared,
    /// None: it was never sent, since the process was broken before.
    Earlier,
    /// Its own reply is none, and the process goes on: what others get is not touched by that.
    Reply,
}

#[derive(Default)]
struct State {
    next: u64,
    /// By id. An id up to `next` that is not here was answered.
    pending: HashMap<u64, Pending>,
    broken: Option<(Kind, String)>,
    /// Lines that are no JSON before the greeting is answered: kept apart, so that an adapter that
    /// prints a banner gets a warning and is still judged.
    greeted: bool,
    banner: Vec<String>,
    /// When it was last seen to be at work: it replied, or was asked while it had nothing to do.
    moved: Option<Instant>,
}

/// A request that waits for its reply.
struct Pending {
    sender: oneshot::Sender<Result<AdapterReply, Broken>>,
    /// What it takes at most, alone.
    limit: Duration,
}

impl Live {
    /// Starts a process. What it writes to standard error goes to `heard` too.
    pub(super) fn start(
        launcher: &Launcher,
        greeted: bool,
        heard: &Arc<Tail>,
    ) -> std::io::Result<Self> {
        let (process, stdin, stdout) = Process::start(launcher, heard)?;
        let state = Arc::new(Mutex::new(State { greeted, ..State::default() }));
        let reader = stdout.map(|stdout| {
            let state = Arc::clone(&state);
            tokio::spawn(async move { read(stdout, &state).await })
        });
        let (lines, queue) = mpsc::unbounded_channel();
        if let Some(stdin) = stdin {
            tokio::spawn(write(stdin, queue));
        }
        Ok(Self { lines: Mutex::new(Some(lines)), process, state, reader: Mutex::new(reader) })
    }

    /// Sends a request and awaits its reply.
    pub(super) async fn exchange(
        &self,
        request: &Request,
        pace: &Pace,
    ) -> Result<AdapterReply, Broken> {
        let limit = match request.op.as_ref() {
            "hello" => super::pace::HELLO,
            _ => pace.limit(request.iterations),
        };
        let (sender, receiver) = oneshot::channel();
        let registered = self.state.lock().register(sender, limit);
        let (id, due) = match registered {
            Ok(registered) => registered,
            Err((kind, detail)) => {
                let breach = self.breach(kind, detail);
                let blame = Blame::Earlier;
                return Err(self.completed(Broken { breach, blame }).await);
            }
        };
        let began = Instant::now();
        self.send(request.line(id));
        match self.awaited(due, receiver).await {
            Ok(Ok(Ok(reply))) => {
                pace.took(request.iterations, began.elapsed());
                Ok(reply)
            }
            Ok(Ok(Err(broken))) => Err(self.completed(broken).await),
            Ok(Err(_)) => Err(Broken {
                breach: self.breach(Kind::Crash, "its output was closed".to_owned()),
                blame: Blame::Alone,
            }),
            Err(_) => {
                let seconds = limit.as_secs_f64();
                let detail = format!("no reply to {} within {seconds:.0} s", request.op);
                let blame = self.state.lock().break_with(Kind::Timeout, detail.clone());
                self.process.kill();
                Err(Broken { breach: self.breach(Kind::Timeout, detail), blame })
            }
        }
    }

    /// Waits for the reply to a request, up to its time limit.
    async fn awaited(
        &self,
        due: Instant,
        mut receiver: oneshot::Receiver<Result<AdapterReply, Broken>>,
    ) -> Result<Result<Result<AdapterReply, Broken>, oneshot::error::RecvError>, Elapsed> {
        loop {
            let soonest = self.state.lock().due(due);
            match timeout_at(soonest, &mut receiver).await {
                // Others were answered meanwhile: it is at work.
                Err(_) if self.state.lock().due(due) > soonest => {}
                heard => return heard,
            }
        }
    }

    /// Sends a line. An adapter that no longer reads is found out by its missing reply.
    pub(super) fn send(&self, line: String) {
        if let Some(lines) = self.lines.lock().as_ref() {
            let _ = lines.send(line);
        }
    }

    /// A breach with what its reader does not know: standard error, and of a crash the exit status.
    async fn completed(&self, mut broken: Broken) -> Broken {
        if broken.breach.kind == Kind::Crash {
            let status = self.process.wait(FAREWELL).await;
            broken.breach.detail = match status {
                Some(status) => describe(status),
                None => "it closed its output and goes on".to_owned(),
            };
        }
        if broken.blame != Blame::Reply {
            self.process.kill();
        }
        broken.breach.stderr = self.process.stderr();
        broken
    }

    /// Ends the input, and awaits the end of the process.
    pub(super) async fn finish(&self) -> Result<(), Breach> {
        self.lines.lock().take();
        let status = self.process.wait(FAREWELL).await;
        let reader = self.reader.lock().take();
        if let (Some(reader), Some(_)) = (reader, status) {
            let _ = timeout(FAREWELL, reader).await;
        }
        let broken = self.state.lock().broken.clone();
        // The end of output is no breach now: its exit status is what counts.
        if let Some((kind, detail)) = broken.filter(|(kind, _)| *kind != Kind::Crash) {
            return Err(self.breach(kind, detail));
        }
        match status {
            Some(status) if status.success() => Ok(()),
            Some(status) => Err(self.breach(Kind::EndOfInput, describe(status))),
            None => {
                self.process.kill();
                Err(self.breach(Kind::EndOfInput, "it was still running".to_owned()))
            }
        }
    }

    /// The greeting was answered: from now on each line is a reply. Gives the lines before it.
    pub(super) fn greeted(&self) -> Vec<String> {
        let mut state = self.state.lock();
        state.greeted = true;
        std::mem::take(&mut state.banner)
    }

    pub(super) fn breach(&self, kind: Kind, detail: String) -> Breach {
        Breach { kind, detail, stderr: self.process.stderr() }
    }
}

impl State {
    /// Gives a request its id, and the time by which it has to be answered. An error is the breach
    /// after which nothing is answered any more.
    fn register(
        &mut self,
        sender: oneshot::Sender<Result<AdapterReply, Broken>>,
        limit: Duration,
    ) -> Result<(u64, Instant), (Kind, String)> {
        if let Some(broken) = &self.broken {
            return Err(broken.clone());
        }
        let now = Instant::now();
        if self.pending.is_empty() {
            self.moved = Some(now);
        }
        // An adapter may work on one request at a time: those before it come first.
        let before: Duration = self.pending.values().map(|one| one.limit).sum();
        self.next += 1;
        self.pending.insert(self.next, Pending { sender, limit });
        Ok((self.next, now + before + limit))
    }

    /// When a request that is due by then at the latest is overdue because nothing at all comes: of
    /// what is outstanding the adapter may work on the longest, or on all of it at once.
    fn due(&self, latest: Instant) -> Instant {
        let limits = || self.pending.values().map(|one| one.limit);
        match (self.moved, limits().max()) {
            (Some(moved), Some(longest)) => {
                let at_once = limits().sum::<Duration>() / PATIENCE;
                latest.min(moved + longest + at_once)
            }
            _ => latest,
        }
    }

    /// Fails everything outstanding, once. Says what that has to do with it.
    fn break_with(&mut self, kind: Kind, detail: String) -> Blame {
        let blame = match self.pending.len() {
            0 | 1 => Blame::Alone,
            _ => Blame::Shared,
        };
        if self.broken.is_none() {
            self.broken = Some((kind, detail.clone()));
        }
        for (_, Pending { sender, .. }) in self.pending.drain() {
            let _ = sender.send(Err(Broken::new(kind, detail.clone(), blame)));
        }
        blame
    }

    /// Takes in a line. An error is a breach.
    fn take(&mut self, line: &[u8]) -> Result<(), (Kind, String)> {
        let excerpt = || {
            let text = String::from_utf8_lossy(line);
            text.chars().take(400).collect::<String>()
        };
        let Ok(Value::Object(members)) = serde_json::from_slice::<Value>(line) else {
            if !self.greeted && self.banner.len() < 20 {
                self.banner.push(excerpt());
                return Ok(());
            }
            return Err((Kind::StrayOutput, excerpt()));
        };
        let malformed = |why: &str| (Kind::MalformedReply, format!("{why}: {}", excerpt()));
        let id = match members.get("id") {
            Some(Value::Number(id)) => id.as_u64(),
            // The answer to a line that was no request.
            Some(Value::Null) if members.contains_key("error") => return Ok(()),
            Some(_) => None,
            None => return Err(malformed("it has no id")),
        };
        let Some(id) = id.filter(|id| (1..=self.next).contains(id)) else {
            return Err((Kind::UnknownId, excerpt()));
        };
        if !self.pending.contains_key(&id) {
            return Err((Kind::SecondReply, excerpt()));
        }
        let reply = AdapterReply::read(&members).map_err(|why| {
            let (kind, detail) = malformed(&why);
            Broken::new(kind, detail, Blame::Reply)
        });
        self.moved = Some(Instant::now());
        if let Some(Pending { sender, .. }) = self.pending.remove(&id) {
            let _ = sender.send(reply);
        }
        Ok(())
    }
}

/// Writes lines until there will be no more, which ends the input.
pub(super) async fn write(mut stdin: ChildStdin, mut queue: mpsc::UnboundedReceiver<String>) {
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
                // Whoever asks next has to know. After the end of input it is what was wanted, and
                // nobody asks.
                state.lock().break_with(Kind::Crash, ENDED.to_owned());
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
