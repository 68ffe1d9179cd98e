//! Being wrong, and being right in another way.

pub(super) mod defect;
pub(super) mod variant;
