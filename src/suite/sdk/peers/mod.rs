//! Other implementations beside the one that is judged: what each makes the others have to read.
//!
//! - [`Peer`] one of them, as it is handed over. `voice`: one of all, the judged one included.
//! - `crossing`: which one could read what each of the others made, drawn as a matrix.
//! - `odd`: who is wrong among them.
//! - `disagreement`: inputs about which they do not agree, as vectors.

mod crossing;
mod disagreement;
mod odd;
mod voice;

pub(super) use crossing::{Artifact, Crossings};
pub(super) use disagreement::Disagreements;
pub(super) use odd::conclude;
pub(super) use voice::{Voice, voices};

use std::sync::Arc;

use super::run::Shared;
use crate::adapter::Session;
use crate::harness::{Need, Redactor};

/// What the cases that compare implementations need.
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
    /// Each with its name.
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

    /// Ends them.
    pub(super) async fn close(&self) {
        for (_, other) in &self.others {
            other.session.close().await;
        }
    }

    /// What reports call the judged one, with all that it was compared with.
    pub(super) fn title(&self, judged: &Session) -> String {
        let title = judged.hello().title();
        let names: Vec<&str> = self.others.iter().map(|(name, _)| name.as_str()).collect();
        match names.as_slice() {
            [] => title,
            [one] => format!("{title} with peer {one}"),
            several => format!("{title} with peers {}", several.join(", ")),
        }
    }

    /// Which could read what each of the others made. Empty without peers.
    pub(super) fn matrix(&self, judged: &Session) -> String {
        if self.is_empty() {
            return String::new();
        }
        let first = (judged.hello().name.clone(), judged.hello().title());
        let others = self.others.iter();
        let others = others.map(|(name, other)| (name.clone(), other.session.hello().title()));
        let rows: Vec<_> = std::iter::once(first).chain(others).collect();
        self.crossings.matrix(&rows)
    }
}
