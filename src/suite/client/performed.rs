//! One operation of a client: the request for it, the reply, and what the client sent.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::adapter::{AdapterReply, Http, Rejected, Request, client_answer_members};
use crate::contract::route::Endpoint;
use crate::harness::{self, Judged, Message, Mismatch, Stop};
use crate::mock::Exchange;

pub(super) struct Performed {
    pub(super) request: Request,
    /// What the adapter replied. Never `unsupported`.
    pub(super) reply: AdapterReply,
    /// What the mock has received from the client meanwhile, in the order of its answers.
    pub(super) sent: Vec<Arc<Exchange>>,
}

impl Performed {
    pub(super) const fn is_ok(&self) -> bool {
        matches!(self.reply, AdapterReply::Ok(_))
    }

    /// The answer to a right operation.
    pub(super) fn ok(&self) -> Result<&Map<String, Value>, Stop> {
        match &self.reply {
            AdapterReply::Ok(members) => {
                let known = client_answer_members(&self.request.op);
                match members.keys().find(|name| !known.contains(&name.as_str())) {
                    None => Ok(members),
                    Some(name) => {
                        let what = "an answer has a member that its operation does not have";
                        Err(self.unlike(what, &known.join(", "), name))
                    }
                }
            }
            _ => Err(self.differs("a right operation is not done", "ok")),
        }
    }

    /// That it refused, of its own or because the server did. An error is no refusal.
    pub(super) fn refused(&self, what: &str) -> Judged {
        let is_refused = matches!(self.reply, AdapterReply::Reject(_));
        self.check(is_refused, what, "a rejection")
    }

    /// That it refused before it sent a request for the endpoint.
    pub(super) fn refused_before(&self, endpoint: Endpoint, what: &str, expected: &str) -> Judged {
        self.check(self.requests(endpoint).next().is_none(), what, expected)?;
        self.refused(what)
    }

    fn words(&self) -> String {
        match &self.reply {
            AdapterReply::Ok(members) => format!("ok {}", Value::Object(members.clone())),
            AdapterReply::Reject(Rejected { http: Some(Http { status, code }), .. }) => {
                let status = status.map_or_else(|| "-".to_owned(), |status| status.to_string());
                let code = code.as_deref().unwrap_or("no code");
                format!("a rejection (http {status}, {code})")
            }
            AdapterReply::Reject(rejected) => {
                format!("a rejection ({}): {}", rejected.class_name(), rejected.message)
            }
            AdapterReply::Error(message) => format!("an error: {message}"),
            AdapterReply::Unsupported(_) => "unsupported".to_owned(),
        }
    }

    /// Its requests for an endpoint.
    pub(super) fn requests(&self, endpoint: Endpoint) -> impl Iterator<Item = &Arc<Exchange>> {
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

    /// Fails with a difference between what it has to do and what it did, unless it `is_right`.
    pub(super) fn check(&self, is_right: bool, what: &str, expected: &str) -> Judged {
        if is_right { Ok(()) } else { Err(self.differs(what, expected)) }
    }

    /// A difference between what it has to do and what it did.
    pub(super) fn differs(&self, what: &str, expected: &str) -> Stop {
        let lines: Vec<String> = self.sent.iter().map(|one| line(one)).collect();
        let sent = if lines.is_empty() { "nothing".to_owned() } else { lines.join(", ") };
        self.unlike(what, expected, &format!("{}; it sent {sent}", self.words()))
    }

    /// A difference, with what is there instead.
    pub(super) fn unlike(&self, what: &str, expected: &str, got: &str) -> Stop {
        let message = |line| Message { line, headers: Vec::new(), body: String::new() };
        let asked = harness::Exchange {
            request: message(format!("{} {}", self.request.op, self.request.params)),
            response: Some(message(self.words())),
        };
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

/// An exchange as reports quote it.
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
