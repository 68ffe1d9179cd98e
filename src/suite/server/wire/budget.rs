//! How much a run may spend, and what of the live limits it leaves to others.

use std::str::FromStr;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::contract::limit::Bucket;

/// How much a run may spend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// Requests of any kind.
    pub requests: u32,
    /// Requests on `encryption-key/rotate`.
    pub rotations: u32,
    /// Minutes that it may take, waits included.
    pub minutes: u32,
}

impl Budget {
    /// Rotations that it takes to see their limit: those of an hour, two that only we count as they
    /// have no valid token, the one that is refused, and two after the wait.
    pub const ROTATIONS_OF_QUOTA: u32 = Bucket::Rotate.limit() + 5;

    /// No bound: for a server that this run has to itself.
    pub const UNBOUNDED: Self = Self { requests: u32::MAX, rotations: u32::MAX, minutes: u32::MAX };
    /// What a quick run may spend, at the live limits.
    pub const QUICK: Self = Self { requests: 250, rotations: 0, minutes: 3 };
    /// For a server that others use too.
    pub const DEFAULT: Self = Self { requests: 2000, rotations: 6, minutes: 30 };
}

impl std::fmt::Display for Budget {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { requests, rotations, minutes } = self;
        write!(f, "requests={requests},rotations={rotations},minutes={minutes}")
    }
}

/// `requests=N,rotations=N,minutes=N`, each at most once; what is left out stays as by default.
impl FromStr for Budget {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut budget = Self::DEFAULT;
        let mut given: Vec<&str> = Vec::new();
        for part in text.split(',') {
            let usage = "give requests=N,rotations=N,minutes=N, or some of them";
            let (name, number) = part.split_once('=').ok_or(usage)?;
            let number = number.parse().map_err(|_| format!("a number is not whole: {usage}"))?;
            match name {
                "requests" => budget.requests = number,
                "rotations" => budget.rotations = number,
                "minutes" => budget.minutes = number,
                _ => return Err(format!("no such budget: {usage}")),
            }
            if given.contains(&name) {
                return Err(format!("{name} is given twice"));
            }
            given.push(name);
        }
        Ok(budget)
    }
}

/// The part of the live rate limits that a run takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// Whether a part of each window is left to the organization's people.
    is_shared: bool,
    /// How many runs share it.
    shards: u32,
}

impl Allowance {
    /// All of it.
    pub const ALL: Self = Self { is_shared: false, shards: 1 };

    /// What is left when others work in the organization, and `shards` runs (at least 1) share it.
    pub fn new(is_shared: bool, shards: u32) -> Self {
        Self { is_shared, shards: shards.max(1) }
    }

    pub(crate) const fn is_divided(self) -> bool {
        self.shards > 1
    }

    /// Requests of a bucket's window that are left to the organization's people.
    const fn reserve(self, bucket: Bucket) -> u32 {
        match (self.is_shared, bucket) {
            (false, _) => 0,
            (true, Bucket::Api) => 20,
            (true, Bucket::Rotate) => 3,
        }
    }

    /// Requests of a bucket's window that this run may send while it keeps so many back for what it
    /// has made. Those are in the people's part first: a run that is interrupted takes of it. Rotations
    /// are all in one shard.
    pub(crate) fn of(self, bucket: Bucket, kept_back: u32) -> u32 {
        let reserve = self.reserve(bucket);
        let limit = bucket.limit() - reserve;
        match bucket {
            Bucket::Api => {
                let part = limit / self.shards;
                let kept = kept_back.saturating_sub(reserve / self.shards);
                // Of a small part something has to be left to go on with.
                (part - kept.min(part / 2)).max(1)
            }
            Bucket::Rotate => limit,
        }
    }

    /// Requests that have to be left of a window when one is sent: of the limit that the server says, if it
    /// says one.
    pub(crate) fn left_over(self, bucket: Bucket, limit: Option<u32>, kept_back: u32) -> u32 {
        let kept_back = match bucket {
            // Something has to be left to go on with.
            Bucket::Api => kept_back.min(limit.unwrap_or(bucket.limit()) / 2),
            Bucket::Rotate => 0,
        };
        kept_back.max(self.reserve(bucket))
    }
}

/// Requests that may still be sent to tidy up.
#[derive(Debug)]
pub(crate) struct Purse {
    left: AtomicU32,
    /// The last requests are for lists only: the last list shows what is gone.
    lists: u32,
}

impl Purse {
    pub(crate) const fn new(requests: u32, lists: u32) -> Self {
        Self { left: AtomicU32::new(requests), lists }
    }

    /// Whether there is nothing more in it but for lists.
    pub(crate) fn is_spent(&self) -> bool {
        self.left.load(Ordering::Relaxed) <= self.lists
    }

    /// Takes one request out, if there is one.
    pub(crate) fn take(&self, is_list: bool) -> bool {
        let least = if is_list { 0 } else { self.lists };
        let take = |left: u32| (left > least).then(|| left - 1);
        self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok()
    }
}
