//! API tokens: who may do what, until when.

use jiff::Timestamp;

use super::clock::Clock;

/// A token of an organization.
#[derive(Clone)]
pub(super) struct Token {
    pub(super) abilities: Vec<String>,
    pub(super) expires_at: Option<Timestamp>,
}

impl Token {
    pub(super) fn has_expired(&self, clock: &Clock) -> bool {
        self.expires_at.is_some_and(|end| clock.now() >= end)
    }
}
