//! What the control API steers requests with: gates at which they wait, and faults of the wire.

pub(super) mod fault;
pub(super) mod gate;
pub(super) mod pattern;
