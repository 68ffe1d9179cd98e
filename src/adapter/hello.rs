//! Who an adapter is and what it can do.

use serde::{Deserialize, Serialize};

/// The version of the protocol that this crate speaks.
pub const PROTOCOL: u32 = 1;

/// The answer to the greeting. Further members are information and ignored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// The protocol that the adapter speaks.
    pub protocol: u32,
    /// The implementation's name.
    pub name: String,
    /// The implementation's version.
    pub version: String,
    /// The language, in small letters: what hints are chosen by.
    #[serde(default)]
    pub language: String,
    /// The language's runtime, with its version.
    #[serde(default)]
    pub runtime: String,
    /// The operations that it has, by name.
    pub ops: Vec<String>,
    /// How many requests may be outstanding.
    #[serde(default = "one")]
    pub max_outstanding: usize,
}

const fn one() -> usize {
    1
}

impl Hello {
    /// Whether it lists this operation.
    pub fn has(&self, op: &str) -> bool {
        self.ops.iter().any(|known| known == op)
    }

    /// Name and version, as reports call the implementation.
    pub fn title(&self) -> String {
        format!("{} {}", self.name, self.version)
    }
}
