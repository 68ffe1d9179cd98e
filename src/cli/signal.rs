//! The first signal asks a run to stop in order, the second stops it at once. A hang-up is one of them to a run
//! that tidies up after itself.

use std::future::Future;

use futures::future::select_all;

use super::Trouble;
use crate::system::signal::{Listener, Signal, ignores_hang_up};

/// Listens from now on; the future is ready at the first interrupt or request to terminate.
pub(super) fn first_signal() -> Result<impl Future<Output = ()> + Send, Trouble> {
    first_of(vec![Signal::Interrupt, Signal::Terminate], || {})
}

/// Like [`first_signal`], for a run that tidies up, so that a terminal that is closed ends it in order too. Before the second
/// signal ends the process, `last_words` is called.
pub(super) fn first_signal_to_tidy_up(
    last_words: impl FnOnce() + Send + 'static,
) -> Result<impl Future<Output = ()> + Send, Trouble> {
    let mut signals = vec![Signal::Interrupt, Signal::Terminate];
    if !ignores_hang_up() {
        signals.push(Signal::HangUp);
    }
    first_of(signals, last_words)
}

fn first_of(
    signals: Vec<Signal>,
    last_words: impl FnOnce() + Send + 'static,
) -> Result<impl Future<Output = ()> + Send, Trouble> {
    let listeners = signals.into_iter().map(listen);
    let mut listeners = listeners.collect::<Result<Vec<_>, _>>()?;
    Ok(async move {
        next(&mut listeners).await;
        tokio::spawn(async move {
            let second = next(&mut listeners).await;
            last_words();
            std::process::exit(second.exit_code());
        });
    })
}

/// Catches a signal from now on.
pub(super) fn listen(signal: Signal) -> Result<Listener, Trouble> {
    let listener = signal.listen();
    listener.map_err(|error| Trouble::unreachable(format!("cannot await signals: {error}")))
}

/// Waits for the next of the signals.
async fn next(listeners: &mut [Listener]) -> Signal {
    let arrivals = listeners.iter_mut().map(|one| Box::pin(one.next()));
    select_all(arrivals).await.0
}
