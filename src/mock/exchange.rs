//! A request and its answer, as the journal stores them.

use std::time::Instant;

use axum::body::Bytes;
use jiff::Timestamp;
use serde_json::Value;

use super::trace::Trace;
use crate::contract::route::Endpoint;

/// A request and its answer. `Debug` shows no body and no header: they hold secrets.
pub struct Exchange {
    /// The number of the exchange in its journal: from 1, without gaps, in the order of the answers.
    pub number: u64,
    /// The time of the answer, by the mock's clock.
    pub at: Timestamp,
    /// The method, as it was sent.
    pub method: String,
    /// Path and query, as they were sent.
    pub path: String,
    /// The endpoint; none if method and path are those of no route.
    pub endpoint: Option<Endpoint>,
    /// The headers of the request in their order, names in small letters.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The body of the request; empty if there was none, or one that is too long for the journal.
    pub body: Bytes,
    /// Length of the request's body in bytes.
    pub body_length: usize,
    /// The status of the answer; none if the connection was cut.
    pub status: Option<u16>,
    /// The body of the answer; empty if there was none, or one that is too long for the journal.
    pub answer: Bytes,
    /// The checks that the request passed, and the one that refused it.
    pub trace: Trace,
    /// The fault that was injected.
    pub mishap: Option<String>,
    /// The ULID of the organization in the path, if the token is of none.
    pub named: Option<String>,
    /// The body of a refusal without what the client has sent.
    pub(super) redacted: Option<Value>,
    /// The time of the answer by the machine's clock, for the order of exchanges of several journals.
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
    /// The value of a request header, whose name is given in small letters; none if it was not sent or is not UTF-8.
    pub fn header(&self, name: &str) -> Option<&str> {
        let (_, value) = self.headers.iter().find(|(known, _)| known == name)?;
        std::str::from_utf8(value).ok()
    }

    /// The body of the request as JSON; null if it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The body of the answer as JSON; null if it is none.
    pub fn answered(&self) -> Value {
        serde_json::from_slice(&self.answer).unwrap_or_default()
    }

    /// Bytes of the journal's memory that it takes.
    pub(super) fn bytes(&self) -> usize {
        let headers = self.headers.iter().map(|(name, value)| name.len() + value.len());
        let redacted = self.redacted.as_ref().map_or(0, |_| self.answer.len());
        self.path.len() + headers.sum::<usize>() + self.body.len() + self.answer.len() + redacted
    }
}
