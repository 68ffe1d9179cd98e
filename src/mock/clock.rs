//! The mock's one clock. Nothing else in the mock asks for the time.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;
use parking_lot::Mutex;

/// A clock that tells the machine's time, or one that stands still until it is advanced. Copies
/// tell the same time.
#[derive(Debug, Clone)]
pub struct Clock(Arc<Mutex<Hands>>);

/// Milliseconds since the epoch, or from the machine's time on.
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

    /// The same, at another time.
    fn at(self, now: i64) -> Self {
        match self {
            Self::Standing(_) => Self::Standing(now),
            Self::Running(_) => {
                Self::Running(now.saturating_sub(Timestamp::now().as_millisecond()))
            }
        }
    }
}

impl Clock {
    /// The machine's time.
    pub fn system() -> Self {
        Self(Arc::new(Mutex::new(Hands::Running(0))))
    }

    /// A clock that stands at `start` and moves only by [`Clock::advance`].
    pub fn driven(start: Timestamp) -> Self {
        Self(Arc::new(Mutex::new(Hands::Standing(start.as_millisecond()))))
    }

    /// How it goes, for [`Clock::put_back`].
    pub(super) fn text(&self) -> String {
        match *self.0.lock() {
            Hands::Standing(now) => format!("standing {now}"),
            Hands::Running(ahead) => format!("running {ahead}"),
        }
    }

    /// Lets it go as it did. A text that is none changes nothing.
    pub(super) fn put_back(&self, text: &str) {
        let hands = text.split_once(' ').and_then(|(kind, number)| {
            let number = number.parse().ok()?;
            match kind {
                "standing" => Some(Hands::Standing(number)),
                "running" => Some(Hands::Running(number)),
                _ => None,
            }
        });
        if let Some(hands) = hands {
            *self.0.lock() = hands;
        }
    }

    /// What time it is.
    pub fn now(&self) -> Timestamp {
        let hands = *self.0.lock();
        Timestamp::from_millisecond(hands.now()).unwrap_or(Timestamp::MAX)
    }

    /// Whether it stands still until it is advanced.
    pub fn is_driven(&self) -> bool {
        matches!(*self.0.lock(), Hands::Standing(_))
    }

    /// Moves the clock on. It stops at the last moment that can be told.
    pub fn advance(&self, by: Duration) {
        let by = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        let mut hands = self.0.lock();
        *hands = match *hands {
            Hands::Standing(now) => Hands::Standing(now.saturating_add(by)),
            Hands::Running(ahead) => Hands::Running(ahead.saturating_add(by)),
        };
    }

    /// Puts the clock to a time, where it stands or from where it runs on.
    pub fn set(&self, time: Timestamp) {
        let mut hands = self.0.lock();
        *hands = hands.at(time.as_millisecond());
    }

    /// Stops the clock where it is.
    pub fn freeze(&self) {
        let mut hands = self.0.lock();
        *hands = Hands::Standing(hands.now());
    }

    /// Lets the clock run on from where it is.
    pub fn run(&self) {
        let mut hands = self.0.lock();
        *hands = Hands::Running(0).at(hands.now());
    }
}

/// RFC 3339, UTC, whole seconds: `2026-06-11T00:00:00Z`.
pub(super) fn rfc3339(time: Timestamp) -> String {
    Timestamp::from_second(time.as_second()).unwrap_or(time).to_string()
}

/// The form of the `Date` header.
pub(super) fn http_date(time: Timestamp) -> String {
    DateTimePrinter::new().timestamp_to_rfc9110_string(&time).unwrap_or_else(|_| rfc3339(time))
}
