//! Inputs about which implementations do not agree, as vectors: whoever is wrong there was not found
//! by those that exist.

use std::collections::BTreeMap;

use parking_lot::Mutex;

use crate::harness::report::printable;
use crate::vectors::{Call, Document, Expected, Group, Vector};

/// The flag of these vectors, and its note.
const FLAG: (&str, &str) =
    ("disagreement", "found by comparing implementations; the answer is the oracle's");

/// What was disagreed about in this run.
#[derive(Default)]
pub(crate) struct Disagreements(Mutex<Vec<Disagreement>>);

struct Disagreement {
    call: Call,
    /// What the difference is, in words.
    what: String,
}

impl Disagreements {
    /// Keeps what was asked where `what` is the difference.
    pub(crate) fn keep(&self, call: Call, what: &str) {
        let what = what.to_owned();
        self.0.lock().push(Disagreement { call, what });
    }

    /// One file for each group.
    pub(crate) fn documents(&self, seed: u64) -> Vec<Document> {
        let mut groups: Vec<(Group, Vec<Vector>)> = Vec::new();
        for disagreement in self.0.lock().iter() {
            let group = Group::of(&disagreement.call);
            let vector = disagreement.vector(seed);
            match groups.iter_mut().find(|(one, _)| *one == group) {
                Some((_, vectors)) => vectors.push(vector),
                None => groups.push((group, vec![vector])),
            }
        }
        let documents = groups.into_iter();
        documents
            .map(|(group, mut vectors)| {
                vectors.sort_by(|one, other| one.id.cmp(&other.id));
                Document {
                    format: 1,
                    group,
                    count: vectors.len(),
                    notes: BTreeMap::from([(FLAG.0.to_owned(), FLAG.1.to_owned())]),
                    vectors,
                }
            })
            .collect()
    }
}

impl Disagreement {
    fn vector(&self, seed: u64) -> Vector {
        let group = Group::of(&self.call);
        // A run finds at most one for an operation, so that this is an id.
        let slug = self.call.op().replace('_', "-");
        Vector {
            id: format!("{group}/disagreement-{slug}"),
            claim: format!("Implementations disagree: {}.", printable(&self.what)),
            source: format!("keyproof sdk --peer, seed {seed}"),
            flags: vec![FLAG.0.to_owned()],
            expected: match self.call.perform() {
                Ok(answer) => Expected::Valid(answer),
                Err(refusal) => Expected::Invalid(refusal.class),
            },
            call: self.call.clone(),
        }
    }
}
