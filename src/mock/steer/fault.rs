//! Faults between a client and the API that are injected on purpose: faults of the wire, not of the server.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use serde::Deserialize;

use crate::contract::route::Endpoint;
use crate::mock::Pattern;

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Effect {
    /// The request is answered with this status and changes nothing.
    Status {
        /// An error status: 400 to 599.
        status: u16,
        /// Seconds of `Retry-After`, if it is to be sent.
        retry_after: Option<u32>,
    },
    /// The request waits before anything else is done with it.
    Delay {
        /// Milliseconds.
        milliseconds: u32,
    },
    /// The connection is cut; the request has changed nothing.
    DropBefore,
    /// The connection is cut; the request has done its work.
    DropAfter,
    /// The answer ends in the middle of its body. The request has done its work.
    Truncate,
    /// The answer's body comes in eight pieces.
    Slow {
        /// Milliseconds before each piece.
        milliseconds: u32,
    },
}

impl Effect {
    /// Its name in the control API and in `X-Mock-Fault`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Status { .. } => "status",
            Self::Delay { .. } => "delay",
            Self::DropBefore => "drop-before",
            Self::DropAfter => "drop-after",
            Self::Truncate => "truncate",
            Self::Slow { .. } => "slow",
        }
    }

    /// Longest time that a request is delayed.
    pub(in crate::mock) const LONGEST: Duration = Duration::from_secs(60);
}

/// A fault on the wire, and the requests that it strikes.
#[derive(Debug, Clone)]
pub struct Mishap {
    /// Requests that match can be struck.
    pub pattern: Pattern,
    /// The first of the matching requests that it strikes, counted from 1.
    pub nth: u64,
    /// How many requests it strikes; all from the first on, if none.
    pub times: Option<u64>,
    /// What goes wrong.
    pub effect: Effect,
}

impl Mishap {
    /// A fault that strikes the next matching request, and no other.
    pub const fn once(pattern: Pattern, effect: Effect) -> Self {
        Self { pattern, nth: 1, times: Some(1), effect }
    }
}

pub(in crate::mock) struct Armed {
    pub(in crate::mock) id: u64,
    /// The number of the organization whose requests it strikes; requests of all, if none.
    pub(in crate::mock) organization: Option<u64>,
    pub(in crate::mock) mishap: Mishap,
    /// How many requests have matched so far.
    seen: AtomicU64,
}

impl Armed {
    /// How many requests it has struck.
    pub(in crate::mock) fn happened(&self) -> u64 {
        let past = self.seen.load(Ordering::Relaxed).saturating_sub(self.mishap.nth - 1);
        self.mishap.times.map_or(past, |times| past.min(times))
    }

    /// Counts a matching request. Whether it is struck.
    fn strikes(&self) -> bool {
        let place = self.seen.fetch_add(1, Ordering::Relaxed) + 1;
        let first = self.mishap.nth;
        place >= first && self.mishap.times.is_none_or(|times| place - first < times)
    }
}

#[derive(Default)]
pub(in crate::mock) struct Mishaps {
    armed: Mutex<Vec<Arc<Armed>>>,
    count: AtomicU64,
}

impl Mishaps {
    pub(in crate::mock) fn arm(&self, organization: Option<u64>, mishap: Mishap) -> u64 {
        let id = self.count.fetch_add(1, Ordering::Relaxed) + 1;
        self.armed.lock().push(Arc::new(Armed {
            id,
            organization,
            mishap,
            seen: AtomicU64::new(0),
        }));
        id
    }

    /// The faults that can strike requests of an organization.
    pub(in crate::mock) fn of(&self, organization: u64) -> Vec<Arc<Armed>> {
        let armed = self.armed.lock();
        let own = armed.iter().filter(|one| one.organization.is_none_or(|it| it == organization));
        own.cloned().collect()
    }

    pub(in crate::mock) fn is_empty(&self) -> bool {
        self.armed.lock().is_empty()
    }

    /// Removes one. Whether it was there.
    pub(in crate::mock) fn disarm(&self, id: u64) -> bool {
        let mut armed = self.armed.lock();
        let before = armed.len();
        armed.retain(|one| one.id != id);
        armed.len() < before
    }

    /// Removes those of an organization.
    pub(in crate::mock) fn disarm_all(&self, organization: u64) {
        self.armed.lock().retain(|one| one.organization != Some(organization));
    }

    /// What goes wrong with a request, which each matching mishap counts.
    pub(in crate::mock) fn strike(
        &self,
        organization: Option<u64>,
        endpoint: Option<Endpoint>,
        method: &str,
        path: &str,
    ) -> Option<Effect> {
        let armed = self.armed.lock();
        let mut struck = armed
            .iter()
            .filter(|one| one.organization.is_none() || one.organization == organization)
            .filter(|one| one.mishap.pattern.matches_request(endpoint, method, path))
            .filter(|one| one.strikes())
            .map(|one| one.mishap.effect);
        let first = struck.next();
        // The others have to count the request as well.
        struck.for_each(drop);
        first
    }
}
