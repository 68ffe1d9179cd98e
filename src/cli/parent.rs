//! The process that started this one, for the commands that end when it does.

use std::time::Duration;

use crate::system::process;

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
