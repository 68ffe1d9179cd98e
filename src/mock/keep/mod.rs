//! What of a mock outlives it.
#![cfg_attr(
    not(feature = "data"),
    allow(dead_code, reason = "without a data file nothing is kept")
)]

mod changes;
#[cfg(feature = "data")]
pub(super) mod data;
pub(super) mod keeping;
pub(super) mod loaded;
pub(super) mod restored;
pub(super) mod revision;
pub(super) mod saved;

pub(super) use changes::{Changes, OfOrganization, OfProject};

/// Where it is kept.
pub(super) trait Store: Send {
    /// Writes what changed, all of it or nothing. It is on the disk when this returns; otherwise, why not.
    fn write(&mut self, changes: &Changes) -> Result<(), String>;

    /// Whether what is written can be found again; otherwise, why not.
    fn is_in_place(&mut self) -> Result<(), String>;

    /// Lets go of it: another may open it from now on.
    fn close(&mut self);
}
