//! What must hold after every request, by name.

/// One and only one key of the history is active, and it is the first.
pub(crate) const ONE_ACTIVE_KEY: &str = "exactly one key is active";
/// Each blob opens under the key that it names; those of the levels under the active one.
pub(crate) const BLOBS_OPEN: &str = "each blob opens under the key that it names";
/// Every text that was stored and not purged can be read somewhere.
pub(crate) const NOTHING_VANISHES: &str = "nothing vanishes";
/// The levels and the versions are those of the model.
pub(crate) const AS_WRITTEN: &str = "levels and versions are as they were written";
/// Pending lists the oldest versions under older keys, and counts them all.
pub(crate) const PENDING_IS_WHOLE: &str = "pending lists what is under older keys and counts it";
/// Only a rotation makes more pending, and a submit makes less by what it updated.
pub(crate) const REMAINING_FALLS: &str =
    "between two rotations remaining never rises, and a submit lowers it by what it updated";
/// What is refused leaves everything as it is.
pub(crate) const REFUSED_IS_UNCHANGED: &str = "a refused request changes nothing";
/// What is right is taken, and what is wrong is refused for its reason.
pub(crate) const ANSWERED_RIGHTLY: &str = "a request is taken or refused as it deserves";

/// An invariant that does not hold.
#[derive(Debug)]
pub(crate) struct Breach {
    pub(crate) invariant: &'static str,
    detail: String,
}

impl Breach {
    pub(crate) fn of(invariant: &'static str, detail: impl Into<String>) -> Self {
        Self { invariant, detail: detail.into() }
    }
}

impl std::fmt::Display for Breach {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.invariant, self.detail)
    }
}
