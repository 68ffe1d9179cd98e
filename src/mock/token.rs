//! API tokens: who may do what, until when. To the API they are the organization's API keys.

use jiff::Timestamp;

use super::clock::Clock;
use crate::contract::scope::EVERYTHING;

/// A token of an organization.
#[derive(Clone)]
pub(super) struct Token {
    /// Its number in the organization, never given out again.
    pub(super) id: u64,
    pub(super) name: String,
    pub(super) abilities: Vec<String>,
    pub(super) expires_at: Option<Timestamp>,
    pub(super) created_at: Timestamp,
    pub(super) updated_at: Timestamp,
}

impl Token {
    pub(super) fn has_expired(&self, clock: &Clock) -> bool {
        self.expires_at.is_some_and(|end| clock.now() >= end)
    }

    /// Those of `abilities` that this token lacks, and so cannot give to another.
    pub(super) fn lacks<'a>(&self, abilities: &'a [String]) -> Vec<&'a str> {
        if self.abilities.iter().any(|own| own == EVERYTHING) {
            return Vec::new();
        }
        let lacking = abilities
            .iter()
            .filter(|ability| !self.abilities.contains(ability));
        lacking.map(String::as_str).collect()
    }
}
