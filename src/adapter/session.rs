//! The harness side of the protocol: one adapter over a whole run.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::Value;
use tokio::sync::{Mutex, Semaphore};

use super::live::{Blame, Broken, Live};
use super::stderr::Tail;
use super::{AdapterReply, Breach, Hello, Kind, Launcher, Log, PROTOCOL, Pace, Record, Request};

/// How often the adapter is started again for the next case.
const RESTARTS: u32 = 10;
/// How often it is started again to find out which request broke the protocol.
const RETRIES: u32 = 64;
/// Requests that are remembered, to tell which came before one.
const REMEMBERED: usize = 256;
/// Most requests that are outstanding, whatever more the adapter allows.
const OUTSTANDING: usize = 64;
/// Processes side by side where each serves one request.
const ONE_SHOT: usize = 2;

/// An adapter that has answered the greeting.
pub struct Session {
    launcher: Launcher,
    hello: Hello,
    one_shot: bool,
    pace: Pace,
    log: Log,
    /// A permit for each request that may be outstanding.
    permits: Semaphore,
    /// The process that requests go to. None in one-shot mode, and after a breach.
    current: Mutex<Option<Arc<Live>>>,
    /// A process in which requests are repeated one at a time.
    spare: Mutex<Option<Live>>,
    /// Standard error of every process of the session.
    stderr: Arc<Tail>,
    restarts: AtomicU32,
    retries: AtomicU32,
    /// The last requests, in the order in which they were sent.
    sent: parking_lot::Mutex<VecDeque<Request>>,
}

/// Why there is no reply: in any case nothing that says right or wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Lost {
    /// The request provoked a breach of the protocol.
    #[error("the adapter broke the protocol: {}", .0.sentence())]
    Breach(Kind),
    /// The adapter was started again as often as it may be.
    #[error("the adapter broke the protocol {RESTARTS} times: the run was stopped")]
    Exhausted,
}

/// Why there is no adapter to talk to.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The guard did not start.
    #[error("the adapter could not be started: {0}")]
    Spawn(std::io::Error),
    /// The greeting was not answered.
    #[error("the adapter never said hello: {}", .0.kind.sentence())]
    NoHello(Box<Breach>),
    /// The greeting was answered by something else.
    #[error("the adapter answered hello with {0}")]
    NotAHello(String),
    /// It speaks another version.
    #[error("the adapter speaks protocol {0}, and this keyproof speaks {PROTOCOL}")]
    Protocol(u32),
}

impl Session {
    /// Starts the adapter and greets it.
    ///
    /// # Errors
    /// It did not start, or did not answer the greeting.
    pub async fn start(launcher: Launcher, one_shot: bool, pace: Pace) -> Result<Self, StartError> {
        let log = Log::default();
        let stderr = Arc::default();
        let (hello, live) = greet(&launcher, &pace, &log, &stderr).await?;
        if one_shot {
            live.finish(&pace).await.unwrap_or_else(|breach| log.push(of_the_run(breach)));
        }
        Ok(Self {
            permits: Semaphore::new(width(&hello, one_shot)),
            launcher,
            hello,
            one_shot,
            pace,
            log,
            current: Mutex::new((!one_shot).then(|| Arc::new(live))),
            spare: Mutex::new(None),
            stderr,
            restarts: AtomicU32::new(0),
            retries: AtomicU32::new(0),
            sent: parking_lot::Mutex::default(),
        })
    }

    /// Another run of the same command, with its own log.
    ///
    /// # Errors
    /// As [`Session::start`].
    pub async fn another(&self) -> Result<Self, StartError> {
        Self::start(self.launcher.clone(), self.one_shot, self.pace.anew()).await
    }

    /// The adapter's description of itself.
    pub const fn hello(&self) -> &Hello {
        &self.hello
    }

    /// Whether each request gets a process of its own.
    pub const fn is_one_shot(&self) -> bool {
        self.one_shot
    }

    /// Whether the machine was so slow that nothing can be said about the adapter's time.
    pub fn is_starved(&self) -> bool {
        self.pace.is_starved()
    }

    /// How the adapter broke the protocol.
    pub const fn log(&self) -> &Log {
        &self.log
    }

