//! This process: its threads and its binary.

use std::path::PathBuf;

use tokio::runtime::{Builder, Runtime};

use super::Trouble;

pub(super) fn runtime() -> Result<Runtime, Trouble> {
    Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Trouble::unreachable(format!("cannot start threads: {error}")))
}

/// The binary that runs: adapters are started through it.
pub(super) fn binary() -> Result<PathBuf, Trouble> {
    std::env::current_exe()
        .map_err(|error| Trouble::unreachable(format!("cannot find keyproof itself: {error}")))
}
