//! Waits for a server that is not up yet.

use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::{Instant, sleep_until, timeout_at};

use super::arrival::CannotStart;
use super::run::Shared;
use super::wire::{Call, Purpose, Reply};
use crate::contract::route::Endpoint;
use crate::harness::{Exit, Stop};

/// The first pause between two tries, and the longest.
const PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_millis(500);

/// How long a server is waited for that is not up yet, and who is told why.
pub struct Patience<'p> {
    /// Longest that it is waited for.
    pub longest: Duration,
    /// Told of each new reason to wait.
    pub tell: &'p (dyn Fn(&str) + Sync),
}

/// Asks for the list of projects until it is answered, by the server and not by a gateway in front of it.
pub(super) async fn first_answer(
    shared: &Shared,
    patience: &Patience<'_>,
) -> Result<Result<Reply, Stop>, CannotStart> {
    let server = &*shared.server;
    let end = Instant::now() + patience.longest;
    let mut pause = PAUSE;
    let mut reason = None;
    loop {
        let (list, spent) = (Call::to(Endpoint::ListProjects, &[]), Mutex::default());
        let sent = shared.door.send(server, &list, Purpose::Knock, &spent);
        let mut asked_for = None;
        let why = match timeout_at(end, sent).await {
            Ok(Ok(reply)) if (502..=504).contains(&reply.status) => {
                asked_for = reply.retry_after().map(Duration::from_secs);
                format!("a gateway answers {}", reply.outcome())
            }
            Ok(Err(Stop::Unreachable(why))) => why,
            Ok(sent) => return Ok(sent),
            Err(_) => reason.take().unwrap_or_else(|| "no answer came".to_owned()),
        };
        let now = Instant::now();
        if now >= end {
            let (url, longest) = (server.url(), patience.longest.as_secs_f64());
            let why = format!("{url}: not up after {longest} s of waiting: {why}");
            return Err(CannotStart::new(Exit::Unreachable, why));
        }
        if reason.as_ref() != Some(&why) {
            (patience.tell)(&why);
            reason = Some(why);
        }
        // Whoever asks for more time than there is, is looked for all the same.
        let wait = asked_for.filter(|time| now + *time < end).map_or(pause, |time| time.max(pause));
        sleep_until(end.min(now + wait)).await;
        pause = LONGEST_PAUSE.min(pause * 2);
    }
}
