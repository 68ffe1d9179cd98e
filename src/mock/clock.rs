//! The mock's one clock. Nothing else in the mock asks for the time.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;

/// A clock that tells the machine's time, or one that stands still until it is advanced. Copies
/// tell the same time.
#[derive(Debug, Clone)]
pub struct Clock(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// Milliseconds since the epoch at which the clock stands; none if it runs.
    stands_at: Option<i64>,
    /// Milliseconds that it was advanced by.
    advanced: AtomicI64,
}

impl Clock {
    /// The machine's time.
    pub fn system() -> Self {
        Self(Arc::new(Inner {
            stands_at: None,
            advanced: AtomicI64::new(0),
        }))
    }

    /// A clock that stands at `start` and moves only by [`Clock::advance`].
    pub fn driven(start: Timestamp) -> Self {
        Self(Arc::new(Inner {
            stands_at: Some(start.as_millisecond()),
            advanced: AtomicI64::new(0),
        }))
    }

    /// What time it is.
    pub fn now(&self) -> Timestamp {
        let base = self
            .0
            .stands_at
            .unwrap_or_else(|| Timestamp::now().as_millisecond());
        let now = base.saturating_add(self.0.advanced.load(Ordering::Relaxed));
        Timestamp::from_millisecond(now).unwrap_or(Timestamp::MAX)
    }

    /// Whether it stands still until it is advanced.
    pub fn is_driven(&self) -> bool {
        self.0.stands_at.is_some()
    }

    /// Moves the clock on. It stops at the last moment that can be told.
    pub fn advance(&self, by: Duration) {
        let by = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        let further = |advanced: i64| Some(advanced.saturating_add(by));
        let advance = &self.0.advanced;
        // The closure never declines.
        let _ = advance.fetch_update(Ordering::Relaxed, Ordering::Relaxed, further);
    }
}

/// RFC 3339, UTC, whole seconds: `2026-06-11T00:00:00Z`.
pub(super) fn rfc3339(time: Timestamp) -> String {
    Timestamp::from_second(time.as_second())
        .unwrap_or(time)
        .to_string()
}

/// The form of the `Date` header.
pub(super) fn http_date(time: Timestamp) -> String {
    DateTimePrinter::new()
        .timestamp_to_rfc9110_string(&time)
        .unwrap_or_else(|_| rfc3339(time))
}
