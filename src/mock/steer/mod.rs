//! What the control API steers requests with: gates that hold them, faults that break them.

pub(super) mod fault;
pub(super) mod gate;
pub(super) mod pattern;
