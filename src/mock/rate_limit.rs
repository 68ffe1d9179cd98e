//! Rate limits: fixed windows that open at the first request.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use jiff::Timestamp;

use crate::contract::limit::Bucket;
use crate::named::named;

named! {
    /// Whether the limits are enforced.
    #[derive(Default)]
    pub enum Limits {
        #[default]
        Live = "live": "As the live API: 100 requests a minute, 10 rotations an hour",
        Off = "off": "Counted by nobody; the headers are still sent",
    }
}

/// How many requests a bucket allows, and in what time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rule {
    pub(super) limit: u32,
    pub(super) window: Duration,
    /// Whether the window is always the time before now. Otherwise it opens with a request and stays until it closes.
    pub(super) slides: bool,
    /// Whether it counts by project, and not by organization.
    pub(super) each_project: bool,
    /// Another bucket that the requests count in too.
    pub(super) also: Option<Bucket>,
}

/// The requests of one organization that are counted, by bucket and project. The project is empty where a bucket does not
/// count by project.
#[derive(Debug, Default)]
pub(super) struct RateLimiter(BTreeMap<(Bucket, String), VecDeque<Timestamp>>);

/// The state of a bucket after a request.
#[derive(Debug, Clone, Copy)]
pub(super) struct Quota {
    pub(super) limit: u32,
    pub(super) remaining: u32,
    /// When the window closes: seconds since 1970, rounded up.
    pub(super) reset: i64,
    /// Seconds to wait, if the request was over the limit.
    pub(super) retry_after: Option<i64>,
}

impl RateLimiter {
    pub(super) fn count(
        &mut self,
        (bucket, project): (Bucket, &str),
        rule: Rule,
        now: Timestamp,
    ) -> Quota {
        let used = self.0.entry((bucket, project.to_owned())).or_default();
        if rule.slides {
            used.retain(|time| rule.covers(*time, now));
        } else if used.front().is_some_and(|opened| !rule.covers(*opened, now)) {
            used.clear();
        }
        let is_allowed = used.len() < rule.limit as usize;
        if is_allowed {
            used.push_back(now);
        }
        let opened = used.front().copied().unwrap_or(now);
        let reset = whole_seconds(later(opened, rule.window));
        Quota {
            remaining: rule.limit - u32::try_from(used.len()).unwrap_or(rule.limit),
            reset,
            retry_after: (!is_allowed).then(|| (reset - now.as_second()).max(1)),
            ..rule.unused(now)
        }
    }

    /// The state of a bucket, without counting anything.
    pub(super) fn quota(&self, bucket: Bucket, rule: Rule, now: Timestamp) -> Quota {
        let mut copy = Self(self.0.clone());
        let unbounded = Rule { limit: u32::MAX, ..rule };
        let counted = copy.count((bucket, ""), unbounded, now);
        let used = u32::MAX - counted.remaining - 1;
        Quota {
            limit: rule.limit,
            remaining: rule.limit.saturating_sub(used),
            retry_after: None,
            ..counted
        }
    }

    /// Leaves a bucket so many requests, in a window that is open or opens now.
    pub(super) fn set(&mut self, bucket: Bucket, rule: Rule, remaining: u32, now: Timestamp) {
        let used = rule.limit.saturating_sub(remaining) as usize;
        let times = self.0.entry((bucket, String::new())).or_default();
        times.retain(|time| rule.covers(*time, now));
        times.resize(used, now);
    }

    /// The times of the counted requests, by bucket and project.
    pub(super) fn counted(&self) -> impl Iterator<Item = (Bucket, &str, &VecDeque<Timestamp>)> {
        self.0.iter().map(|((bucket, project), times)| (*bucket, project.as_str(), times))
    }

    /// Puts back what [`RateLimiter::counted`] gave.
    pub(super) fn recount(&mut self, bucket: Bucket, project: String, times: Vec<Timestamp>) {
        self.0.insert((bucket, project), times.into());
    }

    /// The windows that had opened by a time: their buckets, and when they close.
    pub(super) fn closings(
        &self,
        time: Timestamp,
        rule: impl Fn(Bucket) -> Rule,
    ) -> Vec<(Bucket, Timestamp)> {
        let windows = self.0.iter().filter_map(|((bucket, _), times)| {
            let opened = times.front().filter(|opened| **opened <= time)?;
            Some((*bucket, later(*opened, rule(*bucket).window)))
        });
        windows.collect()
    }
}

impl Rule {
    /// Whether a window that opened at a time is open now. One that opens later than now is not: the clock was set back.
    fn covers(self, opened: Timestamp, now: Timestamp) -> bool {
        opened <= now && now < later(opened, self.window)
    }

    /// The state of a bucket in which nothing is counted.
    pub(super) fn unused(self, now: Timestamp) -> Quota {
        Quota {
            limit: self.limit,
            remaining: self.limit,
            reset: whole_seconds(later(now, self.window)),
            retry_after: None,
        }
    }
}

fn later(now: Timestamp, by: Duration) -> Timestamp {
    now.checked_add(by).unwrap_or(Timestamp::MAX)
}

/// Rounded up, so that the window is closed for a client that waits until then.
fn whole_seconds(time: Timestamp) -> i64 {
    time.as_second() + i64::from(time.subsec_nanosecond() > 0)
}
