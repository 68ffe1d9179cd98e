//! Stays below the server's rate limits: each bucket has a lane, and a request waits while its lane is full.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use parking_lot::Mutex;
use tokio::sync::{Notify, RwLock, RwLockReadGuard, RwLockWriteGuard};

use super::{Allowance, Reply, ServerClock, Timer};
use crate::contract::limit::Bucket;
use crate::harness::Stop;
use crate::suite::server::inventory::Inventory;

pub(crate) struct Pace {
    allowance: Allowance,
    /// What the run has created: requests are reserved to delete it.
    inventory: Arc<Inventory>,
    /// When the run has to be over, on its timer: no wait goes beyond it.
    end: Duration,
    api: Lane,
    rotate: Lane,
    /// Locked to write by a case that uses a limit up, so that no other case runs into it.
    passage: RwLock<()>,
}

/// What is known of a bucket's current window.
#[derive(Default)]
struct Lane {
    window: Mutex<Window>,
    answered: Notify,
}

#[derive(Default)]
struct Window {
    /// Requests that this run has sent in it.
    sent: u32,
    /// Requests that are on their way.
    in_flight: u32,
    /// `X-RateLimit-Remaining` of the last answer that had it.
    remaining: Option<u32>,
    /// `X-RateLimit-Limit` of the last answer.
    limit: Option<u32>,
    /// The whole limit remains after a request: the server does not count.
    is_unlimited: bool,
    /// When it is over, on the run's own timer.
    end: Option<Duration>,
    /// The same on the server's clock, from `X-RateLimit-Reset`.
    reset: Option<Timestamp>,
}

enum Gate {
    Open,
    /// The answer to a request that is on its way may show whether there is room.
    AwaitAnswer,
    Wait(Duration, Option<Timestamp>),
}

/// The place of one request in its lane.
pub(crate) struct Turn<'p> {
    lane: &'p Lane,
    _passage: RwLockReadGuard<'p, ()>,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.lane.window.lock().in_flight -= 1;
        self.lane.answered.notify_waiters();
    }
}

impl Pace {
    /// No wait lasts beyond `end`, on the run's timer.
    pub(crate) fn new(allowance: Allowance, inventory: Arc<Inventory>, end: Duration) -> Self {
        let (api, rotate) = Default::default();
        Self { allowance, inventory, end, api, rotate, passage: RwLock::default() }
    }

    fn lane(&self, bucket: Bucket) -> &Lane {
        match bucket {
            Bucket::Api => &self.api,
            Bucket::Rotate => &self.rotate,
        }
    }

    pub(crate) fn time_left(&self, timer: &dyn Timer) -> Duration {
        self.end.saturating_sub(timer.elapsed())
    }

    /// Whether that time is over before the run has to be.
    pub(crate) fn lasts(&self, timer: &dyn Timer, time: Duration) -> bool {
        timer.elapsed().saturating_add(time) <= self.end
    }

