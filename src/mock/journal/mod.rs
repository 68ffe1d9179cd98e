//! The last exchanges, unredacted, for a program that runs the mock in process. [`view`] says what leaves the process.

pub(super) mod view;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use parking_lot::Mutex;
use tokio::sync::watch;

use super::exchange::Exchange;
use crate::mock::Pattern;

/// Most exchanges that are kept of an organization.
const MOST: usize = 500;
/// Most bytes of requests and answers that are kept of an organization.
const BYTES: usize = 4 * 1024 * 1024;
/// Longest body that is stored. Of a longer one only the length is known.
const BODY: usize = 256 * 1024;

/// The last exchanges, bounded by their number and by the bytes of their bodies.
pub(super) struct Journal {
    stored: Mutex<Stored>,
    /// How many there were in all.
    count: watch::Sender<u64>,
}

#[derive(Default)]
struct Stored {
    exchanges: VecDeque<Arc<Exchange>>,
    bytes: usize,
    /// How many requests that name the organization in their path only had come before it was emptied.
    strays_before: u64,
}

impl Default for Journal {
    fn default() -> Self {
        Self { stored: Mutex::default(), count: watch::Sender::new(0) }
    }
}

impl Journal {
    /// Stores an exchange under the next number.
    pub(super) fn note(&self, mut exchange: Exchange) -> Arc<Exchange> {
        if exchange.answer.len() > BODY {
            exchange.redacted = None;
        }
        for body in [&mut exchange.body, &mut exchange.answer] {
            if body.len() > BODY {
                *body = Bytes::new();
            }
        }
        let mut stored = self.stored.lock();
        self.count.send_modify(|count| {
            *count += 1;
            exchange.number = *count;
        });
        stored.bytes += exchange.bytes();
        let exchange = Arc::new(exchange);
        stored.exchanges.push_back(Arc::clone(&exchange));
        while stored.exchanges.len() > MOST || stored.bytes > BYTES {
            let Some(oldest) = stored.exchanges.pop_front() else {
                break;
            };
            stored.bytes -= oldest.bytes();
        }
        exchange
    }

    /// The exchanges, oldest first.
    pub(super) fn all(&self) -> Vec<Arc<Exchange>> {
        self.stored.lock().exchanges.iter().cloned().collect()
    }

    pub(super) fn matching(&self, pattern: &Pattern) -> Vec<Arc<Exchange>> {
        let mut all = self.all();
        all.retain(|exchange| pattern.matches(exchange));
        all
    }

    /// How many there were in all.
    pub(super) fn count(&self) -> u64 {
        *self.count.borrow()
    }

    /// Forgets all exchanges; numbers go on. `strays_before` is how many requests that name the organization only in their
    /// path are forgotten with them.
    pub(super) fn clear(&self, strays_before: u64) {
        *self.stored.lock() = Stored { strays_before, ..Stored::default() };
    }

    /// How many requests that name the organization in their path only had come before it was emptied.
    pub(super) fn strays_before(&self) -> u64 {
        self.stored.lock().strays_before
    }

    /// The exchanges that match, once there are `count`, or when the time is over.
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
        // The caller sees by the number of exchanges whether they came in time.
        let _ = tokio::time::timeout(longest, enough).await;
        self.matching(pattern)
    }
}
