//! Other implementations beside the one that is judged: what each makes the others have to read.
//!
//! - [`Peer`] one of them, as it is handed over. `implementation`: one of all, the judged one included, and which is
//!   the odd one out.
//! - `crossing`: which one could read what each of the others made, drawn as a matrix.
//! - `disagreement`: inputs about which they do not agree, as vectors.

mod crossing;
mod disagreement;
mod implementation;

pub(super) use crossing::{Artifact, Crossings};
pub(super) use disagreement::Disagreements;
pub(super) use implementation::{Implementation, conclude, implementations};

use std::sync::Arc;

use super::run::Shared;
use crate::adapter::Session;
use crate::harness::{Need, Redactor};

pub(super) const PEERS: Need = Need {
    name: "peers",
    supply: "--peer NAME=FILE, the command of another implementation's adapter as a JSON array",
};

/// Another implementation.
pub struct Peer {
    /// What reports call it.
    pub name: String,
    /// Its adapter.
    pub session: Session,
}

/// All other implementations of a run, and the results of the comparison.
#[derive(Default)]
pub(super) struct Peers {
    pub(super) others: Vec<(String, Arc<Shared>)>,
    pub(super) crossings: Crossings,
    pub(super) disagreements: Disagreements,
}

impl Peers {
    pub(super) fn new(peers: Vec<Peer>, seed: u64, redactor: &Redactor) -> Self {
        let others = peers.into_iter();
        let others = others.map(|Peer { name, session }| {
            let shared = Shared::new(session, seed, redactor);
            (name, Arc::new(shared))
        });
        Self { others: others.collect(), ..Self::default() }
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.others.is_empty()
    }

    pub(super) async fn close(&self) {
        for (_, other) in &self.others {
            other.session.close().await;
        }
    }
}
