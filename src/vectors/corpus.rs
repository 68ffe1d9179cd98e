//! Files of vectors, read and checked as a whole.

use std::collections::{BTreeMap, HashSet};

use serde::{Deserialize, Serialize};

use super::{Error, Group, Vector};

/// One file: the vectors of one group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// Version of the file format, 1.
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
        let group = self.group;
        if self.format != 1 {
            return Err(Error::Format { found: self.format });
        }
        if self.vectors.is_empty() {
            return Err(Error::Empty);
        }
        if self.count != self.vectors.len() {
            return Err(Error::Count { group, declared: self.count, found: self.vectors.len() });
        }
        self.vectors.iter().try_for_each(|vector| vector.check(group))?;
        self.check_flags()
    }

    fn check_flags(&self) -> Result<(), Error> {
        let mut used = HashSet::new();
        for vector in &self.vectors {
            for flag in &vector.flags {
                if !self.notes.contains_key(flag) {
                    return Err(Error::UnexplainedFlag {
                        id: vector.id.clone(),
                        flag: flag.clone(),
                    });
                }
                used.insert(flag);
            }
        }
        match self.notes.keys().find(|flag| !used.contains(flag)) {
            Some(flag) => Err(Error::UnusedNote { group: self.group, flag: flag.clone() }),
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
            return Err(Error::Empty);
        }
        documents.iter().try_for_each(Document::check)?;
        let corpus = Self { documents };
        corpus.check_ids()?;
        Ok(corpus)
    }

    fn check_ids(&self) -> Result<(), Error> {
        let mut seen = HashSet::new();
        for vector in self.vectors() {
            if !seen.insert(&vector.id) {
                return Err(Error::Duplicate { id: vector.id.clone() });
            }
        }
        Ok(())
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
