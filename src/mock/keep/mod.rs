//! The part of a mock that outlives it: data files, and states that are saved and restored.
#![cfg_attr(
    not(feature = "data"),
    allow(dead_code, reason = "without a data file nothing is kept")
)]

mod changes;
#[cfg(feature = "data")]
pub(super) mod data;
pub(super) mod keeping;
pub(super) mod restored;
pub(super) mod revision;
pub(super) mod saved;

pub(super) use changes::{Changes, OfOrganization, OfProject};

/// Where changes are written to.
pub(super) trait Store: Send {
    /// Writes all of the changes or nothing. They are on the disk when this returns; the error says why not.
    fn write(&mut self, changes: &Changes) -> Result<(), String>;

    /// Whether what is written can be found again; the error says why not.
    fn is_in_place(&mut self) -> Result<(), String>;

    /// Lets another open it from now on. Nothing can be written any more.
    fn close(&mut self);
}
