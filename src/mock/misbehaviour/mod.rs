//! Being wrong, and being right in another way.

pub(super) mod defect;
pub(super) mod operator;
pub(super) mod pointer;
pub(super) mod row;
pub(super) mod rows;
pub(super) mod variant;
