//! What is true: an organization, its projects, their keys, levels and versions, and the tokens.

pub(super) mod key;
pub(super) mod level;
pub(super) mod organization;
pub(super) mod project;
pub(super) mod sealed;
pub(super) mod token;
pub(super) mod versions;
