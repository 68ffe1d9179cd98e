//! The one door to the server. Every request of the suite goes through it: it counts, paces, stops
//! at the budget, records, registers secrets with the redactor, and checks the answer's shape.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use reqwest::header::{CONTENT_ENCODING, HeaderMap, HeaderValue};
use serde_json::Value;

use super::{
    Bodies, Call, Connection, Ledger, Outgoing, Pace, Purse, Recorder, Reply, Server, ServerClock,
    Shapes, Signs, Terms, Turn, Witness, read_json,
};
use crate::contract::route::Endpoint;
use crate::harness::report::Watch;
use crate::harness::{Exchange, Message, Redactor, Spending, Stop};
use crate::suite::server::inventory::Inventory;

/// Longest answer that is read. Bytes.
const LONGEST_ANSWER: usize = 64 * 1024 * 1024;
/// How often a request is sent again that was answered with 429 though there was room.
const THROTTLED: u32 = 3;
/// The wait before a GET is sent again, and twice as long each time.
const BACKOFF: Duration = Duration::from_millis(250);
/// Whoever asks for more time than that before the next request is not asked again.
const LONGEST_BACKOFF: Duration = Duration::from_secs(60);
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
    /// Looking whether the server is up: it is sent again by whoever waits for that.
    Knock,
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
    /// Origin of the server whose rate limits and clocks are tracked.
    url: String,
    http: reqwest::Client,
    pub(super) connection: Connection,
    pub(crate) pace: Pace,
    pub(crate) clock: ServerClock,
    pub(crate) ledger: Ledger,
    pub(crate) repeats: Mutex<Repeats>,
    /// The shortest time that a success of each endpoint took: others were not in its way.
    latencies: Mutex<BTreeMap<Endpoint, Duration>>,
    pub(crate) signs: Signs,
    redactor: Redactor,
    bodies: Bodies,
    pub(crate) shapes: Shapes,
    pub(crate) witness: Witness,
    pub(crate) outline: Recorder,
    /// Sees every exchange, if it is set.
    pub(crate) watch: OnceLock<Arc<dyn Watch>>,
}

