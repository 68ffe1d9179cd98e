//! Stays below the target's rate limits: waits where an answer says that its bucket is empty.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;

use super::reply::Reply;
use crate::contract::limit::Bucket;

/// When the next request of each bucket may be sent.
#[derive(Default)]
pub(super) struct Pace(Mutex<BTreeMap<Bucket, Instant>>);

impl Pace {
    /// How long a request of that bucket has to wait.
    pub(super) async fn wait(&self, bucket: Bucket) -> Duration {
        self.0
            .lock()
            .await
            .get(&bucket)
            .map_or(Duration::ZERO, |until| {
                until.saturating_duration_since(Instant::now())
            })
    }

    /// Learns from an answer. The wait is `X-RateLimit-Reset` minus the same answer's `Date`, else
    /// `Retry-After`: never our own clock against the server's.
    pub(super) async fn learn(&self, bucket: Bucket, reply: &Reply) {
        let is_empty = reply.header("x-ratelimit-remaining") == Some("0") || reply.status == 429;
        let Some(wait) = is_empty.then(|| reset(reply)).flatten() else {
            return;
        };
        self.0.lock().await.insert(bucket, Instant::now() + wait);
    }
}

fn reset(reply: &Reply) -> Option<Duration> {
    let number = |name| reply.header(name)?.parse::<i64>().ok();
    let by_reset = || {
        let reset = number("x-ratelimit-reset")?;
        Some(reset - reply.date()?)
    };
    let seconds = by_reset().or_else(|| number("retry-after"))?;
    u64::try_from(seconds).ok().map(Duration::from_secs)
}
