//! The one door to the server. Every request of the suite goes through it: it counts, paces, stops
//! at the budget, records, registers secrets with the redactor, and checks the answer's shape.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use parking_lot::Mutex;
use reqwest::header::{CONTENT_ENCODING, HeaderMap};
use serde_json::Value;
use tokio::sync::RwLockWriteGuard;

use super::{
    Bodies, Budget, Call, Connection, Outgoing, Pace, Purse, Recorder, Reply, Server, Shapes,
    Terms, Timer,
};
use crate::harness::report::Watch;
use crate::harness::{Exchange, Message, Redactor, Spending, Stop};
use crate::suite::server::made::Made;

/// Longest answer that is read. Bytes.
const LONGEST_ANSWER: usize = 64 * 1024 * 1024;
/// How often a request is sent again that was answered with 429 though there was room.
const THROTTLED: u32 = 3;
/// The wait before a GET is sent again, and twice as long each time.
const BACKOFF: Duration = Duration::from_millis(250);
/// Longest that a request may take after an interrupt: a person waits for the process to end.
const AT_ONCE: Duration = Duration::from_millis(1500);
/// Members whose values are secrets of the server.
const SECRET_MEMBERS: [&str; 4] = ["key", "token", "content", "plaintext"];

/// What a request is sent for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Purpose<'p> {
    /// A check: it is paid from the budget, and waits for its bucket.
    Check,
    /// A check of the limits, which are there to be used up: it does not wait.
    UsingUp,
    /// Tidying up: it waits, and has a purse of its own, so that it is sent even when the budget is spent.
    TidyUp(&'p Purse),
    /// Tidying up after an interrupt: it does not wait, and uses the requests that were kept back for it.
    AtOnce(&'p Purse),
}

impl Purpose<'_> {
    /// Whether it waits for its bucket.
    const fn is_paced(self) -> bool {
        matches!(self, Self::Check | Self::TidyUp(_))
    }
}

/// How many requests had to be sent again, by the reason.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Repeats {
    /// GETs without an answer.
    pub unanswered: u32,
    /// GETs that a gateway answered.
    pub gateway: u32,
    /// Requests that were answered with 429 though there should have been room.
    pub throttled: u32,
}

/// Why a request is sent again.
enum Again {
    Unanswered,
    Gateway,
    Throttled,
}

/// The door to one server.
pub(crate) struct Door {
    /// Origin of the server whose rate limits are tracked: a second server has limits of its own.
    url: String,
    http: reqwest::Client,
    connection: Connection,
    pace: Pace,
    budget: Budget,
    requests: AtomicU32,
    rotations: AtomicU32,
    repeats: Mutex<Repeats>,
    redactor: Redactor,
    bodies: Bodies,
    pub(crate) shapes: Shapes,
    pub(crate) outline: Recorder,
    /// Sees every exchange, if it is set.
    pub(crate) watch: OnceLock<Arc<dyn Watch>>,
}

impl Door {
    /// A door to `server`, whose time starts now.
    pub(crate) fn new(
        server: &dyn Server,
        terms: &Terms,
        made: Arc<Made>,
        redactor: Redactor,
    ) -> Result<Self, String> {
        let end = server.timer().elapsed().saturating_add(terms.budget.time());
        Ok(Self {
            url: server.url().to_owned(),
            http: terms.connection.client()?,
            connection: terms.connection.clone(),
            pace: Pace::new(terms.allowance, made, end),
            budget: terms.budget,
            requests: AtomicU32::new(0),
            rotations: AtomicU32::new(0),
            repeats: Mutex::default(),
            redactor,
            bodies: Bodies::load()?,
            shapes: Shapes::load()?,
            outline: Recorder::default(),
            watch: OnceLock::new(),
        })
    }

    /// What had to be sent again so far.
    pub(crate) fn repeats(&self) -> Repeats {
        *self.repeats.lock()
    }

    /// Whether any rotation of a server-managed key is within the budget.
    pub(crate) const fn may_rotate(&self) -> bool {
        self.budget.rotations > 0
    }

