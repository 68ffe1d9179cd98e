//! The last exchanges, as they were, for whoever runs the mock in process. What leaves the process is
//! [`view`]'s.

pub(super) mod view;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Bytes;
use jiff::Timestamp;
use parking_lot::Mutex;
use serde_json::Value;
use tokio::sync::watch;

use super::trace::Trace;
use crate::contract::route::Endpoint;
use crate::mock::steer::pattern::Pattern;

/// Most exchanges that are kept of an organization.
const MOST: usize = 500;
/// Most bytes of requests and answers that are kept of an organization.
const BYTES: usize = 4 * 1024 * 1024;
/// Longest body that is kept. Of a longer one only the length is known.
const BODY: usize = 256 * 1024;

/// One request and what it was answered with. `Debug` shows no body and no header: they hold secrets.
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
    /// The checks that it came through.
    pub trace: Trace,
    /// What was made to go wrong with it.
    pub mishap: Option<String>,
    /// The ULID of the organization that its path names, where the token does not tell whose it is.
    pub named: Option<String>,
    /// Of a refusal, the answer in the mock's own words, without what the client has sent.
    pub(super) told: Option<Value>,
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

    fn bytes(&self) -> usize {
        let headers = self.headers.iter();
        let headers = headers.map(|(name, value)| name.len() + value.len());
        let told = self.told.as_ref().map_or(0, |_| self.answer.len());
        self.path.len() + headers.sum::<usize>() + self.body.len() + self.answer.len() + told
    }
}

/// The last exchanges, bounded by their number and by the bytes of their bodies.
pub(super) struct Journal {
    kept: Mutex<Kept>,
    /// How many there were in all.
    count: watch::Sender<u64>,
}

#[derive(Default)]
struct Kept {
    exchanges: VecDeque<Arc<Exchange>>,
    bytes: usize,
    /// How many requests there were, before it was emptied, that name the organization in their path only.
    strays_before: u64,
}

impl Default for Journal {
    fn default() -> Self {
        Self {
            kept: Mutex::default(),
            count: watch::Sender::new(0),
        }
    }
}

impl Journal {
    /// Keeps an exchange, under the next number.
    pub(super) fn note(&self, mut exchange: Exchange) -> Arc<Exchange> {
        if exchange.answer.len() > BODY {
            exchange.told = None;
        }
        for body in [&mut exchange.body, &mut exchange.answer] {
            if body.len() > BODY {
                *body = Bytes::new();
            }
        }
        let mut kept = self.kept.lock();
        self.count.send_modify(|count| {
            *count += 1;
            exchange.number = *count;
        });
        kept.bytes += exchange.bytes();
        let exchange = Arc::new(exchange);
        kept.exchanges.push_back(Arc::clone(&exchange));
        while kept.exchanges.len() > MOST || kept.bytes > BYTES {
            let Some(oldest) = kept.exchanges.pop_front() else {
                break;
            };
            kept.bytes -= oldest.bytes();
        }
        exchange
    }

    /// What is kept, oldest first.
    pub(super) fn all(&self) -> Vec<Arc<Exchange>> {
        self.kept.lock().exchanges.iter().cloned().collect()
    }

    /// Those that match.
    pub(super) fn matching(&self, pattern: &Pattern) -> Vec<Arc<Exchange>> {
        let mut all = self.all();
        all.retain(|exchange| pattern.matches(exchange));
        all
    }

    /// How many there were in all.
    pub(super) fn count(&self) -> u64 {
        *self.count.borrow()
    }

    /// Forgets all of them. Numbers go on. So many requests that name the organization in their path only are
    /// forgotten with them.
    pub(super) fn clear(&self, strays_before: u64) {
        *self.kept.lock() = Kept {
            strays_before,
            ..Kept::default()
        };
    }

    /// How many requests there were, before it was emptied, that name the organization in their path only.
    pub(super) fn strays_before(&self) -> u64 {
        self.kept.lock().strays_before
    }

    /// Those that match, as soon as there are so many; what there is when the time is over.
    pub(super) async fn wait(
        &self,
        pattern: &Pattern,
        count: usize,
        longest: Duration,
    ) -> Vec<Arc<Exchange>> {
        let mut noted = self.count.subscribe();
        let enough = async {
            loop {
                noted.borrow_and_update();
                if self.matching(pattern).len() >= count || noted.changed().await.is_err() {
                    return;
                }
            }
        };
        // Whether it came in time shows in how many there are.
        let _ = tokio::time::timeout(longest, enough).await;
        self.matching(pattern)
    }
}
