//! What one case works with: the adapter, and the differences that it reports.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::peers::Peers;
use super::run::Shared;
use super::sample::{Draw, Sample};
use crate::adapter::{AdapterReply, OPTIONAL, Rejected, Request, Session};
use crate::harness::{Exchange, Judged, Message, Mismatch, Stop};

/// A case's way to the adapter.
#[derive(Clone)]
pub struct Context {
    pub(super) shared: Arc<Shared>,
    pub(super) peers: Arc<Peers>,
    pub(super) case: &'static str,
    /// Whether a wrong answer is worth an explanation: not while it is only shrunk.
    pub(super) explains: bool,
}

impl Context {
    pub(super) const fn new(shared: Arc<Shared>, peers: Arc<Peers>, case: &'static str) -> Self {
        Self { shared, peers, case, explains: true }
    }

    /// The same without explanations.
    pub(super) fn quietly(&self) -> Self {
        Self { explains: false, ..self.clone() }
    }

    /// The same case with a process of its own, which no other case uses. It has to be closed.
    pub(super) async fn restarted(&self) -> Result<Self, Stop> {
        let session = self.session().another().await;
        let session = session.map_err(|error| Stop::CouldNotRun(error.to_string()))?;
        let shared = Shared {
            record: Arc::clone(&self.shared.record),
            samples: Arc::clone(&self.shared.samples),
            ..Shared::new(session, self.shared.seed, &self.shared.redactor)
        };
        Ok(Self::new(Arc::new(shared), Arc::default(), self.case))
    }

    pub(super) fn session(&self) -> &Session {
        &self.shared.session
    }

    pub(super) fn language(&self) -> &str {
        &self.session().hello().language
    }

    /// The adapter's reply, whatever it is.
    pub(super) async fn reply(&self, request: &Request) -> Result<AdapterReply, Stop> {
        let reply = self.session().ask(self.case, request).await;
        let reply = reply.map_err(|lost| Stop::CouldNotRun(lost.to_string()))?;
        if let AdapterReply::Ok(answer) = &reply {
            self.shared.record.note(request, answer);
        }
        Ok(reply)
    }

    /// What the first derivation of the run shows of this one, if it is one.
    pub(super) async fn sampled(&self, request: &Request) -> Option<(Draw<'_>, Sample)> {
        let draw = self.shared.samples.before(request)?;
        if !self.session().hello().has(&draw.request.op) {
            return None;
        }
        let judge = || async { draw.judge(self.reply(&draw.request).await) };
        let sample = *draw.sample.get_or_init(judge).await;
        Some((draw, sample))
    }

    /// Asks for the implementation's answer, or its refusal.
    pub(super) async fn ask<'r>(&self, request: &'r Request) -> Result<Response<'r>, Stop> {
        let op = &request.op;
        let has = self.session().hello().has(op);
        if !has && OPTIONAL.contains(&op.as_ref()) {
            return Err(Stop::NotApplicable(format!("the implementation has no {op}")));
        }
        if let Some((draw, sample)) = self.sampled(request).await
            && let Some(why) = draw.spares(sample, request)
        {
            return Err(Stop::CouldNotRun(why));
        }
        let result = match self.reply(request).await? {
            AdapterReply::Ok(members) => Ok(members),
            AdapterReply::Reject(rejected) => Err(rejected),
            AdapterReply::Unsupported(_) => {
                return Err(Stop::CouldNotRun(format!(
                    "the implementation has no {op}: leave its cases out by name with --skip"
                )));
            }
            AdapterReply::Error(message) => {
                let why = format!("the adapter could not tell of {op}: {message}");
                return Err(Stop::CouldNotRun(why));
            }
        };
        self.shared.record.judged(op);
        Ok(Response { request, result })
    }

    /// A text that the answer to a right request has to have.
    pub(super) async fn text(&self, request: &Request, name: &str) -> Result<String, Stop> {
        let response = self.ask(request).await?;
        let text = response.text(name).map(str::to_owned);
        text.ok_or_else(|| response.not_answered(&format!("a text `{name}`")))
    }
}

/// An answer or a refusal, with the request for it.
pub(super) struct Response<'r> {
    pub(super) request: &'r Request,
    pub(super) result: Result<Map<String, Value>, Rejected>,
}

impl Response<'_> {
    /// A member of the answer.
    pub(super) fn member(&self, name: &str) -> Option<&Value> {
        self.result.as_ref().ok()?.get(name)
    }

    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.member(name)?.as_str()
    }

    /// The response in words.
    pub(super) fn words(&self) -> String {
        match &self.result {
            Ok(members) => format!("ok {}", Value::Object(members.clone())),
            Err(rejected) => refusal(rejected),
        }
    }

    /// A difference that the response shows.
    pub(super) fn differs(&self, what: &str, expected: &str) -> Stop {
        self.unlike(what, expected, &self.words())
    }

    /// A difference, with what is there instead.
    pub(super) fn unlike(&self, what: &str, expected: &str, got: &str) -> Stop {
        let line = |line| Message { line, headers: Vec::new(), body: String::new() };
        let request = line(format!("{} {}", self.request.op, self.request.params));
        let exchange = Exchange { request, response: Some(line(self.words())) };
        Stop::from(Mismatch { exchanges: vec![exchange], ..compared(what, expected, got) })
    }

    /// A right request whose response is not the answer that it needs.
    pub(super) fn not_answered(&self, wanted: &str) -> Stop {
        let what = match self.result {
            Ok(_) => "the answer has not the members of its operation",
            Err(_) => "a right input is refused",
        };
        self.differs(what, wanted)
    }
}

/// A refusal in words.
pub(super) fn refusal(rejected: &Rejected) -> String {
    format!("a rejection ({}): {}", rejected.class_name(), rejected.message)
}

/// Fails with a difference that no single exchange shows, unless it `is_right`.
pub(super) fn check(is_right: bool, what: &str, expected: &str, got: &str) -> Judged {
    if is_right { Ok(()) } else { Err(difference(what, expected, got)) }
}

/// A difference that no single exchange shows.
pub(super) fn difference(what: &str, expected: &str, got: &str) -> Stop {
    Stop::from(compared(what, expected, got))
}

fn compared(what: &str, expected: &str, got: &str) -> Mismatch {
    Mismatch {
        what: what.to_owned(),
        expected: expected.to_owned(),
        got: got.to_owned(),
        exchanges: Vec::new(),
    }
}