impl Door {
    /// A door to `server`, whose time starts now, for requests with these tokens.
    pub(crate) fn new(
        server: &dyn Server,
        tokens: &[&String],
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
            ledger: Ledger::new(terms.budget, terms.is_thrifty.then(|| Arc::clone(&inventory))),
            pace: Pace::new(terms.allowance, inventory, end),
            clock: ServerClock::default(),
            repeats: Mutex::default(),
            latencies: Mutex::default(),
            signs: Signs::default(),
            redactor,
            bodies: Bodies::load()?,
            shapes: Shapes::load()?,
            witness: Witness::new(tokens.iter().copied()),
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
                    self.ledger.tidies();
                }
                Purpose::Knock => {}
                Purpose::Check | Purpose::UsingUp => {
                    if wire.bucket.is_some() {
                        self.ledger.spend(call.costs())?;
                    }
                    if attempt == 0 {
                        let mut spent = spent.lock();
                        *spent = spent.and(call.costs());
                    }
                }
            }
            let sent = self.exchange(server, call, &wire, purpose).await;
            if matches!(purpose, Purpose::Knock) {
                return sent;
            }
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
                let backoff = BACKOFF * (1 << attempt);
                let asked_for = reply.retry_after().map_or(backoff, Duration::from_secs);
                if asked_for > LONGEST_BACKOFF {
                    return None;
                }
                (&mut repeats.gateway, self.connection.retries, asked_for.max(backoff))
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

    /// The shortest time that a success of an endpoint took; nothing, if none came yet.
    pub(crate) fn latency(&self, endpoint: Endpoint) -> Duration {
        self.latencies.lock().get(&endpoint).copied().unwrap_or_default()
    }

    async fn exchange(
        &self,
        server: &dyn Server,
        call: &Call,
        wire: &Outgoing,
        purpose: Purpose<'_>,
    ) -> Result<Reply, Stop> {
        let turn = self.turn(server, wire, purpose).await?;
        let (mut request, sent) = self.request(&self.http, server, call, wire);
        if !sent.body.is_empty() {
            request = request.body(sent.body.clone());
        }
        if matches!(purpose, Purpose::AtOnce(_)) {
            request = request.timeout(AT_ONCE.min(self.connection.timeout));
        }
        let (began, begun) = (Instant::now(), server.timer().elapsed());
        let received = self.receive(request).await.and_then(|(status, headers, text)| {
            let json = read_json(&text)?;
            Ok((status, headers, text, json))
        });
        let (status, headers, text, json) = received.inspect_err(|_| {
            self.show(&Exchange { request: sent.clone(), response: None });
        })?;
        let ended = Instant::now();
        if let Some(endpoint) = call.endpoint().filter(|_| status.is_success()) {
            let took = ended - began;
            let mut latencies = self.latencies.lock();
            latencies.entry(endpoint).and_modify(|least| *least = took.min(*least)).or_insert(took);
        }
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
            open: (began, ended),
        };
        self.show(&reply.exchange);
        let (mut now, is_own) = (None, server.url() == self.url);
        // A second server has limits and clocks of its own.
        if let (Some(bucket), Some(endpoint)) = (wire.bucket, call.endpoint())
            && is_own
        {
            let timer = server.timer();
            let took = timer.elapsed().saturating_sub(begun);
            self.clock.learn(endpoint, &reply, took, timer);
            self.pace.learn(bucket, &reply, &self.clock, timer);
            now = self.clock.at(&reply, timer);
            self.signs.learn(call, &reply, began);
        }
        drop(turn);
        if let Some(endpoint) = call.endpoint() {
            self.witness.see(endpoint, call, &reply, (is_own, now));
            self.shapes.check(endpoint, call, &reply);
            self.outline.learn(endpoint, &reply, &self.redactor);
        }
        Ok(reply)
    }

    /// The place of a request in its lane, for which it waits; none if it takes none.
    pub(super) async fn turn(
        &self,
        server: &dyn Server,
        wire: &Outgoing,
        purpose: Purpose<'_>,
    ) -> Result<Option<Turn<'_>>, Stop> {
        let tidies_up = matches!(purpose, Purpose::TidyUp(_));
        match wire.bucket.filter(|_| purpose.is_paced()) {
            Some(bucket) => self.pace.enter(bucket, tidies_up, server.timer()).await.map(Some),
            None => Ok(None),
        }
    }

    /// A request but for its body, and what failures show of it.
    pub(super) fn request(
        &self,
        http: &reqwest::Client,
        server: &dyn Server,
        call: &Call,
        wire: &Outgoing,
    ) -> (reqwest::RequestBuilder, Message) {
        let body = call.body.as_ref().map(Value::to_string);
        let media = "application/json".to_owned();
        let mut headers = vec![("accept".to_owned(), media.clone())];
        if let Some(bearer) = &wire.bearer {
            headers.push(("authorization".to_owned(), format!("Bearer {bearer}")));
        }
        if body.is_some() {
            headers.push(("content-type".to_owned(), media));
        }
        let mut request = http.request(wire.method.clone(), &wire.url);
        for (name, value) in &headers {
            request = request.header(name, value);
        }
        let path = wire.url.strip_prefix(server.url()).unwrap_or(&wire.url);
        let line = format!("{} {path}", wire.method);
        (request, Message { line, headers, body: body.unwrap_or_default() })
    }

    /// Takes a check's first try of a request from the budget, and adds it to what was spent.
    pub(super) fn pay(
        &self,
        call: &Call,
        wire: &Outgoing,
        spent: &Mutex<Spending>,
    ) -> Result<(), Stop> {
        self.bodies.check(call)?;
        if wire.bucket.is_some() {
            self.ledger.spend(call.costs())?;
        }
        let mut spent = spent.lock();
        *spent = spent.and(call.costs());
        Ok(())
    }

    pub(super) fn show(&self, exchange: &Exchange) {
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
        let encodings = headers.get_all(CONTENT_ENCODING).iter();
        let encodings = encodings.map(|value| String::from_utf8_lossy(value.as_bytes()));
        let encodings = encodings.collect::<Vec<_>>().join(", ");
        if !encodings.is_empty() && !encodings.eq_ignore_ascii_case("identity") {
            return Err(Stop::Unreachable(format!(
                "the answer is encoded as {encodings}, though the request says `Accept-Encoding: identity`: \
                 have the server, or the proxy in front of it, encode what asks for it only"
            )));
        }
        Ok((status, headers, String::from_utf8_lossy(&bytes).into_owned()))
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
