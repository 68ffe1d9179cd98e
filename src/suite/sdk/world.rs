//! One run against one adapter.

use std::collections::BTreeSet;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::OnceCell;

use super::diagnosis::Diagnoses;
use super::peers::{PEERS, Peer, Peers};
use super::scene::Scene;
use crate::adapter::{OPERATIONS, Session};
use crate::harness::{self, Need, Redactor, Spending, Stop};
use crate::vectors::Document;

/// What the cases of one run have in common.
pub struct World {
    shared: Arc<Shared>,
}

/// The part that scenes hold on to.
pub(super) struct Shared {
    pub(super) session: Session,
    pub(super) redactor: Redactor,
    pub(super) seed: u64,
    pub(super) diagnoses: Diagnoses,
    /// Blobs of one text, in the order in which they were asked for.
    pub(super) seals: OnceCell<Result<Vec<String>, Stop>>,
    /// Generated proofs.
    pub(super) generated: OnceCell<Result<Vec<super::answer::Generated>, Stop>>,
    /// Operations that gave something to judge.
    pub(super) judged: Arc<Mutex<BTreeSet<&'static str>>>,
    /// The other implementations. Those have none.
    pub(super) peers: Peers,
}

impl Shared {
    pub(super) fn new(session: Session, seed: u64, redactor: &Redactor) -> Self {
        Self {
            session,
            redactor: redactor.clone(),
            seed,
            diagnoses: Diagnoses::default(),
            seals: OnceCell::new(),
            generated: OnceCell::new(),
            judged: Arc::default(),
            peers: Peers::default(),
        }
    }
}

impl World {
    /// A run against the adapter of `session`, beside `peers`; `seed` makes its generated inputs
    /// repeatable.
    pub fn new(session: Session, peers: Vec<Peer>, seed: u64, redactor: &Redactor) -> Self {
        let shared = Shared {
            peers: Peers::new(peers, seed, redactor),
            ..Shared::new(session, seed, redactor)
        };
        Self {
            shared: Arc::new(shared),
        }
    }

    /// The adapter.
    pub fn session(&self) -> &Session {
        &self.shared.session
    }

    /// The operations that gave something to judge, in the order of the protocol.
    pub fn judged(&self) -> Vec<&'static str> {
        let judged = self.shared.judged.lock();
        let known = OPERATIONS.into_iter();
        known.filter(|op| judged.contains(op)).collect()
    }

    /// The implementation with its version, and the names of its peers.
    pub fn title(&self) -> String {
        self.shared.peers.title(self.session())
    }

    /// Who of the adapter and its peers read what of whom, for people. Empty without peers.
    pub fn matrix(&self) -> String {
        self.shared.peers.matrix(self.session())
    }

    /// The smallest inputs about which the adapter and its peers disagree, with the right answers.
    pub fn disagreements(&self) -> Vec<Document> {
        self.shared.peers.disagreements.documents(self.shared.seed)
    }

    /// Ends every process.
    pub async fn close(&self) {
        self.session().close().await;
        self.shared.peers.close().await;
    }
}

impl harness::World for World {
    type Scene = Scene;

    fn supplies(&self, need: &Need) -> bool {
        *need != PEERS || !self.shared.peers.is_empty()
    }

    fn enter(&self, case: &'static str, _: Spending) -> Scene {
        Scene::new(Arc::clone(&self.shared), case)
    }

    fn spent(&self, _: &Scene) -> Spending {
        Spending::default()
    }

    fn redactor(&self) -> &Redactor {
        &self.shared.redactor
    }
}
