//! A request and its answer, as the journal keeps them.

use std::time::Instant;

use axum::body::Bytes;
use jiff::Timestamp;
use serde_json::Value;

use super::trace::Trace;
use crate::contract::route::Endpoint;

/// `Debug` shows no body and no header: they hold secrets.
pub struct Exchange {
    /// From 1, without gaps, in the order of the answers.
    pub number: u64,
    /// When the answer was ready, by the mock's clock.
    pub at: Timestamp,
    /// The method, as it was sent.
    pub method: String,
    /// Path and query, as they were sent.
    pub path: String,
    /// What it asked for; none if there is no such route.
    pub endpoint: Option<Endpoint>,
    /// Its headers, names in small letters, in their order.
    pub headers: Vec<(String, Vec<u8>)>,
    /// Its body; empty if it had none, or one that is too long to keep.
    pub body: Bytes,
    /// Bytes of its body.
    pub body_length: usize,
    /// The status; none if the connection was cut.
    pub status: Option<u16>,
    /// The body of the answer; empty if it had none, or one that is too long to keep.
    pub answer: Bytes,
    /// The checks that it passed, and the one that refused it.
    pub trace: Trace,
    /// The fault that was injected into it.
    pub mishap: Option<String>,
    /// The ULID of the organization that its path names, where the token does not tell whose it is.
    pub named: Option<String>,
    /// Of a refusal, the answer in the mock's own words, without what the client has sent.
    pub(super) redacted: Option<Value>,
    /// When it was noted, by the machine's clock: for the order of exchanges of several journals.
    pub(super) noted: Instant,
}

impl std::fmt::Debug for Exchange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Exchange")
            .field("number", &self.number)
            .field("method", &self.method)
            .field("endpoint", &self.endpoint)
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

impl Exchange {
    /// A header's value; none if it was not sent or is no text.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.and_then(|(_, value)| std::str::from_utf8(value).ok())
    }

    /// Its body as JSON; null if it has none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The answer as JSON; null if it has none.
    pub fn answered(&self) -> Value {
        serde_json::from_slice(&self.answer).unwrap_or_default()
    }

    /// What it takes of the journal's memory.
    pub(super) fn bytes(&self) -> usize {
        let headers = self.headers.iter();
        let headers = headers.map(|(name, value)| name.len() + value.len());
        let redacted = self.redacted.as_ref().map_or(0, |_| self.answer.len());
        self.path.len() + headers.sum::<usize>() + self.body.len() + self.answer.len() + redacted
    }
}
