//! Files of vectors, read and checked as a whole.

use std::collections::{BTreeMap, HashSet};

use serde::{Deserialize, Serialize};

use super::{Error, Group, Vector};

/// The version of the file format that this crate reads and writes.
pub const FORMAT: u64 = 2;

/// One file: the vectors of one group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// Version of the file format, [`FORMAT`].
    pub format: u64,
    /// What the vectors are about.
    pub group: Group,
    /// How many vectors there are.
    pub count: usize,
    /// What each flag means.
    pub notes: BTreeMap<String, String>,
    /// The vectors.
    pub vectors: Vec<Vector>,
}

impl Document {
    fn check(&self) -> Result<(), Error> {
        let Self { format, group, count, vectors, .. } = self;
        if *format != FORMAT {
            let message =
                format!("it has format {format}, and this keyproof reads format {FORMAT}");
            return Err(Error(message));
        }
        if vectors.is_empty() {
            return Err(no_vectors());
        }
        if *count != vectors.len() {
            return Err(Error(format!(
                "{group} declares {count} vectors and holds {}: mend `count`, or find the rest",
                vectors.len()
            )));
        }
        vectors.iter().try_for_each(|vector| vector.check(*group))?;
        self.check_flags()
    }

    fn check_flags(&self) -> Result<(), Error> {
        let mut used = HashSet::new();
        for vector in &self.vectors {
            for flag in &vector.flags {
                if !self.notes.contains_key(flag) {
                    return Err(Error(format!(
                        "vector {:?} has the flag {flag:?}, which `notes` do not explain",
                        vector.id
                    )));
                }
                used.insert(flag);
            }
        }
        match self.notes.keys().find(|flag| !used.contains(flag)) {
            Some(flag) => Err(Error(format!(
                "{} explains the flag {flag:?}, which no vector has",
                self.group
            ))),
            None => Ok(()),
        }
    }
}

/// One file or several, in order, each id once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Corpus {
    documents: Vec<Document>,
}

impl Corpus {
    /// Reads one file, or a JSON array of files (what `keyproof vectors export -` writes).
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn parse(text: &str) -> Result<Self, Error> {
        // Told apart by the first character and not by trying both, so that the message is about
        // what was meant.
        let documents = if text.trim_start().starts_with('[') {
            serde_json::from_str(text)?
        } else {
            vec![serde_json::from_str(text)?]
        };
        Self::new(documents)
    }

    pub(super) fn new(documents: Vec<Document>) -> Result<Self, Error> {
        if documents.is_empty() {
            return Err(no_vectors());
        }
        documents.iter().try_for_each(Document::check)?;
        let corpus = Self { documents };
        let mut seen = HashSet::new();
        for Vector { id, .. } in corpus.vectors() {
            if !seen.insert(id) {
                return Err(Error(format!(
                    "two vectors have the id {id:?}: an id names one vector"
                )));
            }
        }
        Ok(corpus)
    }

    /// The files.
    pub fn documents(&self) -> &[Document] {
        &self.documents
    }

    /// All vectors, in order.
    pub fn vectors(&self) -> impl Iterator<Item = &Vector> {
        self.documents.iter().flat_map(|document| &document.vectors)
    }
}

fn no_vectors() -> Error {
    Error("there are no vectors in it".to_owned())
}
