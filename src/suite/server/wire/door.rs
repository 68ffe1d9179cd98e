//! The one door to the server. Every request of the suite goes through it: it counts, paces, stops
//! at the budget, records, registers secrets with the redactor, and checks the answer's shape.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use parking_lot::Mutex;
use reqwest::header::{CONTENT_ENCODING, HeaderMap, HeaderValue};
use serde_json::Value;

use super::{
    Bodies, Budget, Call, Connection, Outgoing, Pace, Purse, Recorder, Reply, Server, Shapes, Terms,
};
use crate::harness::report::Watch;
use crate::harness::{Exchange, Message, Redactor, Spending, Stop};
use crate::suite::server::inventory::Inventory;

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

pub(crate) struct Door {
    /// Origin of the server whose rate limits are tracked: a second server has limits of its own.
    url: String,
    http: reqwest::Client,
    connection: Connection,
    pub(crate) pace: Pace,
    pub(crate) budget: Budget,
    spent: Mutex<Spending>,
    pub(crate) repeats: Mutex<Repeats>,
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
        inventory: Arc<Inventory>,
        redactor: Redactor,
    ) -> Result<Self, String> {
        let longest = Duration::from_secs(u64::from(terms.budget.minutes) * 60);
        let end = server.timer().elapsed().saturating_add(longest);
        Ok(Self {
            url: server.url().to_owned(),
            http: terms.connection.client()?,
            connection: terms.connection.clone(),
            pace: Pace::new(terms.allowance, inventory, end),
            budget: terms.budget,
            spent: Mutex::default(),
            repeats: Mutex::default(),
            redactor,
            bodies: Bodies::load()?,
            shapes: Shapes::load()?,
            outline: Recorder::default(),
            watch: OnceLock::new(),
        })
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
            let Some(wait) = self.again(&wire, purpose, &sent, attempt) else {
                return sent;
            };
            if !wait.is_zero() {
                server.timer().wait(wait).await;
            }
            attempt += 1;
        }
    }

    /// Counts a request that may be sent again, since it has had no effect, and gives the wait before that.
    fn again(
        &self,
        wire: &Outgoing,
        purpose: Purpose<'_>,
        sent: &Result<Reply, Stop>,
        attempt: u32,
    ) -> Option<Duration> {
        let mut repeats = self.repeats.lock();
        let (count, most, wait) = match sent {
            // It waits in its lane.
            Ok(reply) if reply.status == 429 && purpose.is_paced() && wire.bucket.is_some() => {
                (&mut repeats.throttled, THROTTLED, Duration::ZERO)
            }
            Ok(reply) if (502..=504).contains(&reply.status) && wire.is_get() => {
                (&mut repeats.gateway, self.connection.retries, BACKOFF * (1 << attempt))
            }
            Err(Stop::Unreachable(_)) if wire.is_get() => {
                (&mut repeats.unanswered, self.connection.retries, BACKOFF * (1 << attempt))
            }
            _ => return None,
        };
        if attempt >= most {
            return None;
        }
        *count += 1;
        Some(wait)
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
        let text_of = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let texts =
            headers.iter().map(|(name, value)| (name.to_string(), text_of(value))).collect();
        let reply = Reply {
            status: status.as_u16(),
            json,
            exchange: Exchange {
                request: sent,
                response: Some(Message { line: status.to_string(), headers: texts, body: text }),
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
            watch.exchanged(exchange);
        }
    }

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
        let encoding = headers.get(CONTENT_ENCODING).and_then(|value| value.to_str().ok());
        if let Some(encoding) = encoding.filter(|encoding| *encoding != "identity") {
            return Err(Stop::Unreachable(format!(
                "the answer is encoded as {encoding}, which was not asked for"
            )));
        }
        Ok((status, headers, String::from_utf8_lossy(&bytes).into_owned()))
    }

    fn spend(&self, cost: Spending) -> Result<(), Stop> {
        let spent = {
            let mut spent = self.spent.lock();
            *spent = spent.and(cost);
            *spent
        };
        // What has been spent before does not forbid what costs nothing of it.
        let rotations = if cost.rotations == 0 { 0 } else { spent.rotations };
        let Budget { requests: most, rotations: most_rotations, .. } = self.budget;
        if spent.requests <= most && rotations <= most_rotations {
            return Ok(());
        }
        Err(Stop::CouldNotRun(format!(
            "the budget of {most} requests and {most_rotations} rotations is spent"
        )))
    }

    /// Registers every secret of an answer, also inside a JSON document that sits in a text.
    fn register(&self, json: &Value) {
        match json {
            Value::Object(members) => {
                for (name, value) in members {
                    let is_secret = SECRET_MEMBERS.contains(&name.as_str());
                    let Some(secret) = value.as_str().filter(|_| is_secret) else {
                        self.register(value);
                        continue;
                    };
                    match serde_json::from_str::<Value>(secret) {
                        Ok(inner) if inner.is_object() => self.register(&inner),
                        _ => self.redactor.register(secret),
                    }
                }
            }
            Value::Array(items) => items.iter().for_each(|item| self.register(item)),
            _ => {}
        }
    }
}
