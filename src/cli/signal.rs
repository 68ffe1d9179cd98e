//! SIGINT and SIGTERM: the first asks to stop in order, the second stops at once.

use std::future::Future;

use tokio::signal::unix::{Signal, SignalKind, signal};

use super::Trouble;

/// What a process that died of the signal reports: 128 and the signal's number.
const INTERRUPTED: i32 = 130;
const TERMINATED: i32 = 143;

/// Listens from now on; the future is ready at the first of the two signals.
pub(super) fn first_signal() -> Result<impl Future<Output = ()> + Send, Trouble> {
    let listen = |kind| {
        signal(kind).map_err(|error| Trouble::unreachable(format!("cannot await signals: {error}")))
    };
    let mut interrupt = listen(SignalKind::interrupt())?;
    let mut terminate = listen(SignalKind::terminate())?;
    Ok(async move {
        next(&mut interrupt, &mut terminate).await;
        tokio::spawn(async move {
            let code = next(&mut interrupt, &mut terminate).await;
            std::process::exit(code);
        });
    })
}

async fn next(interrupt: &mut Signal, terminate: &mut Signal) -> i32 {
    tokio::select! {
        _ = interrupt.recv() => INTERRUPTED,
        _ = terminate.recv() => TERMINATED,
    }
}
