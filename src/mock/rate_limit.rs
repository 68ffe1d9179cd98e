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

/// How many requests there may be, and in what time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rule {
    pub(super) limit: u32,
    pub(super) window: Duration,
    /// Whether the window is always the last one, and not one that stands where it was opened.
    pub(super) slides: bool,
    /// Whether it is of each project, and not of the organization.
    pub(super) each_project: bool,
    /// Another bucket that its requests count in.
    pub(super) also: Option<Bucket>,
}

/// The windows of one organization.
#[derive(Debug, Default)]
pub(super) struct RateLimiter(BTreeMap<(Bucket, String), VecDeque<Timestamp>>);

/// Where a bucket stands after a request.
#[derive(Debug, Clone, Copy)]
pub(super) struct Quota {
    pub(super) limit: u32,
    pub(super) remaining: u32,
    /// Unix seconds, never before the window closes.
    pub(super) reset: i64,
    /// Seconds to wait, if the request was one too many.
    pub(super) retry_after: Option<i64>,
}

impl RateLimiter {
    /// Counts one request.
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
        let allowed = used.len() < rule.limit as usize;
        if allowed {
            used.push_back(now);
        }
        let opened = used.front().copied().unwrap_or(now);
        let reset = whole_seconds(later(opened, rule.window));
        Quota {
            remaining: rule.limit - u32::try_from(used.len()).unwrap_or(rule.limit),
            reset,
            retry_after: (!allowed).then(|| (reset - now.as_second()).max(1)),
            ..rule.unused(now)
        }
    }
}

impl RateLimiter {
    /// Where a bucket stands, without counting anything.
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

    /// Makes a bucket have so many requests left, in a window that is open or opens now.
    pub(super) fn set(&mut self, bucket: Bucket, rule: Rule, remaining: u32, now: Timestamp) {
        let used = rule.limit.saturating_sub(remaining) as usize;
        let times = self.0.entry((bucket, String::new())).or_default();
        times.retain(|time| rule.covers(*time, now));
        times.resize(used, now);
    }

    /// The requests that are counted, by bucket and project.
    pub(super) fn counted(&self) -> impl Iterator<Item = (Bucket, &str, Vec<Timestamp>)> {
        let windows = self.0.iter();
        windows.map(|((bucket, project), times)| {
            (*bucket, project.as_str(), times.iter().copied().collect())
        })
    }

    /// Counts these requests.
    pub(super) fn recount(&mut self, bucket: Bucket, project: String, times: Vec<Timestamp>) {
        self.0.insert((bucket, project), times.into());
    }

    /// When the windows close that had opened by then, by bucket.
    pub(super) fn closings(
        &self,
        then: Timestamp,
        rule: impl Fn(Bucket) -> Rule,
    ) -> Vec<(Bucket, Timestamp)> {
        let windows = self.0.iter();
        windows
            .filter_map(|((bucket, _), times)| {
                let opened = times.front().filter(|opened| **opened <= then)?;
                Some((*bucket, later(*opened, rule(*bucket).window)))
            })
            .collect()
    }
}

impl Rule {
    /// Whether a window that opened then is open now. One that opens in the time to come is none: the
    /// clock was set back.
    fn covers(self, opened: Timestamp, now: Timestamp) -> bool {
        opened <= now && now < later(opened, self.window)
    }

    /// Where a bucket stands that nothing is counted in.
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

/// Rounded up: whoever waits until then finds the window closed.
fn whole_seconds(time: Timestamp) -> i64 {
    time.as_second() + i64::from(time.subsec_nanosecond() > 0)
}