    /// How many requests the session keeps outstanding at most.
    pub fn width(&self) -> usize {
        width(&self.hello, self.one_shot)
    }

    /// Sends a request on behalf of `case`, and awaits the reply.
    ///
    /// # Errors
    /// The request broke the protocol, also when repeated alone, or the run was stopped.
    pub async fn ask(&self, case: &'static str, request: &Request) -> Result<AdapterReply, Lost> {
        let Ok(_permit) = self.permits.acquire().await else {
            return Err(Lost::Exhausted);
        };
        self.remember(request);
        if self.one_shot {
            return self.ask_once(case, request).await;
        }
        loop {
            let live = self.current(case).await?;
            let Broken { breach, blame } = match live.exchange(request, &self.pace).await {
                Ok(reply) => return Ok(reply),
                Err(broken) => broken,
            };
            if blame != Blame::Own {
                self.current.lock().await.take_if(|current| Arc::ptr_eq(current, &live));
            }
            match blame {
                // One slow answer is asked for once more before it counts.
                Blame::Alone if breach.kind == Kind::Timeout => {
                    return self.repeat(case, request, breach).await;
                }
                Blame::Own | Blame::Alone => return Err(self.attribute(breach, case, request)),
                Blame::Shared => return self.repeat(case, request, breach).await,
                Blame::Earlier => self.attribute_to_run(breach),
            }
        }
    }

    fn remember(&self, request: &Request) {
        let mut sent = self.sent.lock();
        if sent.len() == REMEMBERED {
            sent.pop_front();
        }
        sent.push_back(request.clone());
    }

    /// The request that was sent before this one was sent last.
    pub fn before(&self, request: &Request) -> Option<Request> {
        let sent = self.sent.lock();
        let at = sent.iter().rposition(|one| one == request)?;
        sent.get(at.checked_sub(1)?).cloned()
    }

    /// The process that requests go to, started again if it has to be.
    async fn current(&self, case: &'static str) -> Result<Arc<Live>, Lost> {
        let mut current = self.current.lock().await;
        if let Some(live) = &*current {
            return Ok(Arc::clone(live));
        }
        loop {
            if self.restarts.fetch_add(1, Ordering::Relaxed) >= RESTARTS {
                return Err(Lost::Exhausted);
            }
            match greet(&self.launcher, &self.pace, &self.log, &self.stderr).await {
                Ok((_, live)) => {
                    let live = Arc::new(live);
                    *current = Some(Arc::clone(&live));
                    return Ok(live);
                }
                Err(StartError::NoHello(breach)) => self.log.push(Record {
                    breach: *breach,
                    case: Some(case),
                    op: Some("hello".to_owned()),
                }),
                Err(_) => return Err(Lost::Exhausted),
            }
        }
    }

    /// Logs a breach as provoked by a request.
    fn attribute(&self, breach: Breach, case: &'static str, request: &Request) -> Lost {
        let kind = breach.kind;
        self.log.push(Record { breach, case: Some(case), op: Some(request.op.to_string()) });
        Lost::Breach(kind)
    }

    /// Sends again, alone, what was outstanding with others when the protocol was broken.
    async fn repeat(
        &self,
        case: &'static str,
        request: &Request,
        first: Breach,
    ) -> Result<AdapterReply, Lost> {
        let mut spare = self.spare.lock().await;
        loop {
            let live = match spare.take() {
                Some(live) => live,
                None if self.retries.fetch_add(1, Ordering::Relaxed) >= RETRIES => {
                    return Err(self.attribute(first, case, request));
                }
                None => match greet(&self.launcher, &self.pace, &self.log, &self.stderr).await {
                    Ok((_, live)) => live,
                    Err(_) => return Err(self.attribute(first, case, request)),
                },
            };
            let Broken { breach, blame } = match live.exchange(request, &self.pace).await {
                Ok(reply) => {
                    *spare = Some(live);
                    if first.kind != Kind::Timeout {
                        self.attribute_to_run(first);
                    }
                    return Ok(reply);
                }
                Err(broken) => broken,
            };
            match blame {
                Blame::Earlier => self.attribute_to_run(breach),
                Blame::Own => {
                    *spare = Some(live);
                    self.attribute_to_run(first);
                    return Err(self.attribute(breach, case, request));
                }
                Blame::Alone | Blame::Shared => return Err(self.attribute(breach, case, request)),
            }
        }
    }

