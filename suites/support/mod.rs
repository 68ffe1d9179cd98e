//! What several suites share.

pub(crate) mod bench;
pub(crate) mod process;
pub(crate) mod proxy;
mod snapshot;
pub(crate) mod stub;
mod trial;

pub(crate) use snapshot::snapshot;
pub(crate) use trial::Trial;
