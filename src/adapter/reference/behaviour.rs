//! How the reference adapter behaves.

use super::bug::Bug;
use super::quirk::Quirk;
use super::variant::Variant;

/// What the reference adapter is made to be. By default it is right, and plain.
#[derive(Debug, Clone, Default)]
pub struct Behaviour {
    /// What it gets wrong.
    pub bugs: Vec<Bug>,
    /// What it does in another way that is right too.
    pub variants: Vec<Variant>,
}

impl Behaviour {
    /// Whether nothing has to stand around the right adapter. What a client does wrong is a matter of the order in
    /// which it does things, and stands in it.
    pub(super) fn is_plain(&self) -> bool {
        let is_slip = |bug: &Bug| matches!(bug, Bug::Slip(_));
        self.variants.is_empty() && self.bugs.iter().all(is_slip)
    }

    pub(super) fn has(&self, quirk: Quirk) -> bool {
        self.bugs.contains(&Bug::Quirk(quirk))
    }

    pub(super) fn is(&self, variant: Variant) -> bool {
        self.variants.contains(&variant)
    }
}
