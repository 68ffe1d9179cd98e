//! How long an adapter has for a reply: a multiple of what its own first derivation of that size took.

use std::time::Duration;

use parking_lot::Mutex;

use crate::crypto::Iterations;

/// Time for the greeting.
pub const HELLO: Duration = Duration::from_secs(20);
/// Time for the process to end after the end of its input.
pub const FAREWELL: Duration = Duration::from_secs(2);
/// By what factor a request may take longer than the first one of its size.
pub(super) const PATIENCE: u32 = 10;
/// The limit for a derivation of the platform's size, in floors, while no derivation was measured.
const FIRST: u32 = 12;
/// Iterations from which the time of a derivation is extrapolated.
const TELLING: u32 = 1000;

/// The time limits of one adapter.
#[derive(Debug)]
pub struct Pace {
    floor: Duration,
    measured: Mutex<Measured>,
}

#[derive(Debug)]
struct Measured {
    /// Iterations, and what the first derivation of that many took.
    first: Vec<(u32, Duration)>,
    /// Seconds that an iteration took at the best: other derivations had to wait for their turn.
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
        Self { floor, measured: Mutex::new(Measured { first: Vec::new(), fastest: None }) }
    }

    /// The limit for one request of so many iterations, alone.
    pub(super) fn limit(&self, iterations: u32) -> Duration {
        let measured = self.measured.lock();
        if let Some((_, took)) = measured.first.iter().find(|(size, _)| *size == iterations) {
            return (*took * PATIENCE).max(self.floor);
        }
        if iterations < TELLING {
            return self.floor;
        }
        let scaled = match measured.fastest {
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
        let mut measured = self.measured.lock();
        if iterations >= TELLING {
            let seconds = time.as_secs_f64() / f64::from(iterations);
            measured.fastest =
                Some(measured.fastest.map_or(seconds, |fastest| fastest.min(seconds)));
        }
        if iterations > 0 && !measured.first.iter().any(|(size, _)| *size == iterations) {
            measured.first.push((iterations, time));
        }
    }
}
