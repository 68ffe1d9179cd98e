//! SIGINT and SIGTERM.

use std::future::Future;

use tokio::signal::unix::{SignalKind, signal};

use super::Trouble;

/// Listens from now on; the future is ready at the first of the two signals.
pub(super) fn first_signal() -> Result<impl Future<Output = ()> + Send, Trouble> {
    let listen = |kind| {
        signal(kind).map_err(|error| Trouble::unreachable(format!("cannot await signals: {error}")))
    };
    let (mut interrupt, mut terminate) = (
        listen(SignalKind::interrupt())?,
        listen(SignalKind::terminate())?,
    );
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}
