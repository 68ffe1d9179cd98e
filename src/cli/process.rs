//! This process: its threads, its binary, and the process that started it.

use std::path::PathBuf;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};

use super::Trouble;
use crate::system::process;

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

/// How often it is looked whether the parent is there: nothing reports its end.
const LOOK: Duration = Duration::from_millis(50);

/// The process that has started this one, where its end matters.
#[derive(Debug, Clone, Copy)]
pub(super) struct Parent(Option<process::Parent>);

impl Parent {
    /// One whose end does not matter.
    pub(super) const NONE: Self = Self(None);
    /// How long what ends with its parent may take for each step of ending in order: a second later it is gone.
    pub(super) const PATIENCE: Duration = Duration::from_millis(400);

    pub(super) fn now() -> Self {
        Self(Some(process::Parent::now()))
    }

    /// Whether its end cannot be observed.
    pub(super) fn is_endless(self) -> bool {
        self.0.is_some_and(process::Parent::is_endless)
    }

    pub(super) async fn ended(self) {
        let Some(parent) = self.0 else {
            return std::future::pending().await;
        };
        while !parent.has_ended() {
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Waits for its end, and then for so much time.
    pub(super) async fn ended_for(self, time: Duration) {
        self.ended().await;
        tokio::time::sleep(time).await;
    }
}
