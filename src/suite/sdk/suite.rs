//! One run against one adapter.

use std::sync::Arc;

use super::context::Context;
use super::peers::{PEERS, Peer, Peers};
use super::run::Shared;
use crate::adapter::Session;
use crate::harness::{self, Case, Need, Redactor, Spending};
use crate::vectors::Document;

/// What the cases of one run have in common.
pub struct SdkSuite {
    shared: Arc<Shared>,
    peers: Arc<Peers>,
}

impl SdkSuite {
    /// A run against the adapter of `session`, beside `peers`; `seed` makes its generated inputs
    /// repeatable.
    pub fn new(session: Session, peers: Vec<Peer>, seed: u64, redactor: &Redactor) -> Self {
        Self {
            shared: Arc::new(Shared::new(session, seed, redactor)),
            peers: Arc::new(Peers::new(peers, seed, redactor)),
        }
    }

    /// A context that asks under this name.
    pub(super) fn context_of(&self, id: &'static str) -> Context {
        Context::new(Arc::clone(&self.shared), Arc::clone(&self.peers), id)
    }

    /// The adapter.
    pub fn session(&self) -> &Session {
        &self.shared.session
    }

    /// Whether the case has seen answers that depend on what was asked before.
    pub fn is_stateful(&self, id: &str) -> bool {
        self.shared.stateful.lock().contains(id)
    }

    /// The operations that gave something to judge, in the order of the protocol.
    pub fn judged(&self) -> Vec<&'static str> {
        self.shared.record.operations()
    }

    /// The implementation with its version, and the names of its peers.
    pub fn title(&self) -> String {
        let title = self.session().hello().title();
        let names: Vec<&str> = self.peers.others.iter().map(|(name, _)| name.as_str()).collect();
        match names.as_slice() {
            [] => title,
            [one] => format!("{title} with peer {one}"),
            several => format!("{title} with peers {}", several.join(", ")),
        }
    }

    /// A table of which implementation could read what each of the others made. Empty without peers.
    pub fn matrix(&self) -> String {
        if self.peers.is_empty() {
            return String::new();
        }
        let hello = self.session().hello();
        let mut rows = vec![(hello.name.clone(), hello.title())];
        for (name, other) in &self.peers.others {
            rows.push((name.clone(), other.session.hello().title()));
        }
        self.peers.crossings.matrix(&rows)
    }

    /// The smallest inputs about which the adapter and its peers disagree, with the right answers.
    pub fn disagreements(&self) -> Vec<Document> {
        self.peers.disagreements.documents(self.shared.seed)
    }

    /// Ends every process.
    pub async fn close(&self) {
        self.session().close().await;
        self.peers.close().await;
    }
}

impl harness::Suite for SdkSuite {
    type Context = Context;

    fn supplies(&self, need: &Need) -> bool {
        *need != PEERS || !self.peers.is_empty()
    }

    fn context(&self, case: &Case<Context>) -> Context {
        self.context_of(case.id)
    }

    fn spent(&self, _: &Context) -> Spending {
        Spending::default()
    }

    fn redactor(&self) -> &Redactor {
        &self.shared.redactor
    }
}
