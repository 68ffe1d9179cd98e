//! How long an adapter is given: by what its own first derivation of that size took.

use std::time::Duration;

use parking_lot::Mutex;

/// Time for the greeting.
pub const HELLO: Duration = Duration::from_secs(20);
/// Time for the process to end after the end of its input.
pub const FAREWELL: Duration = Duration::from_secs(2);
/// How many times its own first time an adapter is given.
const PATIENCE: u32 = 10;
/// How many floors a derivation of a size never seen is given, where no other tells.
const FIRST: u32 = 12;
/// Iterations from which a derivation is worth extrapolating from.
const TELLING: u32 = 1000;

/// The time limits of one adapter.
#[derive(Debug)]
pub struct Pace {
    floor: Duration,
    /// Iterations, and what the first derivation of that many took.
    first: Mutex<Vec<(u32, Duration)>>,
}

impl Default for Pace {
    fn default() -> Self {
        Self::with_floor(Duration::from_secs(10))
    }
}

impl Pace {
    /// No request is given less than `floor`.
    pub const fn with_floor(floor: Duration) -> Self {
        Self {
            floor,
            first: Mutex::new(Vec::new()),
        }
    }

    /// The limit for one request of so many iterations, alone.
    pub(super) fn limit(&self, iterations: u32) -> Duration {
        let first = self.first.lock();
        if let Some((_, took)) = first.iter().find(|(size, _)| *size == iterations) {
            return (*took * PATIENCE).max(self.floor);
        }
        if iterations < TELLING {
            return self.floor;
        }
        match first.iter().max_by_key(|(size, _)| *size) {
            Some((size, took)) if *size >= TELLING => {
                let scaled = took.mul_f64(f64::from(iterations) / f64::from(*size));
                (scaled * PATIENCE).max(self.floor)
            }
            _ => self.floor * FIRST,
        }
    }

    /// Remembers what a derivation took, if it is the first of its size.
    pub(super) fn took(&self, iterations: u32, time: Duration) {
        let mut first = self.first.lock();
        if iterations > 0 && !first.iter().any(|(size, _)| *size == iterations) {
            first.push((iterations, time));
        }
    }
}
