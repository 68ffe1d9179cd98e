//! Where derivations are done: not on the threads that serve requests.

use crate::harness::Stop;

/// Does the work on a thread of its own.
pub(super) async fn off_thread<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Stop> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|_| Stop::Harness("a derivation did not finish".to_owned()))
}
