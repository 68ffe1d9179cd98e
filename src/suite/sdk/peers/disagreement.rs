//! Calls about which implementations do not agree, as vectors: the vectors that exist did not find the
//! mistake.

use std::collections::BTreeMap;

use parking_lot::Mutex;

use crate::harness::report::printable;
use crate::vectors::{Call, Document, Expected, FORMAT, Group, Vector};

/// The flag of these vectors, and its note.
const FLAG: (&str, &str) =
    ("disagreement", "found by comparing implementations; the answer is the oracle's");

/// The calls about which implementations disagree in this run.
#[derive(Default)]
pub(crate) struct Disagreements(Mutex<Vec<Disagreement>>);

struct Disagreement {
    call: Call,
    /// What the difference is, in words.
    what: String,
}

impl Disagreements {
    /// Adds a call whose answers differ, with the difference in words.
    pub(crate) fn push(&self, call: Call, what: &str) {
        self.0.lock().push(Disagreement { call, what: what.to_owned() });
    }

    /// One file for each group, in the order in which they were found.
    pub(crate) fn documents(&self, seed: u64) -> Vec<Document> {
        let mut documents: Vec<Document> = Vec::new();
        for disagreement in self.0.lock().iter() {
            let group = Group::of(&disagreement.call);
            let vector = disagreement.vector(seed);
            match documents.iter_mut().find(|one| one.group == group) {
                Some(document) => document.vectors.push(vector),
                None => documents.push(Document {
                    format: FORMAT,
                    group,
                    count: 0,
                    notes: BTreeMap::from([(FLAG.0.to_owned(), FLAG.1.to_owned())]),
                    vectors: vec![vector],
                }),
            }
        }
        for document in &mut documents {
            document.count = document.vectors.len();
            document.vectors.sort_by(|one, other| one.id.cmp(&other.id));
        }
        documents
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
