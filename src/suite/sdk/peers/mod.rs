//! Other implementations beside the one that is judged: what each makes the others have to read.
//!
//! - [`Peer`] one of them, as it is handed over. `Voice`: one of all, the judged one included.
//! - `crossing`: who read what of whom, drawn as a matrix.
//! - `odd`: who is wrong among them.
//! - `disagreement`: inputs about which they do not agree, as vectors.

mod crossing;
mod disagreement;
mod odd;

pub(super) use crossing::{Crossings, Kind};
pub(super) use disagreement::Disagreements;
pub(super) use odd::conclude;

use std::sync::Arc;

use super::scene::{Said, Scene};
use super::world::Shared;
use crate::adapter::{Request, Session};
use crate::harness::{Need, Redactor, Stop};

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

/// All other implementations of a run, and what came of the comparison.
#[derive(Default)]
pub(super) struct Peers {
    others: Vec<(String, Arc<Shared>)>,
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
        Self {
            others: others.collect(),
            ..Self::default()
        }
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

    /// The judged one's voice, and that of each peer, in the order in which they were given.
    pub(super) fn voices(&self, judged: &Scene) -> Vec<Voice> {
        let first = Voice {
            number: 0,
            name: judged.session().hello().name.clone(),
            scene: judged.clone(),
        };
        let others = self.others.iter().zip(1..);
        let others = others.map(|((name, shared), number)| Voice {
            number,
            name: name.clone(),
            scene: Scene::new(Arc::clone(shared), judged.case),
        });
        std::iter::once(first).chain(others).collect()
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

    /// Who read what of whom. Empty without peers.
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

/// One of the implementations that are compared.
#[derive(Clone)]
pub(super) struct Voice {
    /// Its row and its column.
    pub(super) number: usize,
    pub(super) name: String,
    pub(super) scene: Scene,
}

impl Voice {
    /// What it says. None of a peer that has no such operation.
    pub(super) async fn ask(&self, request: &Request) -> Result<Option<Said>, Stop> {
        if !self.has(&request.op) {
            return Ok(None);
        }
        let said = self.scene.ask(request).await;
        said.map(Some).map_err(|stop| self.named(stop))
    }

    /// Whether it is asked that at all. What the judged one lacks is told by its other cases.
    pub(super) fn has(&self, op: &str) -> bool {
        self.number == 0 || self.scene.session().hello().has(op)
    }

    /// Trouble of a peer is not the judged one's.
    pub(super) fn named(&self, stop: Stop) -> Stop {
        let name = &self.name;
        match stop {
            Stop::CouldNotRun(why) if self.number > 0 => {
                Stop::CouldNotRun(format!("peer {name}: {why}"))
            }
            stop => stop,
        }
    }
}
