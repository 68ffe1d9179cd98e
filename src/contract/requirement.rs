//! What the contract requires, as data.

use serde::{Deserialize, Serialize};

use crate::named::named;

named! {
    /// How hard a requirement binds a server that is not our mock (`decisions.md`, column *foreign*).
    #[derive(Serialize)]
    pub enum Level {
        Must = "must": "The seed says it, or the published clients break without it: a mismatch is a failure",
        Should = "should": "Only other documentation says it: a mismatch is a warning",
        May = "may": "A choice: a mismatch is information",
    }
}

/// One statement of the contract.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Requirement {
    /// Stable slug, never reused.
    pub id: String,
    /// How hard it binds.
    pub level: Level,
    /// The document and the section that it is from.
    pub source: String,
    /// The statement, one sentence.
    pub text: String,
    /// Why no case checks it; none if a case does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub untested: Option<String>,
}

/// The catalogue of requirements.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Catalogue {
    #[serde(rename = "requirement")]
    requirements: Vec<Requirement>,
}

impl Catalogue {
    /// Reads a catalogue: TOML, a list of `[[requirement]]`.
    ///
    /// # Errors
    /// What the TOML reader says, with line and column.
    pub fn parse(text: &str) -> Result<Self, toml::de::Error> {
        toml::from_str(text)
    }

    /// The requirement of that id.
    pub fn get(&self, id: &str) -> Option<&Requirement> {
        self.requirements.iter().find(|entry| entry.id == id)
    }

    /// Every requirement, in the order of the catalogue.
    pub fn iter(&self) -> impl Iterator<Item = &Requirement> {
        self.requirements.iter()
    }
}
