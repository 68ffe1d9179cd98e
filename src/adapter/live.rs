//! One process of an adapter, while it lives.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tokio::process::ChildStdout;
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout, timeout_at};

use super::pace::{FAREWELL, PATIENCE};
use super::process::{Process, describe};
use super::stderr::Tail;
use super::{AdapterReply, Breach, Kind, LINE_LIMIT, Launcher, Pace, Request};

/// What is reported of a crash as long as its exit status is not known.
const ENDED: &str = "it ended by itself, or closed its output";

/// A started process and what is outstanding with it.
pub(super) struct Live {
    /// Lines for a task that writes them whole: a case that is stopped half-way leaves no half line.
    lines: Mutex<Option<UnboundedSender<String>>>,
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
        Self { breach: Breach { kind, detail, stderr: String::new() }, blame }
    }
}

/// What a request has to do with a breach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Blame {
    /// It provoked the breach: no other request was outstanding.
    Alone,
    /// It or another one provoked the breach: others were outstanding with it.
    Shared,
    /// It did not provoke the breach: it was never sent, since the process was broken before.
    Earlier,
    /// Its own reply is malformed. The process goes on, and other requests get their replies.
    Own,
}

#[derive(Default)]
struct State {
    next: u64,
    /// By id. An id up to `next` that is not here was answered.
    pending: HashMap<u64, Pending>,
    broken: Option<(Kind, String)>,
    greeted: bool,
    /// Lines that are no JSON before the greeting is answered: kept apart, so that an adapter that
    /// prints a banner gets a warning and is still judged.
    banner: Vec<String>,
    /// Whether it was sent a line that is no request.
    provoked: bool,
    /// When it last replied, or was sent a request while it had nothing to do.
    active: Option<Instant>,
}

struct Pending {
    sender: oneshot::Sender<Result<AdapterReply, Broken>>,
    /// What it takes at most, alone.
    limit: Duration,
    /// The start of its line.
    line: String,
}

impl Live {
    /// Starts a process. What it writes to standard error goes to `session_stderr` too.
    pub(super) fn start(
        launcher: &Launcher,
        greeted: bool,
        session_stderr: &Arc<Tail>,
    ) -> std::io::Result<Self> {
        let (process, lines, stdout) = Process::start(launcher, session_stderr)?;
        let state = Arc::new(Mutex::new(State { greeted, ..State::default() }));
        let reader = tokio::spawn(read(stdout, Arc::clone(&state)));
        let (lines, reader) = (Mutex::new(Some(lines)), Mutex::new(Some(reader)));
        Ok(Self { lines, process, state, reader })
    }

    pub(super) async fn exchange(
        &self,
        request: &Request,
        pace: &Pace,
    ) -> Result<AdapterReply, Broken> {
        match self.attempt(request, pace).await {
            Ok(reply) => Ok(reply),
            Err(broken) => Err(self.completed(broken).await),
        }
    }

    async fn attempt(&self, request: &Request, pace: &Pace) -> Result<AdapterReply, Broken> {
        let limit = pace.limit(request);
        let (sender, receiver) = oneshot::channel();
        let (line, due) = self.state.lock().register(sender, limit, request)?;
        let began = Instant::now();
        self.pass(line);
        let Some(reply) = self.reply(due, receiver, pace).await else {
            let detail = format!("no reply to {} within {:.0} s", request.op, limit.as_secs_f64());
            let blame = self.state.lock().break_with(Kind::Timeout, detail.clone());
            return Err(Broken::new(Kind::Timeout, detail, blame));
        };
        if reply.is_ok() {
            pace.took(request, began.elapsed());
        }
        reply
    }

    /// Waits for the reply to a request. None if its time limit has passed.
    async fn reply(
        &self,
        due: Instant,
        mut receiver: oneshot::Receiver<Result<AdapterReply, Broken>>,
        pace: &Pace,
    ) -> Option<Result<AdapterReply, Broken>> {
        loop {
            let soonest = self.state.lock().due(due);
            match timeout_at(soonest, &mut receiver).await {
                // Every sender sends: it is never dropped before.
                Ok(reply) => return reply.ok(),
                // Others were answered meanwhile: it is at work.
                Err(_) if self.state.lock().due(due) > soonest => {}
                Err(_) => {
                    pace.noticed(soonest.elapsed());
                    return None;
                }
            }
        }
    }

    /// Sends a line that is no request, which the adapter may answer under the id null.
    pub(super) fn provoke(&self, line: String) {
        self.state.lock().provoked = true;
        self.pass(line);
    }

    /// Sends a line. An adapter that no longer reads is found out by its missing reply.
    fn pass(&self, line: String) {
        if let Some(lines) = self.lines.lock().as_ref() {
            let _ = lines.send(line);
        }
    }

    /// A breach with what its reader does not know: standard error, and of a crash the exit status.
    async fn completed(&self, mut broken: Broken) -> Broken {
        if broken.breach.kind == Kind::Crash {
            let status = self.process.wait(FAREWELL).await;
            let goes_on = || "it closed its output and goes on".to_owned();
            broken.breach.detail = status.map_or_else(goes_on, describe);
        }
        if broken.blame != Blame::Own {
            self.process.kill();
        }
        broken.breach.stderr = self.process.stderr();
        broken
    }

