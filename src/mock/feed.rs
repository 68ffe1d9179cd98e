//! What happens in a mock, as it happens, for whoever watches it. Without a watcher it costs nothing.

use std::sync::Arc;

use serde_json::Value;
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

use super::exchange::Exchange;
use super::journal::view;

/// Events that wait for a slow watcher, before it loses the oldest.
const WAITING: usize = 256;

/// Something that happened.
#[derive(Debug, Clone)]
pub(super) enum Event {
    /// A request was answered; of the organization of that number, if it reached one.
    Answered(Option<u64>, Arc<Exchange>),
    /// Something else than a request changed what the mock holds or does.
    Changed,
    /// It stops: nothing more happens.
    Stopping,
}

/// Where it is told.
pub(super) struct Feed(broadcast::Sender<Event>);

impl Default for Feed {
    fn default() -> Self {
        Self(broadcast::Sender::new(WAITING))
    }
}

impl Feed {
    pub(super) fn tell(&self, event: impl FnOnce() -> Event) {
        if self.0.receiver_count() > 0 {
            // The last watcher may have gone in between.
            let _ = self.0.send(event());
        }
    }

    pub(super) fn watch(&self) -> broadcast::Receiver<Event> {
        self.0.subscribe()
    }
}

/// The requests of a running mock, one by one.
#[derive(Debug)]
pub struct Requests(pub(super) broadcast::Receiver<Event>);

/// What a watcher is told.
#[derive(Debug, Clone, PartialEq)]
pub enum Told {
    /// A request and its answer, as the journal shows them: without secrets.
    Request(Box<Value>),
    /// So many were not told of, since they came faster than they were read.
    Missed(u64),
}

impl Requests {
    /// The next one; none once the mock is gone.
    pub async fn next(&mut self) -> Option<Told> {
        loop {
            match self.0.recv().await {
                Ok(Event::Answered(_, exchange)) => {
                    return Some(Told::Request(Box::new(view::without_secrets(&exchange))));
                }
                Ok(Event::Changed) => {}
                Ok(Event::Stopping) => return None,
                Err(RecvError::Lagged(count)) => return Some(Told::Missed(count)),
                Err(RecvError::Closed) => return None,
            }
        }
    }
}
