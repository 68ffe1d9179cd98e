//! How long an adapter is given: by what its own first derivation of that size took.

use std::time::Duration;

use parking_lot::Mutex;

use crate::crypto::Iterations;

/// Time for the greeting.
pub const HELLO: Duration = Duration::from_secs(20);
/// Time for the process to end after the end of its input.
pub const FAREWELL: Duration = Duration::from_secs(2);
/// How many times its own first time an adapter is given.
pub(super) const PATIENCE: u32 = 10;
/// How many floors a derivation of the platform's size is given, where no other tells.
const FIRST: u32 = 12;
/// Iterations from which a derivation is worth extrapolating from.
const TELLING: u32 = 1000;

/// The time limits of one adapter.
#[derive(Debug)]
pub struct Pace {
    floor: Duration,
    seen: Mutex<Seen>,
}

#[derive(Debug)]
struct Seen {
    /// Iterations, and what the first derivation of that many took.
    first: Vec<(u32, Duration)>,
    /// Seconds an iteration at the best: others had to wait for their turn.
    fastest: Option<f64>,
}

impl Default for Pace {
    fn default() -> Self {
        Self::with_floor(Duration::from_secs(10))
    }
}

impl Pace {
    /// No request is given less than `floor`.
    pub const fn with_floor(floor: Duration) -> Self {
        Self { floor, seen: Mutex::new(Seen { first: Vec::new(), fastest: None }) }
    }

    /// The limit for one request of so many iterations, alone.
    pub(super) fn limit(&self, iterations: u32) -> Duration {
        let seen = self.seen.lock();
        if let Some((_, took)) = seen.first.iter().find(|(size, _)| *size == iterations) {
            return (*took * PATIENCE).max(self.floor);
        }
        if iterations < TELLING {
            return self.floor;
        }
        let scaled = match seen.fastest {
            Some(seconds) => Duration::from_secs_f64(seconds * f64::from(iterations)) * PATIENCE,
            None => {
                let platform = Iterations::PLATFORM.get();
                (self.floor * FIRST).mul_f64(f64::from(iterations) / f64::from(platform))
            }
        };
        scaled.max(self.floor)
    }

    /// Remembers what a derivation took, if it is the first of its size or the fastest.
    pub(super) fn took(&self, iterations: u32, time: Duration) {
        let mut seen = self.seen.lock();
        if iterations >= TELLING {
            let seconds = time.as_secs_f64() / f64::from(iterations);
            seen.fastest = Some(seen.fastest.map_or(seconds, |fastest| fastest.min(seconds)));
        }
        if iterations > 0 && !seen.first.iter().any(|(size, _)| *size == iterations) {
            seen.first.push((iterations, time));
        }
    }
}