    /// Ends the input, and awaits the end of the process.
    pub(super) async fn finish(&self, pace: &Pace) -> Result<(), Breach> {
        self.lines.lock().take();
        let limit = pace.farewell();
        let status = self.process.wait(limit).await;
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
                let seconds = limit.as_secs_f64();
                let detail = format!("it was still running after {seconds:.0} s");
                Err(self.breach(Kind::EndOfInput, detail))
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
    /// Gives a request its id. Gives its line, and the time by which it has to be answered. An error is the breach after
    /// which nothing is answered any more.
    fn register(
        &mut self,
        sender: oneshot::Sender<Result<AdapterReply, Broken>>,
        limit: Duration,
        request: &Request,
    ) -> Result<(String, Instant), Broken> {
        if let Some((kind, detail)) = self.broken.clone() {
            return Err(Broken::new(kind, detail, Blame::Earlier));
        }
        let now = Instant::now();
        if self.pending.is_empty() {
            self.active = Some(now);
        }
        // An adapter may work on one request at a time: those before it come first.
        let before: Duration = self.pending.values().map(|one| one.limit).sum();
        self.next += 1;
        let line = request.line(self.next);
        let start = excerpt(line.as_bytes());
        self.pending.insert(self.next, Pending { sender, limit, line: start });
        Ok((line, now + before + limit))
    }

    /// When a request that is due by then at the latest is overdue because nothing at all comes: of
    /// what is outstanding the adapter may work on the longest, or on all of it at once.
    fn due(&self, latest: Instant) -> Instant {
        let limits = || self.pending.values().map(|one| one.limit);
        match (self.active, limits().max()) {
            (Some(active), Some(longest)) => {
                let at_once = limits().sum::<Duration>() / PATIENCE;
                latest.min(active + longest + at_once)
            }
            _ => latest,
        }
    }

    /// Fails everything outstanding, once. Gives what the outstanding requests have to do with the breach.
    fn break_with(&mut self, kind: Kind, detail: String) -> Blame {
        let blame = if self.pending.len() > 1 { Blame::Shared } else { Blame::Alone };
        self.broken.get_or_insert_with(|| (kind, detail.clone()));
        for (_, Pending { sender, .. }) in self.pending.drain() {
            let _ = sender.send(Err(Broken::new(kind, detail.clone(), blame)));
        }
        blame
    }

    /// Takes in the answer to a line that the adapter did not take for a request. If one is outstanding, it is that
    /// one's.
    fn not_understood(&mut self, line: &[u8]) -> Result<(), (Kind, String)> {
        let what = "it answered under the id null, as if what it was sent were no request";
        let detail = |sent: &str| {
            (Kind::MalformedReply, format!("{what}: {}; it was sent {sent}", excerpt(line)))
        };
        let mut ids = self.pending.keys().copied();
        match (ids.next(), ids.next()) {
            (None, _) => Ok(()),
            _ if self.provoked => Ok(()),
            (Some(id), None) => {
                if let Some(Pending { sender, line, .. }) = self.pending.remove(&id) {
                    let (kind, detail) = detail(&line);
                    let _ = sender.send(Err(Broken::new(kind, detail, Blame::Own)));
                }
                Ok(())
            }
            _ => Err(detail("several requests")),
        }
    }

    /// Takes in a line. An error is a breach.
    fn take(&mut self, line: &[u8]) -> Result<(), (Kind, String)> {
        let excerpt = || excerpt(line);
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
            Some(Value::Null) if members.contains_key("error") => return self.not_understood(line),
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
            Broken::new(kind, detail, Blame::Own)
        });
        self.active = Some(Instant::now());
        if let Some(Pending { sender, .. }) = self.pending.remove(&id) {
            let _ = sender.send(reply);
        }
        Ok(())
    }
}

/// What reports quote of a line: its first 400 characters.
fn excerpt(line: &[u8]) -> String {
    String::from_utf8_lossy(line).chars().take(400).collect()
}

/// Takes in lines until the end of output or a breach.
async fn read(stdout: ChildStdout, state: Arc<Mutex<State>>) {
    let mut stdout = BufReader::new(stdout);
    let mut line = Vec::new();
    loop {
        line.clear();
        let mut bounded = (&mut stdout).take(LINE_LIMIT as u64 + 1);
        let broken = match bounded.read_until(b'\n', &mut line).await {
            Ok(0) | Err(_) => {
                // The next request fails by this. After the end of input it is what was wanted, and
                // there is no next request.
                state.lock().break_with(Kind::Crash, ENDED.to_owned());
                return;
            }
            Ok(_) if line.len() > LINE_LIMIT => {
                Err((Kind::OversizedLine, "more than 16 MiB".to_owned()))
            }
            Ok(_) if line.last() != Some(&b'\n') => Err((Kind::PartialLine, excerpt(&line))),
            Ok(_) => state.lock().take(&line[..line.len() - 1]),
        };
        if let Err((kind, detail)) = broken {
            state.lock().break_with(kind, detail);
            return;
        }
    }
}
