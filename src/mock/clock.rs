//! The mock's one clock. Nothing else in the mock asks for the time.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;
use parking_lot::Mutex;

/// The machine's clock, or one that is frozen until it is advanced. Clones are the same clock.
#[derive(Debug, Clone)]
pub struct Clock(Arc<Mutex<Hands>>);

/// Milliseconds: the time since 1970 of a frozen clock, or how far a running one is ahead of the machine's.
#[derive(Debug, Clone, Copy)]
enum Hands {
    Standing(i64),
    Running(i64),
}

impl Hands {
    fn now(self) -> i64 {
        match self {
            Self::Standing(now) => now,
            Self::Running(ahead) => Timestamp::now().as_millisecond().saturating_add(ahead),
        }
    }

    fn running_from(now: i64) -> Self {
        Self::Running(now.saturating_sub(Timestamp::now().as_millisecond()))
    }
}

impl Clock {
    /// The machine's time.
    pub fn system() -> Self {
        Self(Arc::new(Mutex::new(Hands::Running(0))))
    }

    /// A clock that is frozen at `start` and moves only by [`Clock::advance`].
    pub fn driven(start: Timestamp) -> Self {
        Self(Arc::new(Mutex::new(Hands::Standing(start.as_millisecond()))))
    }

    /// The clock as text, for [`Clock::put_back`].
    pub(super) fn text(&self) -> String {
        match *self.0.lock() {
            Hands::Standing(now) => format!("standing {now}"),
            Hands::Running(ahead) => format!("running {ahead}"),
        }
    }

    /// Puts the clock to what [`Clock::text`] gave. Another text changes nothing.
    pub(super) fn put_back(&self, text: &str) {
        let Some((kind, number)) = text.split_once(' ') else { return };
        match (kind, number.parse()) {
            ("standing", Ok(now)) => *self.0.lock() = Hands::Standing(now),
            ("running", Ok(ahead)) => *self.0.lock() = Hands::Running(ahead),
            _ => {}
        }
    }

    /// The time now.
    pub fn now(&self) -> Timestamp {
        let now = self.0.lock().now();
        Timestamp::from_millisecond(now).unwrap_or(Timestamp::MAX)
    }

    /// Whether the clock is frozen.
    pub fn is_driven(&self) -> bool {
        matches!(*self.0.lock(), Hands::Standing(_))
    }

    /// Moves the clock forward, at most to the last moment that a timestamp can have.
    pub fn advance(&self, by: Duration) {
        let by = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        match &mut *self.0.lock() {
            Hands::Standing(time) | Hands::Running(time) => *time = time.saturating_add(by),
        }
    }

    /// Puts the clock to a time. A frozen clock stays frozen, a running one runs on from there.
    pub fn set(&self, time: Timestamp) {
        let time = time.as_millisecond();
        let mut hands = self.0.lock();
        *hands = match *hands {
            Hands::Standing(_) => Hands::Standing(time),
            Hands::Running(_) => Hands::running_from(time),
        };
    }

    /// Freezes the clock at the time that it has.
    pub fn freeze(&self) {
        let mut hands = self.0.lock();
        *hands = Hands::Standing(hands.now());
    }

    /// Lets the clock run on from the time that it has.
    pub fn run(&self) {
        let mut hands = self.0.lock();
        *hands = Hands::running_from(hands.now());
    }
}

/// RFC 3339, UTC, whole seconds: `2026-06-11T00:00:00Z`.
pub(super) fn rfc3339(time: Timestamp) -> String {
    Timestamp::from_second(time.as_second()).unwrap_or(time).to_string()
}

/// As the `Date` header has it.
pub(super) fn http_date(time: Timestamp) -> String {
    DateTimePrinter::new().timestamp_to_rfc9110_string(&time).unwrap_or_else(|_| rfc3339(time))
}
