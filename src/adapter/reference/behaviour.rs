//! Which bugs and variants the reference adapter is given.

use super::bug::Bug;
use super::quirk::Quirk;
use super::variant::Variant;

/// Which bugs and variants the reference adapter is given. By default none.
#[derive(Debug, Clone, Default)]
pub struct Behaviour {
    /// What it does wrong.
    pub bugs: Vec<Bug>,
    /// What it does in another way that is right too.
    pub variants: Vec<Variant>,
}

impl Behaviour {
    /// Whether the right adapter needs no wrapper. Slips need none: they act within the client, since they are about
    /// the order of its requests.
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
