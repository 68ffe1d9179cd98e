//! Rate limits: fixed windows that open at the first request.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

use crate::contract::limit::Bucket;

/// Whether the limits are enforced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Limits {
    /// As the live API: 100 requests a minute, 10 rotations an hour.
    #[default]
    Live,
    /// Counted by nobody; the headers are still sent.
    Off,
}

/// The windows of one organization.
#[derive(Debug, Default)]
pub(super) struct RateLimiter(BTreeMap<Bucket, Window>);

#[derive(Debug)]
struct Window {
    closes_at: Timestamp,
    used: u32,
}

/// Where a bucket stands after a request.
#[derive(Debug, Clone, Copy)]
pub(super) struct Standing {
    pub(super) limit: u32,
    pub(super) remaining: u32,
    /// Unix seconds, never before the window closes.
    pub(super) reset: i64,
    /// Seconds to wait, if the request was one too many.
    pub(super) retry_after: Option<i64>,
}

impl RateLimiter {
    /// Counts one request.
    pub(super) fn count(&mut self, bucket: Bucket, limits: Limits, now: Timestamp) -> Standing {
        let closes_at = later(now, bucket.window());
        if limits == Limits::Off {
            return Standing {
                limit: bucket.limit(),
                remaining: bucket.limit(),
                reset: whole_seconds(closes_at),
                retry_after: None,
            };
        }
        let window = self
            .0
            .entry(bucket)
            .and_modify(|window| {
                if now >= window.closes_at {
                    *window = Window { closes_at, used: 0 };
                }
            })
            .or_insert(Window { closes_at, used: 0 });
        let allowed = window.used < bucket.limit();
        if allowed {
            window.used += 1;
        }
        let reset = whole_seconds(window.closes_at);
        Standing {
            limit: bucket.limit(),
            remaining: bucket.limit() - window.used,
            reset,
            retry_after: (!allowed).then(|| (reset - now.as_second()).max(1)),
        }
    }
}

fn later(now: Timestamp, by: Duration) -> Timestamp {
    now.checked_add(by).unwrap_or(Timestamp::MAX)
}

/// Rounded up: whoever waits until then finds the window closed.
fn whole_seconds(time: Timestamp) -> i64 {
    time.as_second() + i64::from(time.subsec_nanosecond() > 0)
}
