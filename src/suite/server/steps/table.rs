//! Every shared step.

use crate::suite::server::steps::levels::LEVELS;
use crate::suite::server::steps::lifetime::LIFETIME;
use crate::suite::server::steps::probe::{
    CLIENT_ROTATION_PROBE, DESCRIPTOR_PROBE, HISTORY_PROBE, PENDING_PROBE, STORE_PROBE,
    SUBMIT_PROBE,
};
use crate::suite::server::steps::rotations::ROTATIONS;
use crate::suite::server::steps::site::{
    CLIENT_SITE, OTHER_CLIENT_SITE, OTHER_SERVER_SITE, ROTATION_SITE, SERVER_SITE,
};
use crate::suite::server::steps::step::Step;
use crate::suite::server::steps::used_up::USED_UP;

/// All of them.
pub const STEPS: [Step; 15] = [
    SERVER_SITE,
    CLIENT_SITE,
    ROTATION_SITE,
    OTHER_SERVER_SITE,
    OTHER_CLIENT_SITE,
    ROTATIONS,
    USED_UP,
    DESCRIPTOR_PROBE,
    HISTORY_PROBE,
    CLIENT_ROTATION_PROBE,
    PENDING_PROBE,
    SUBMIT_PROBE,
    STORE_PROBE,
    LEVELS,
    LIFETIME,
];

/// Whether a step can be had without writing: where a run may only look at one existing project,
/// that is the site.
pub(crate) fn can_be_read(step: &str) -> bool {
    [SERVER_SITE.name, CLIENT_SITE.name].contains(&step)
}
