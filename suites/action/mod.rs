//! `action.yml` as GitHub would run it, step by step, and the workflows of the README.

mod composite;
mod manifest;
mod runs;
mod workflows;

use crate::support::Trial;

pub(crate) fn trials() -> Vec<Trial> {
    [manifest::trials(), runs::trials(), workflows::trials()].into_iter().flatten().collect()
}
