//! The process that has started this one.

use std::os::unix::process::parent_id;
use std::time::Duration;

/// How often it is looked for: nothing tells of its end.
const LOOK: Duration = Duration::from_millis(50);
/// The process that takes over whose parent has ended. A parent in another container is 0.
const FIRST: u32 = 1;

/// The process that has started this one, where its end matters.
#[derive(Debug, Clone, Copy)]
pub(super) struct Parent(Option<u32>);

impl Parent {
    /// One whose end does not matter.
    pub(super) const NONE: Self = Self(None);
    /// How long what ends with its parent may take for each step of ending in order: a second later it is gone.
    pub(super) const PATIENCE: Duration = Duration::from_millis(400);

    /// The one there is now.
    pub(super) fn now() -> Self {
        Self(Some(parent_id()))
    }

    /// Whether it is one whose end nobody can see.
    pub(super) fn is_endless(self) -> bool {
        self.0.is_some_and(|id| id <= FIRST)
    }

    /// Ready as soon as it has ended: this process then belongs to another.
    pub(super) async fn ended(self) {
        let Some(id) = self.0 else {
            return std::future::pending().await;
        };
        while parent_id() == id {
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Ready once it has ended and so much time has passed.
    pub(super) async fn ended_for(self, time: Duration) {
        self.ended().await;
        tokio::time::sleep(time).await;
    }
}
