//! The one door to the target. Every request of the suite goes through it: it counts, paces, stops
//! at the budget, records, registers what must not be shown, and checks the answer's shape.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap};
use serde_json::Value;

use super::call::{Address, Bearer, Call};
use super::pace::Pace;
use super::reply::Reply;
use super::shape::Shapes;
use super::target::Target;
use crate::contract::limit::Bucket;
use crate::contract::route::Method;
use crate::harness::{Exchange, Message, Redactor, Spending, Stop};

/// Longest that one request may take.
const TIMEOUT: Duration = Duration::from_secs(30);
/// Longest wait for a bucket that is begun.
const LONGEST_WAIT: Duration = Duration::from_secs(90);
/// Longest answer that is read. Bytes.
const LONGEST_ANSWER: usize = 64 * 1024 * 1024;
/// Members whose values are secrets of the target.
const SECRET_MEMBERS: [&str; 4] = ["key", "token", "content", "plaintext"];

/// How much a run may spend.
#[derive(Debug, Clone, Copy)]
pub struct Budget {
    /// Requests of any kind.
    pub requests: u32,
    /// Requests on `encryption-key/rotate`.
    pub rotations: u32,
}

impl Budget {
    /// No bound: for a target that belongs to nobody else.
    pub const UNBOUNDED: Self = Self {
        requests: u32::MAX,
        rotations: u32::MAX,
    };
    /// What a server that others use can spare.
    pub const DEFAULT: Self = Self {
        requests: 2000,
        rotations: 6,
    };
}

/// What a request is sent for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Errand {
    /// A check: it spends of the budget, and waits for its bucket.
    Check,
    /// A check against a server of its own, whose limits are there to be used up: it does not wait.
    OwnServer,
    /// Tidying up: it waits, and is sent even when the budget is spent.
    TidyUp,
}

/// The door to one target.
pub(super) struct Door {
    http: reqwest::Client,
    pace: Pace,
    budget: Budget,
    requests: AtomicU32,
    rotations: AtomicU32,
    redactor: Redactor,
    pub(super) shapes: Shapes,
}

