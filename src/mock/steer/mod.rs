//! What the control API steers requests with: gates where they wait, faults that break their answers off.

pub(super) mod fault;
pub(super) mod gate;
pub(super) mod pattern;
