//! What the contract requires, as data.

use serde::{Deserialize, Serialize};

/// How hard a requirement binds a server that is not our mock (`decisions.md`, column *foreign*).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// The seed says it, or the published clients break without it. A mismatch is a failure.
    Must,
    /// Only other documentation says it. A mismatch is a warning.
    Should,
    /// A choice. A mismatch is information.
    May,
}

impl Level {
    /// Its name in the catalogue.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Must => "must",
            Self::Should => "should",
            Self::May => "may",
        }
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
    /// Which document, which section.
    pub source: String,
    /// The statement, one sentence.
    pub text: String,
    /// Why no case checks it, where none does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub untested: Option<String>,
}

/// Every requirement, in the order of the catalogue.
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

    /// All of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = &Requirement> {
        self.requirements.iter()
    }
}
