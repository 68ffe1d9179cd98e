//! The rows of misbehaviour that a user has written for one organization: a bounded number of them.

use std::ops::Deref;

use serde::Serialize;

use super::row::Row;

/// Most rows that a user may write for one organization.
pub const MOST: usize = 64;

/// The rows of one organization, in the order in which they apply.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(transparent)]
pub(in crate::mock) struct UserRows(Vec<Row>);

/// An organization would have more than 64 rows of misbehaviour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an organization has at most {MOST} rows of misbehaviour")]
pub struct TooManyRows;

impl UserRows {
    /// The only way to have rows, wherever they come from: the builder, a fixture, a tenant, the control API, a saved state.
    pub(in crate::mock) fn new(rows: Vec<Row>) -> Result<Self, TooManyRows> {
        if rows.len() > MOST { Err(TooManyRows) } else { Ok(Self(rows)) }
    }
}

impl Deref for UserRows {
    type Target = [Row];

    fn deref(&self) -> &[Row] {
        &self.0
    }
}