    /// Waits until a request of that bucket may be sent: one that tidies up takes what was kept back
    /// for it.
    /// A wait that is longer than the run is refused.
    pub(crate) async fn enter(
        &self,
        bucket: Bucket,
        tidies_up: bool,
        timer: &dyn Timer,
    ) -> Result<Turn<'_>, Stop> {
        let lane = self.lane(bucket);
        loop {
            // Registered before the window is looked at, so that no answer is missed.
            let answered = lane.answered.notified();
            let passage = self.passage.read().await;
            let kept_back = if tidies_up { 0 } else { self.inventory.kept_back() };
            let gate = lane.window.lock().ask(bucket, self.allowance, kept_back, timer.elapsed());
            match gate {
                Gate::Open => return Ok(Turn { lane, _passage: passage }),
                Gate::AwaitAnswer => {
                    drop(passage);
                    answered.await;
                }
                Gate::Wait(wait, reset) => {
                    drop(passage);
                    if !self.lasts(timer, wait) {
                        return Err(Stop::CouldNotRun(too_long(bucket, wait, reset)));
                    }
                    timer.wait(wait).await;
                }
            }
        }
    }

    /// Waits until so many requests may be sent side by side, or for one window: a limit may be too small for them.
    pub(crate) async fn await_room(&self, count: u32, timer: &dyn Timer) {
        let lane = self.lane(Bucket::Api);
        loop {
            let answered = lane.answered.notified();
            let kept_back = self.inventory.kept_back();
            let of = (Bucket::Api, count);
            let gate = lane.window.lock().room(of, self.allowance, kept_back, timer.elapsed());
            match gate {
                Gate::Open => return,
                Gate::AwaitAnswer => answered.await,
                Gate::Wait(wait, _) => {
                    if self.lasts(timer, wait) {
                        timer.wait(wait).await;
                    }
                    return;
                }
            }
        }
    }

    /// Keeps everybody else from sending until the guard is dropped, and waits for the answers that
    /// are on their way.
    pub(crate) async fn close(&self) -> RwLockWriteGuard<'_, ()> {
        self.passage.write().await
    }

    /// Learns from an answer. A window ends after the `Retry-After` of a 429, which needs no clock; else at
    /// `X-RateLimit-Reset`, by the clock that sets the server's times, or by the same answer's `Date` as long as
    /// nothing is known of that one.
    pub(crate) fn learn(
        &self,
        bucket: Bucket,
        reply: &Reply,
        clock: &ServerClock,
        timer: &dyn Timer,
    ) {
        let mut window = self.lane(bucket).window.lock();
        let number = |name| reply.header(name)?.parse::<i64>().ok();
        let count = |name| u32::try_from(number(name)?).ok();
        let reset = number("x-ratelimit-reset");
        let reset_at = reset.and_then(|reset| Timestamp::from_second(reset).ok());
        let is_same_window = reset_at.is_some() && reset_at == window.reset;
        let until = |reset: i64| match clock.at(reply, timer) {
            Some(now) => Some(reset.saturating_sub(now)),
            // Where `Date` is behind, the window seems longer than any is.
            None => Some(reset.saturating_sub(reply.date()?).min(bucket.window().as_secs() as i64)),
        };
        let until_reset = reset.and_then(until);
        let left = match (reply.status, reply.retry_after()) {
            (429, Some(seconds)) => Some(seconds),
            // It was one too many, so that the window is not over yet.
            (429, None) => until_reset.map(|left| u64::try_from(left).unwrap_or(0).max(1)),
            _ => until_reset.and_then(|left| u64::try_from(left).ok()),
        };
        if let Some(left) = left {
            window.end = Some(timer.elapsed() + Duration::from_secs(left));
            window.reset = reset_at;
        }
        let remaining = match reply.status {
            429 => Some(0),
            _ => count("x-ratelimit-remaining"),
        };
        // Answers overtake each other, and within a window what is left only falls.
        window.remaining = match (remaining, window.remaining) {
            (Some(sent), Some(known)) if is_same_window => Some(sent.min(known)),
            (sent, known) => sent.or(known),
        };
        window.limit = count("x-ratelimit-limit");
        window.is_unlimited = remaining.is_some() && remaining == window.limit;
    }
}

impl Window {
    /// Whether a request may be sent now, which is counted then.
    fn ask(&mut self, bucket: Bucket, allowance: Allowance, kept_back: u32, now: Duration) -> Gate {
        let gate = self.room((bucket, 1), allowance, kept_back, now);
        if matches!(gate, Gate::Open) {
            self.sent += 1;
            self.in_flight += 1;
        }
        gate
    }

    /// Whether so many requests may be sent now, side by side.
    fn room(
        &mut self,
        (bucket, count): (Bucket, u32),
        allowance: Allowance,
        kept_back: u32,
        now: Duration,
    ) -> Gate {
        let more = count.saturating_sub(1);
        if self.end.is_none_or(|end| end <= now) {
            // Requests on their way are counted in the new window: that is on the safe side.
            *self = Self {
                sent: self.in_flight,
                in_flight: self.in_flight,
                end: Some(now + bucket.window()),
                ..Self::default()
            };
        }
        // Where the server counts, its count goes: it knows of others. Shards each keep to their part.
        let own_count = self.remaining.is_none() || allowance.is_divided() && !self.is_unlimited;
        let is_spent = own_count && self.sent + more >= allowance.of(bucket, kept_back);
        let reserve = allowance.left_over(bucket, self.limit, kept_back) + more;
        let is_empty = self.remaining.is_some_and(|left| left <= reserve);
        let may_be_empty = self.remaining.is_some_and(|left| left <= reserve + self.in_flight);
        if !is_spent && !may_be_empty {
            return Gate::Open;
        }
        if !is_spent && !is_empty {
            return Gate::AwaitAnswer;
        }
        let end = self.end.unwrap_or(now);
        Gate::Wait(end.saturating_sub(now), self.reset)
    }
}

/// Says when the rest could run, by the server's clock where it is known.
fn too_long(bucket: Bucket, wait: Duration, reset: Option<Timestamp>) -> String {
    let when = match reset {
        Some(reset) => format!("at {reset}"),
        None => format!("in {} minutes", wait.as_secs().div_ceil(60)),
    };
    match bucket {
        Bucket::Rotate => format!(
            "the hour's rotations are used up: it could run {when}, and everything else runs with \
             --budget rotations=0"
        ),
        Bucket::Api => format!(
            "the rate limit is used up and the minutes of the budget are over: it could run {when}"
        ),
    }
}
