//! One operation of a client: what it was asked, what it answered, and what it sent.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::adapter::{Http, Rejected, Request};
use crate::contract::route::Endpoint;
use crate::harness::{self, Judged, Message, Mismatch, Stop};
use crate::mock::Exchange;

/// An adapter's response to a client's operation.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Response {
    /// It did what it was asked.
    Ok(Map<String, Value>),
    /// It refused, or passes on that the server did.
    Rejected(Rejected),
    /// An error: the operation had no answer.
    NoAnswer(String),
}

impl Response {
    fn words(&self) -> String {
        match self {
            Self::Ok(members) => format!("ok {}", Value::Object(members.clone())),
            Self::Rejected(Rejected { http: Some(Http { status, code }), .. }) => {
                let status = status.map_or_else(|| "-".to_owned(), |status| status.to_string());
                let code = code.as_deref().unwrap_or("no code");
                format!("a rejection (http {status}, {code})")
            }
            Self::Rejected(rejected) => {
                format!("a rejection ({}): {}", rejected.class_name(), rejected.message)
            }
            Self::NoAnswer(message) => format!("an error: {message}"),
        }
    }
}

pub(super) struct Performed {
    pub(super) request: Request,
    pub(super) response: Response,
    /// What the mock has seen of the client meanwhile, in the order of its answers.
    pub(super) sent: Vec<Arc<Exchange>>,
}

impl Performed {
    /// What it answered, when it was asked something that is right.
    pub(super) fn ok(&self) -> Result<&Map<String, Value>, Stop> {
        match &self.response {
            Response::Ok(members) => Ok(members),
            _ => Err(self.differs("a right operation is not done", "ok")),
        }
    }

    /// That it refused, of its own or because the server did. What has no answer is no refusal.
    pub(super) fn refused(&self, what: &str) -> Judged {
        match &self.response {
            Response::Rejected(_) => Ok(()),
            _ => Err(self.differs(what, "a rejection")),
        }
    }

    /// Its requests for an endpoint.
    pub(super) fn asked(&self, endpoint: Endpoint) -> impl Iterator<Item = &Arc<Exchange>> {
        let sent = self.sent.iter();
        sent.filter(move |exchange| exchange.endpoint == Some(endpoint))
    }

    /// Its only request, which has to be this.
    pub(super) fn sole(&self, method: &str, path: &str) -> Result<&Exchange, Stop> {
        match &self.sent[..] {
            [one] if one.method == method && one.path == path => Ok(one),
            _ => Err(self.differs(
                "another request is sent than that of the operation",
                &format!("{method} {path}, once"),
            )),
        }
    }

    /// A difference between what it has to do and what it did.
    pub(super) fn differs(&self, what: &str, expected: &str) -> Stop {
        let lines: Vec<String> = self.sent.iter().map(|one| line(one)).collect();
        let sent = if lines.is_empty() { "nothing".to_owned() } else { lines.join(", ") };
        self.unlike(what, expected, &format!("{}; it sent {sent}", self.response.words()))
    }

    /// A difference, with what was found instead.
    pub(super) fn unlike(&self, what: &str, expected: &str, got: &str) -> Stop {
        let request = Message {
            line: format!("{} {}", self.request.op, self.request.params),
            headers: Vec::new(),
            body: String::new(),
        };
        let reply =
            Message { line: self.response.words(), headers: Vec::new(), body: String::new() };
        let asked = harness::Exchange { request, response: Some(reply) };
        Stop::from(Mismatch {
            what: what.to_owned(),
            expected: expected.to_owned(),
            got: got.to_owned(),
            exchanges: self.sent.iter().map(|one| quoted(one)).chain([asked]).collect(),
        })
    }
}

fn line(exchange: &Exchange) -> String {
    let status = exchange.status;
    let status = status.map_or_else(|| "no answer".to_owned(), |status| status.to_string());
    format!("{} {} ({status})", exchange.method, exchange.path)
}

/// An exchange as reports show it.
fn quoted(exchange: &Exchange) -> harness::Exchange {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let headers = exchange.headers.iter();
    harness::Exchange {
        request: Message {
            line: format!("{} {}", exchange.method, exchange.path),
            headers: headers.map(|(name, value)| (name.clone(), text(value))).collect(),
            body: text(&exchange.body),
        },
        response: exchange.status.map(|status| Message {
            line: status.to_string(),
            headers: Vec::new(),
            body: text(&exchange.answer),
        }),
    }
}
