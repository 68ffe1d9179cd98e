//! Time as a run sees it: a monotonic timer, which waiting moves on.

use std::time::Duration;

use futures::future::BoxFuture;
use tokio::time::Instant;

/// Measures and waits. Against a server whose clock can be driven, waiting drives it.
pub trait Timer: Send + Sync {
    /// Time since some instant in the past. Never goes back.
    fn elapsed(&self) -> Duration;

    /// Lets that time pass.
    fn wait(&self, time: Duration) -> BoxFuture<'_, ()>;
}

/// The machine's own.
pub struct Monotonic(Instant);

impl Monotonic {
    /// One that starts now.
    pub fn start() -> Self {
        Self(Instant::now())
    }
}

impl Timer for Monotonic {
    fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }

    fn wait(&self, time: Duration) -> BoxFuture<'_, ()> {
        Box::pin(tokio::time::sleep(time))
    }
}
