//! Events of a mock as they happen, for those who watch it. Without a watcher they cost nothing.

use std::sync::Arc;

use serde_json::Value;
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

use super::exchange::Exchange;
use super::journal::view;

/// Most events that wait for a slow watcher: then it loses the oldest.
const WAITING: usize = 256;

#[derive(Debug, Clone)]
pub(super) enum Event {
    /// A request was answered; of the organization of that number, if it reached one.
    Answered(Option<u64>, Arc<Exchange>),
    /// The state or the settings of the mock were changed by something else than a request.
    Changed,
    /// The mock stops: this is the last event.
    Stopping,
}

/// Where events are sent.
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

/// The requests of a running mock, as they are answered.
#[derive(Debug)]
pub struct Requests(pub(super) broadcast::Receiver<Event>);

/// An event for those who watch the requests of a mock.
#[derive(Debug, Clone, PartialEq)]
pub enum Told {
    /// A request and its answer as JSON, without secrets, as the journal of the control API has them.
    Request(Box<Value>),
    /// So many requests were left out: they came faster than these events were read.
    Missed(u64),
}

impl Requests {
    /// The next event; none once the mock is gone.
    pub async fn next(&mut self) -> Option<Told> {
        loop {
            match self.0.recv().await {
                Ok(Event::Answered(_, exchange)) => {
                    return Some(Told::Request(Box::new(view::without_secrets(&exchange))));
                }
                Ok(Event::Changed) => {}
                Err(RecvError::Lagged(count)) => return Some(Told::Missed(count)),
                Ok(Event::Stopping) | Err(RecvError::Closed) => return None,
            }
        }
    }
}