impl Door {
    pub(super) fn new(budget: Budget, redactor: Redactor) -> Result<Self, String> {
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(TIMEOUT)
            .user_agent(concat!("keyproof/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| format!("the HTTP client could not be made: {error}"))?;
        Ok(Self {
            http,
            pace: Pace::default(),
            budget,
            requests: AtomicU32::new(0),
            rotations: AtomicU32::new(0),
            redactor,
            shapes: Shapes::load()?,
        })
    }

    /// Sends a request and reads the whole answer. Adds to `spent` what it cost.
    ///
    /// # Errors
    /// [`Stop::Unreachable`] if no answer came, [`Stop::CouldNotRun`] at the end of the budget.
    pub(super) async fn send(
        &self,
        target: &dyn Target,
        call: &Call,
        errand: Errand,
        spent: &parking_lot::Mutex<Spending>,
    ) -> Result<Reply, Stop> {
        let (method, url, bucket) = address(target, call)?;
        let bearer = bearer(target, call);
        if let Some(bucket) = bucket.filter(|_| errand != Errand::TidyUp) {
            self.spend(bucket, spent)?;
        }
        let paced = bucket.filter(|_| errand != Errand::OwnServer);
        if let Some(bucket) = paced {
            self.keep_pace(bucket).await?;
        }
        let mut request = self
            .http
            .request(method.clone(), &url)
            .header(ACCEPT, "application/json");
        let mut shown = vec![("accept".to_owned(), "application/json".to_owned())];
        if let Some(bearer) = &bearer {
            let value = format!("Bearer {bearer}");
            request = request.header(AUTHORIZATION, &value);
            shown.push(("authorization".to_owned(), value));
        }
        if let Some(body) = &call.body {
            request = request
                .header(CONTENT_TYPE, "application/json")
                .body(body.clone());
            shown.push(("content-type".to_owned(), "application/json".to_owned()));
        }
        let sent = Message {
            line: format!(
                "{method} {}",
                url.strip_prefix(target.url()).unwrap_or(&url)
            ),
            headers: shown,
            body: call.body.clone().unwrap_or_default(),
        };
        let mut response = request.send().await.map_err(|error| unreachable(&error))?;
        let status = response.status();
        let headers = response.headers().clone();
        let mut bytes = Vec::new();
        while let Some(chunk) = response
            .chunk()
            .await
            .map_err(|error| unreachable(&error))?
        {
            bytes.extend_from_slice(&chunk);
            if bytes.len() > LONGEST_ANSWER {
                return Err(Stop::Unreachable("the answer does not end".to_owned()));
            }
        }
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let json = serde_json::from_str(&text).unwrap_or(Value::Null);
        self.register(&json);
        let reply = Reply {
            status: status.as_u16(),
            json,
            exchange: Exchange {
                request: sent,
                response: Some(Message {
                    line: status.to_string(),
                    headers: shown_headers(&headers),
                    body: text,
                }),
            },
            headers,
        };
        if let Some(bucket) = paced {
            self.pace.learn(bucket, &reply).await;
        }
        if let Some(endpoint) = call.endpoint() {
            self.shapes.check(endpoint, &reply);
        }
        Ok(reply)
    }

    fn spend(&self, bucket: Bucket, spent: &parking_lot::Mutex<Spending>) -> Result<(), Stop> {
        let rotations = u32::from(bucket == Bucket::Rotate);
        let over = self.requests.fetch_add(1, Ordering::Relaxed) >= self.budget.requests
            || self.rotations.fetch_add(rotations, Ordering::Relaxed) + rotations
                > self.budget.rotations;
        if over {
            return Err(Stop::CouldNotRun(format!(
                "the budget of {} requests and {} rotations is spent",
                self.budget.requests, self.budget.rotations
            )));
        }
        let mut spent = spent.lock();
        spent.requests += 1;
        spent.rotations += rotations;
        Ok(())
    }

    async fn keep_pace(&self, bucket: Bucket) -> Result<(), Stop> {
        let wait = self.pace.wait(bucket).await;
        if wait > LONGEST_WAIT {
            return Err(Stop::CouldNotRun(format!(
                "the rate limit is used up: it could run in {} minutes",
                wait.as_secs().div_ceil(60)
            )));
        }
        tokio::time::sleep(wait).await;
        Ok(())
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

fn address(
    target: &dyn Target,
    call: &Call,
) -> Result<(reqwest::Method, String, Option<Bucket>), Stop> {
    match &call.to {
        Address::Endpoint {
            endpoint,
            organization,
            segments,
        } => {
            let route = endpoint.route();
            let mut values = vec![organization.as_deref().unwrap_or(target.organization())];
            values.extend(segments.iter().map(String::as_str));
            if !values.iter().all(|value| is_segment(value)) {
                return Err(Stop::CouldNotRun(
                    "the server gave an id that is no slug, ULID or number".to_owned(),
                ));
            }
            let method = match route.method {
                Method::Get => reqwest::Method::GET,
                Method::Post => reqwest::Method::POST,
                Method::Delete => reqwest::Method::DELETE,
            };
            let url = format!("{}{}", target.url(), route.fill(&values));
            Ok((method, url, Some(route.bucket)))
        }
        Address::Control(path) => {
            let control = target
                .control()
                .ok_or(Stop::NotObservable(super::needs::CONTROL))?;
            let url = format!("{}/{path}", control.place);
            Ok((reqwest::Method::POST, url, None))
        }
    }
}

/// Whether a text can stand in a path as it is: ids come from the server, and must not lead elsewhere.
fn is_segment(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    !text.is_empty() && text.bytes().all(fits)
}

fn bearer(target: &dyn Target, call: &Call) -> Option<String> {
    match (&call.to, &call.bearer) {
        (Address::Control(_), _) => target.control().map(|control| control.token.clone()),
        (_, Bearer::Full) => Some(target.tokens().full.clone()),
        (_, Bearer::None) => None,
        (_, Bearer::Token(token)) => Some(token.clone()),
    }
}

fn shown_headers(headers: &HeaderMap) -> Vec<(String, String)> {
    headers
        .iter()
        .map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            (name.to_string(), value)
        })
        .collect()
}

/// Why no answer came, without the URL: the report names the target already.
fn unreachable(error: &reqwest::Error) -> Stop {
    let what = if error.is_timeout() {
        format!("no answer within {} s", TIMEOUT.as_secs())
    } else if error.is_connect() {
        "the connection was refused".to_owned()
    } else if error.is_body() || error.is_decode() {
        "the answer broke off".to_owned()
    } else {
        "the connection broke off before an answer".to_owned()
    };
    Stop::Unreachable(what)
}
