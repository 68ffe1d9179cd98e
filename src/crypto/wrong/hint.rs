//! Where a language usually goes wrong.

use super::{Derivation, Sealing};

impl Derivation {
    /// Where `language` usually makes this mistake, one line. Languages: `php`, `go`,
    /// `javascript`, `python`, `rust`, `java`.
    pub fn hint(self, language: &str) -> Option<&'static str> {
        None
    }
}

impl Sealing {
    /// Where `language` usually makes this mistake, one line. Languages as for
    /// [`Derivation::hint`].
    pub fn hint(self, language: &str) -> Option<&'static str> {
        None
    }
}
