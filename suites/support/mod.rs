//! What several suites share.

pub(crate) mod bench;
pub(crate) mod process;
pub(crate) mod proxy;
pub(crate) mod relay;
mod seed;
mod snapshot;
pub(crate) mod stub;
mod trial;

pub(crate) use process::succeeds;
pub(crate) use seed::{SEED_VARIABLE, seed};
pub(crate) use snapshot::snapshot;
pub(crate) use trial::Trial;
