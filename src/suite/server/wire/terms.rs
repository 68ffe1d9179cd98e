//! What a run may spend, and how it connects.

use super::{Allowance, Budget, Connection};

/// What a run may spend, and how it connects.
#[derive(Clone)]
pub struct Terms {
    /// How much it may spend.
    pub budget: Budget,
    /// What part of the rate limits is its own.
    pub allowance: Allowance,
    /// How it connects.
    pub connection: Connection,
    /// Whether it makes do with few requests: with smaller looks at what is stored, one way to break a
    /// rule where a probe has several, no twin where the project has accepted such a request before, and tidying up
    /// inside the budget.
    pub is_thrifty: bool,
}

impl Terms {
    /// For a server that this run has to itself.
    pub fn unbounded() -> Self {
        Self { budget: Budget::UNBOUNDED, ..Self::default() }
    }
}

impl Default for Terms {
    fn default() -> Self {
        Self {
            budget: Budget::DEFAULT,
            allowance: Allowance::ALL,
            connection: Connection::default(),
            is_thrifty: false,
        }
    }
}
