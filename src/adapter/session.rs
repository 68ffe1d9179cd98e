//! The harness side of the protocol: one adapter over a whole run.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use tokio::sync::{Mutex, Semaphore};

use super::live::{Blame, Broken, Live};
use super::stderr::Tail;
use super::{AdapterReply, Breach, Hello, Kind, Launcher, Log, PROTOCOL, Pace, Record, Request};

/// How often the adapter is started again for the next case.
const RESTARTS: u32 = 10;
/// How often it is started again to find out who broke the protocol.
const RETRIES: u32 = 64;
/// Most requests that are ever outstanding, whatever the adapter would take.
const OUTSTANDING: usize = 64;
/// Processes side by side where each serves one request.
const ONE_SHOT: usize = 2;

/// An adapter that has said hello.
pub struct Session {
    launcher: Launcher,
    hello: Hello,
    one_shot: bool,
    pace: Pace,
    log: Log,
    places: Semaphore,
    current: Mutex<Option<Arc<Live>>>,
    /// A process in which requests are repeated one at a time.
    spare: Mutex<Option<Live>>,
    /// Standard error of every process of the session.
    heard: Arc<Tail>,
    restarts: AtomicU32,
    retries: AtomicU32,
}

/// Why there is no reply: in any case nothing that says right or wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Lost {
    /// The request provoked a breach of the protocol.
    #[error("the adapter broke the protocol: {}", .0.words())]
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
    /// No greeting came back.
    #[error("the adapter never said hello: {}", .0.kind.words())]
    NoHello(Box<Breach>),
    /// Something else than a greeting came back.
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
    /// It did not start, or never said hello.
    pub async fn start(launcher: Launcher, one_shot: bool, pace: Pace) -> Result<Self, StartError> {
        let log = Log::default();
        let heard = Arc::default();
        let (hello, live) = greet(&launcher, &pace, &log, &heard).await?;
        if one_shot && let Err(breach) = live.finish().await {
            log.push(of_the_run(breach));
        }
        Ok(Self {
            places: Semaphore::new(width(&hello, one_shot)),
            launcher,
            hello,
            one_shot,
            pace,
            log,
            current: Mutex::new((!one_shot).then(|| Arc::new(live))),
            spare: Mutex::new(None),
            heard,
            restarts: AtomicU32::new(0),
            retries: AtomicU32::new(0),
        })
    }

    /// Another run of the same command, with its own log.
    ///
    /// # Errors
    /// As [`Session::start`].
    pub async fn another(&self) -> Result<Self, StartError> {
        Self::start(self.launcher.clone(), self.one_shot, Pace::default()).await
    }

    /// The adapter's description of itself.
    pub const fn hello(&self) -> &Hello {
        &self.hello
    }

    /// Whether each request gets a process of its own.
    pub const fn is_one_shot(&self) -> bool {
        self.one_shot
    }

    /// How the adapter broke the protocol.
    pub const fn log(&self) -> &Log {
        &self.log
    }

    /// How many requests the session keeps outstanding at most.
    pub fn width(&self) -> usize {
        width(&self.hello, self.one_shot)
    }

    /// Asks the adapter, on behalf of `case`.
    ///
    /// # Errors
    /// The request broke the protocol, also when repeated alone, or the run was stopped.
    pub async fn ask(&self, case: &'static str, request: &Request) -> Result<AdapterReply, Lost> {
        let Ok(_place) = self.places.acquire().await else {
            return Err(Lost::Exhausted);
        };
        if self.one_shot {
            return self.ask_once(case, request).await;
        }
        loop {
            let live = self.current(case).await?;
            let Broken { breach, blame } = match live.exchange(request, &self.pace).await {
                Ok(reply) => return Ok(reply),
                Err(broken) => broken,
            };
            if blame != Blame::Reply {
                self.retire(&live).await;
            }
            match blame {
                Blame::Reply | Blame::Alone => return Err(self.lay(breach, case, request)),
                Blame::Shared => return self.repeat(case, request, breach).await,
                Blame::Earlier => self.lay_to_run(breach),
            }
        }
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
            match greet(&self.launcher, &self.pace, &self.log, &self.heard).await {
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

    async fn retire(&self, live: &Arc<Live>) {
        let mut current = self.current.lock().await;
        if current.as_ref().is_some_and(|one| Arc::ptr_eq(one, live)) {
            *current = None;
        }
    }

    fn lay(&self, breach: Breach, case: &'static str, request: &Request) -> Lost {
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
                    return Err(self.lay(first, case, request));
                }
                None => match greet(&self.launcher, &self.pace, &self.log, &self.heard).await {
                    Ok((_, live)) => live,
                    Err(_) => return Err(self.lay(first, case, request)),
                },
            };
            let Broken { breach, blame } = match live.exchange(request, &self.pace).await {
                Ok(reply) => {
                    *spare = Some(live);
                    self.lay_to_run(first);
                    return Ok(reply);
                }
                Err(broken) => broken,
            };
            match blame {
                Blame::Earlier => self.lay_to_run(breach),
                Blame::Reply => {
                    *spare = Some(live);
                    self.lay_to_run(first);
                    return Err(self.lay(breach, case, request));
                }
                Blame::Alone | Blame::Shared => return Err(self.lay(breach, case, request)),
            }
        }
    }

    /// Unless some request is found to have provoked such a breach, it is the run's.
    fn lay_to_run(&self, breach: Breach) {
        if self.log.of(breach.kind).is_empty() {
            self.log.push(of_the_run(breach));
        }
    }

    async fn ask_once(&self, case: &'static str, request: &Request) -> Result<AdapterReply, Lost> {
        if self.restarts.load(Ordering::Relaxed) >= RESTARTS {
            return Err(Lost::Exhausted);
        }
        let broke = |breach| {
            self.restarts.fetch_add(1, Ordering::Relaxed);
            Err(self.lay(breach, case, request))
        };
        let Ok(live) = Live::start(&self.launcher, true, &self.heard) else {
            return Err(Lost::Exhausted);
        };
        let reply = match live.exchange(request, &self.pace).await {
            Ok(reply) => reply,
            Err(Broken { breach, blame: Blame::Reply }) => {
                return Err(self.lay(breach, case, request));
            }
            Err(Broken { breach, .. }) => return broke(breach),
        };
        match live.finish().await {
            Ok(()) => Ok(reply),
            Err(breach) => broke(breach),
        }
    }

    /// Ends the input of what still runs, and awaits its end. Safe to call twice.
    pub async fn close(&self) {
        let current = self.current.lock().await.take();
        if let Some(live) = current
            && let Err(breach) = live.finish().await
        {
            self.log.push(of_the_run(breach));
        }
        self.spare.lock().await.take();
    }

    /// Ends it, and gives what its processes wrote to standard error, its last MiB at least.
    pub async fn close_and_read(&self) -> String {
        self.close().await;
        self.heard.text()
    }

    /// Sends a line that is no request to a process of its own, and greets that process again
    /// afterwards: whether it lived.
    ///
    /// # Errors
    /// It did not start.
    pub async fn survives(&self, line: &str) -> Result<Result<(), Breach>, StartError> {
        let scrap = Log::default();
        let (_, live) = greet(&self.launcher, &self.pace, &scrap, &self.heard).await?;
        live.send(line.to_owned());
        let answer = live.exchange(&Request::hello(), &self.pace).await;
        Ok(match answer {
            Ok(_) => live.finish().await,
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
    heard: &Arc<Tail>,
) -> Result<(Hello, Live), StartError> {
    let live = Live::start(launcher, false, heard).map_err(StartError::Spawn)?;
    let reply = live.exchange(&Request::hello(), pace).await;
    let banner = live.greeted();
    for line in &banner {
        log.push(of_the_run(live.breach(Kind::StrayOutput, line.clone())));
    }
    let reply = match reply {
        Ok(reply) => reply,
        Err(broken) => {
            let mut breach = broken.breach;
            if let Some(line) = banner.first() {
                breach.detail = format!("{}; before that it printed {line:?}", breach.detail);
            }
            return Err(StartError::NoHello(Box::new(breach)));
        }
    };
    let AdapterReply::Ok(members) = reply else {
        let kind = match reply {
            AdapterReply::Reject(_) => "a rejection",
            AdapterReply::Unsupported(_) => "`unsupported`",
            _ => "an error",
        };
        return Err(StartError::NotAHello(kind.to_owned()));
    };
    let protocol = members.get("protocol").and_then(serde_json::Value::as_u64);
    let protocol = protocol.and_then(|number| u32::try_from(number).ok());
    if let Some(other) = protocol.filter(|number| *number != PROTOCOL) {
        return Err(StartError::Protocol(other));
    }
    let hello = serde_json::from_value(serde_json::Value::Object(members));
    let hello: Hello = hello.map_err(|error| StartError::NotAHello(error.to_string()))?;
    Ok((hello, live))
}