    /// Logs a breach as the run's, unless a request has provoked such a one.
    fn attribute_to_run(&self, breach: Breach) {
        if self.log.of(breach.kind).is_empty() {
            self.log.push(of_the_run(breach));
        }
    }

    async fn ask_once(&self, case: &'static str, request: &Request) -> Result<AdapterReply, Lost> {
        if self.restarts.load(Ordering::Relaxed) >= RESTARTS {
            return Err(Lost::Exhausted);
        }
        let broken = |breach| {
            self.restarts.fetch_add(1, Ordering::Relaxed);
            self.attribute(breach, case, request)
        };
        let Ok(live) = Live::start(&self.launcher, true, &self.stderr) else {
            return Err(Lost::Exhausted);
        };
        let reply = live.exchange(request, &self.pace).await;
        let reply = reply.map_err(|Broken { breach, blame }| match blame {
            Blame::Own => self.attribute(breach, case, request),
            _ => broken(breach),
        })?;
        live.finish(&self.pace).await.map_err(broken)?;
        Ok(reply)
    }

    /// Ends the input of what still runs, and awaits its end. Safe to call twice.
    pub async fn close(&self) {
        let current = self.current.lock().await.take();
        if let Some(live) = current {
            live.finish(&self.pace)
                .await
                .unwrap_or_else(|breach| self.log.push(of_the_run(breach)));
        }
        self.spare.lock().await.take();
    }

    /// Ends the session, and gives what its processes wrote to standard error, its last MiB at least.
    pub async fn close_and_read(&self) -> String {
        self.close().await;
        self.stderr.text()
    }

    /// Sends a line that is no request to a process of its own, and greets that process again: the
    /// inner error is the breach by which it did not survive.
    ///
    /// # Errors
    /// The process did not start.
    pub async fn survives(&self, line: &str) -> Result<Result<(), Breach>, StartError> {
        let (_, live) = greet(&self.launcher, &self.pace, &Log::default(), &self.stderr).await?;
        live.provoke(line.to_owned());
        Ok(match live.exchange(&Request::hello(), &self.pace).await {
            Ok(_) => live.finish(&self.pace).await,
            Err(broken) => Err(broken.breach),
        })
    }
}

fn width(hello: &Hello, one_shot: bool) -> usize {
    if one_shot { ONE_SHOT } else { hello.max_outstanding.clamp(1, OUTSTANDING) }
}

const fn of_the_run(breach: Breach) -> Record {
    Record { breach, case: None, op: None }
}

async fn greet(
    launcher: &Launcher,
    pace: &Pace,
    log: &Log,
    stderr: &Arc<Tail>,
) -> Result<(Hello, Live), StartError> {
    let live = Live::start(launcher, false, stderr).map_err(StartError::Spawn)?;
    let reply = live.exchange(&Request::hello(), pace).await;
    let banner = live.greeted();
    for line in &banner {
        log.push(of_the_run(live.breach(Kind::StrayOutput, line.clone())));
    }
    let reply = reply.map_err(|Broken { mut breach, .. }| {
        if let Some(line) = banner.first() {
            breach.detail = format!("{}; before that it printed {line:?}", breach.detail);
        }
        StartError::NoHello(Box::new(breach))
    })?;
    let members = match reply {
        AdapterReply::Ok(members) => Ok(members),
        AdapterReply::Reject(_) => Err("a rejection"),
        AdapterReply::Unsupported(_) => Err("`unsupported`"),
        AdapterReply::Error(_) => Err("an error"),
    };
    let members = members.map_err(|kind| StartError::NotAHello(kind.to_owned()))?;
    let protocol = members.get("protocol").and_then(Value::as_u64);
    let protocol = protocol.and_then(|number| u32::try_from(number).ok());
    if let Some(other) = protocol.filter(|number| *number != PROTOCOL) {
        return Err(StartError::Protocol(other));
    }
    let hello = serde_json::from_value(Value::Object(members));
    Ok((hello.map_err(|error| StartError::NotAHello(error.to_string()))?, live))
}
