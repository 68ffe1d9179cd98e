//! API tokens: who may do what, until when. To the API they are the organization's API keys.

use jiff::Timestamp;

use crate::contract::scope::EVERYTHING;
use crate::mock::Clock;

/// A token of an organization.
#[derive(Clone, PartialEq, Eq)]
pub(in crate::mock) struct Token {
    /// Its number in the organization, never given out again.
    pub(in crate::mock) id: u64,
    pub(in crate::mock) name: String,
    pub(in crate::mock) abilities: Vec<String>,
    pub(in crate::mock) expires_at: Option<Timestamp>,
    pub(in crate::mock) created_at: Timestamp,
    pub(in crate::mock) updated_at: Timestamp,
}

impl Token {
    pub(in crate::mock) fn has_expired(&self, clock: &Clock) -> bool {
        self.expires_at.is_some_and(|end| clock.now() >= end)
    }

    pub(in crate::mock) fn may_everything(&self) -> bool {
        self.abilities.iter().any(|own| own == EVERYTHING)
    }

    /// Those of `abilities` that this token lacks, and so cannot give to another.
    pub(in crate::mock) fn lacks<'a>(&self, abilities: &'a [String]) -> Vec<&'a str> {
        if self.may_everything() {
            return Vec::new();
        }
        let lacking = abilities.iter().filter(|ability| !self.abilities.contains(ability));
        lacking.map(String::as_str).collect()
    }
}