    /// Keeps all requests back but those that use a limit up, until the guard is dropped.
    pub(crate) async fn close(&self) -> RwLockWriteGuard<'_, ()> {
        self.pace.close().await
    }

    /// How much longer the run may last.
    pub(crate) fn time_left(&self, timer: &dyn Timer) -> Duration {
        self.pace.time_left(timer)
    }

    /// Whether the run lasts so much longer.
    pub(crate) fn lasts(&self, timer: &dyn Timer, time: Duration) -> bool {
        self.pace.lasts(timer, time)
    }

    /// Sends a request and reads the whole answer. Adds to `spent` what it cost.
    ///
    /// # Errors
    /// [`Stop::Unreachable`] if no answer came, [`Stop::CouldNotRun`] at the end of the budget,
    /// [`Stop::Harness`] if the request is not what it says: then nothing is sent.
    pub(crate) async fn send(
        &self,
        server: &dyn Server,
        call: &Call,
        purpose: Purpose<'_>,
        spent: &Mutex<Spending>,
    ) -> Result<Reply, Stop> {
        self.bodies.check(call)?;
        let wire = Outgoing::of(server, call)?;
        let mut attempt = 0;
        loop {
            match purpose {
                Purpose::TidyUp(purse) | Purpose::AtOnce(purse) => {
                    if !purse.take(wire.is_get()) {
                        let why = "the requests for tidying up are spent";
                        return Err(Stop::CouldNotRun(why.to_owned()));
                    }
                }
                Purpose::Check | Purpose::UsingUp => {
                    if wire.bucket.is_some() {
                        self.spend(call.costs())?;
                    }
                    if attempt == 0 {
                        let mut spent = spent.lock();
                        *spent = spent.and(call.costs());
                    }
                }
            }
            let sent = self.exchange(server, call, &wire, purpose).await;
            let again = match &sent {
                Ok(reply) => self.again(&wire, purpose, reply),
                Err(Stop::Unreachable(_)) if wire.is_get() => Some(Again::Unanswered),
                Err(_) => None,
            };
            let most = match again {
                Some(Again::Throttled) => THROTTLED,
                _ => self.connection.retries,
            };
            let Some(again) = again.filter(|_| attempt < most) else {
                return sent;
            };
            self.count(&again);
            if !matches!(again, Again::Throttled) {
                server.timer().wait(BACKOFF * (1 << attempt)).await;
            }
            attempt += 1;
        }
    }

    /// Whether an answer asks for the same request once more: only one that has had no effect.
    fn again(&self, wire: &Outgoing, purpose: Purpose<'_>, reply: &Reply) -> Option<Again> {
        match reply.status {
            429 if purpose.is_paced() && wire.bucket.is_some() => Some(Again::Throttled),
            502..=504 if wire.is_get() => Some(Again::Gateway),
            _ => None,
        }
    }

    fn count(&self, again: &Again) {
        let mut repeats = self.repeats.lock();
        let count = match again {
            Again::Unanswered => &mut repeats.unanswered,
            Again::Gateway => &mut repeats.gateway,
            Again::Throttled => &mut repeats.throttled,
        };
        *count += 1;
    }

    async fn exchange(
        &self,
        server: &dyn Server,
        call: &Call,
        wire: &Outgoing,
        purpose: Purpose<'_>,
    ) -> Result<Reply, Stop> {
        let tidies_up = matches!(purpose, Purpose::TidyUp(_));
        let turn = match wire.bucket.filter(|_| purpose.is_paced()) {
            Some(bucket) => Some(self.pace.enter(bucket, tidies_up, server.timer()).await?),
            None => None,
        };
        let body = call.body.as_ref().map(Value::to_string);
        let media = "application/json".to_owned();
        let mut headers = vec![("accept".to_owned(), media.clone())];
        if let Some(bearer) = &wire.bearer {
            headers.push(("authorization".to_owned(), format!("Bearer {bearer}")));
        }
        if body.is_some() {
            headers.push(("content-type".to_owned(), media));
        }
        let mut request = self.http.request(wire.method.clone(), &wire.url);
        for (name, value) in &headers {
            request = request.header(name, value);
        }
        if let Some(body) = &body {
            request = request.body(body.clone());
        }
        if matches!(purpose, Purpose::AtOnce(_)) {
            request = request.timeout(AT_ONCE.min(self.connection.timeout));
        }
        let path = wire.url.strip_prefix(server.url()).unwrap_or(&wire.url);
        let sent = Message {
            line: format!("{} {path}", wire.method),
            headers,
            body: body.unwrap_or_default(),
        };
        let (status, headers, text) = self.receive(request).await.inspect_err(|_| {
            self.show(&Exchange { request: sent.clone(), response: None });
        })?;
        let json = serde_json::from_str(&text).unwrap_or(Value::Null);
        self.register(&json);
        let reply = Reply {
            status: status.as_u16(),
            json,
            exchange: Exchange {
                request: sent,
                response: Some(Message {
                    line: status.to_string(),
                    headers: header_texts(&headers),
                    body: text,
                }),
            },
            headers,
        };
        self.show(&reply.exchange);
        if let Some(bucket) = wire.bucket.filter(|_| server.url() == self.url) {
            self.pace.learn(bucket, &reply, server.timer());
        }
        drop(turn);
        if let Some(endpoint) = call.endpoint() {
            self.shapes.check(endpoint, &reply);
            self.outline.learn(endpoint, &reply, &self.redactor);
        }
        Ok(reply)
    }

    fn show(&self, exchange: &Exchange) {
        if let Some(watch) = self.watch.get() {
            watch.saw(exchange);
        }
    }

    /// Sends it and reads the answer as text.
    async fn receive(
        &self,
        request: reqwest::RequestBuilder,
    ) -> Result<(reqwest::StatusCode, HeaderMap, String), Stop> {
        let unreachable =
            |error: reqwest::Error| Stop::Unreachable(self.connection.explain(&error));
        let mut response = request.send().await.map_err(unreachable)?;
        let status = response.status();
        let headers = response.headers().clone();
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
            bytes.extend_from_slice(&chunk);
            if bytes.len() > LONGEST_ANSWER {
                return Err(Stop::Unreachable("the answer does not end".to_owned()));
            }
        }
        if let Some(encoding) = headers
            .get(CONTENT_ENCODING)
            .and_then(|value| value.to_str().ok())
            .filter(|encoding| *encoding != "identity")
        {
            return Err(Stop::Unreachable(format!(
                "the answer is encoded as {encoding}, which was not asked for"
            )));
        }
        Ok((status, headers, String::from_utf8_lossy(&bytes).into_owned()))
    }

    fn spend(&self, cost: Spending) -> Result<(), Stop> {
        let add = |counter: &AtomicU32, more: u32| {
            counter.fetch_add(more, Ordering::Relaxed).saturating_add(more)
        };
        let spent = Spending {
            requests: add(&self.requests, cost.requests),
            rotations: add(&self.rotations, cost.rotations),
        };
        // What has been spent before does not forbid what costs nothing of it.
        let rotations = if cost.rotations == 0 { 0 } else { spent.rotations };
        if self.budget.holds(Spending { rotations, ..spent }) {
            Ok(())
        } else {
            Err(Stop::CouldNotRun(format!(
                "the budget of {} requests and {} rotations is spent",
                self.budget.requests, self.budget.rotations
            )))
        }
    }

    /// Registers every secret of an answer, also inside a JSON document that sits in a text.
    fn register(&self, json: &Value) {
        match json {
            Value::Object(members) => {
                for (name, value) in members {
                    match value.as_str() {
                        Some(text) if SECRET_MEMBERS.contains(&name.as_str()) => {
                            match serde_json::from_str::<Value>(text) {
                                Ok(inner) if inner.is_object() => self.register(&inner),
                                _ => self.redactor.register(text),
                            }
                        }
                        _ => self.register(value),
                    }
                }
            }
            Value::Array(items) => items.iter().for_each(|item| self.register(item)),
            _ => {}
        }
    }
}

fn header_texts(headers: &HeaderMap) -> Vec<(String, String)> {
    headers
        .iter()
        .map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            (name.to_string(), value)
        })
        .collect()
}
