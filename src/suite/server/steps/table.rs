//! The list of the shared steps.

use super::{
    CLIENT_SITE, LEVELS, LIFETIME, OTHER_CLIENT_SITE, OTHER_SERVER_SITE, PROBES, ROTATION_SITE,
    ROTATIONS, SERVER_SITE, Step, USED_UP,
};

/// All but the probes.
const STEPS: [Step; 9] = [
    SERVER_SITE,
    CLIENT_SITE,
    ROTATION_SITE,
    OTHER_SERVER_SITE,
    OTHER_CLIENT_SITE,
    ROTATIONS,
    USED_UP,
    LEVELS,
    LIFETIME,
];

/// Every shared step.
pub fn steps() -> impl Iterator<Item = Step> {
    STEPS.into_iter().chain(PROBES.into_iter().map(|(_, step)| step))
}

/// Whether a step can be had without writing: where a run may only look at one existing project,
/// that is the site.
pub(crate) fn can_be_read(step: &str) -> bool {
    [SERVER_SITE.name, CLIENT_SITE.name].contains(&step)
}
