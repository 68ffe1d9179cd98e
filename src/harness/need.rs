//! What a case wants of its target beyond the plain API.

use serde::Serialize;

/// Something that a target may or may not offer, and the operator can supply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Need {
    /// Stable slug, as `--require` takes it.
    pub name: &'static str,
    /// How to supply it, one line.
    pub supply: &'static str,
}
