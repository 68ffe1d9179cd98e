//! SIGINT and SIGTERM: the first asks to stop in order, the second stops at once. To what tidies up after
//! itself SIGHUP is one of them.

use std::future::{Future, poll_fn};
use std::task::Poll;

use tokio::signal::unix::{Signal, SignalKind, signal};

use super::Trouble;

/// What a process that died of a signal reports: this and the signal's number.
const DIED: i32 = 128;

/// Signals that are awaited.
struct Awaited(Vec<(SignalKind, Signal)>);

/// Listens from now on; the future is ready at the first of the two signals.
pub(super) fn first_signal() -> Result<impl Future<Output = ()> + Send, Trouble> {
    first_of(
        vec![SignalKind::interrupt(), SignalKind::terminate()],
        || {},
    )
}

/// The same for a run that tidies up, so that a terminal that is closed ends it in order too. At the second
/// signal `last_words` are said.
pub(super) fn first_signal_to_tidy_up(
    last_words: impl FnOnce() + Send + 'static,
) -> Result<impl Future<Output = ()> + Send, Trouble> {
    let mut kinds = vec![SignalKind::interrupt(), SignalKind::terminate()];
    if !ignores_hangup() {
        kinds.push(SignalKind::hangup());
    }
    first_of(kinds, last_words)
}

fn first_of(
    kinds: Vec<SignalKind>,
    last_words: impl FnOnce() + Send + 'static,
) -> Result<impl Future<Output = ()> + Send, Trouble> {
    let mut awaited = Awaited(Vec::new());
    for kind in kinds {
        awaited.0.push((kind, listen(kind)?));
    }
    Ok(async move {
        awaited.next().await;
        tokio::spawn(async move {
            let code = awaited.next().await;
            last_words();
            std::process::exit(code);
        });
    })
}

/// Listens to one kind of signal from now on.
pub(super) fn listen(kind: SignalKind) -> Result<Signal, Trouble> {
    signal(kind).map_err(|error| Trouble::unreachable(format!("cannot await signals: {error}")))
}

impl Awaited {
    /// What the process would report that died of the next one.
    async fn next(&mut self) -> i32 {
        poll_fn(|context| {
            for (kind, signal) in &mut self.0 {
                if signal.poll_recv(context).is_ready() {
                    return Poll::Ready(DIED + kind.as_raw_value());
                }
            }
            Poll::Pending
        })
        .await
    }
}

/// Whether whoever started the process has told it to outlive its terminal, as `nohup` does. Known on
/// Linux only.
pub(super) fn ignores_hangup() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    // The mask begins with signal 1, which is SIGHUP.
    ignored.is_some_and(|mask| mask & 1 == 1)
}
