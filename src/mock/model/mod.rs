//! What is true: an organization, its projects, their keys, levels and versions, and the tokens.

pub(super) mod key;
pub(super) mod level;
pub(super) mod organization;
pub(super) mod project;
pub(super) mod sealed;
pub(super) mod token;
pub(super) mod versions;

pub(super) use key::{Key, Material, ServerKey};
pub(super) use level::Level;
pub(super) use organization::{Counters, Organization};
pub(super) use project::{NewProject, Place, Project, Secret, Target};
pub(super) use sealed::Sealed;
pub(super) use token::Token;
pub(super) use versions::Version;
