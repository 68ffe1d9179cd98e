//! How long an adapter has: a multiple of what its own first request of that kind and size took, and of what it needed to
//! start.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use parking_lot::Mutex;

use super::Request;
use crate::crypto::Iterations;

/// Time for the greeting.
pub const HELLO: Duration = Duration::from_secs(20);
/// Time for the process to end after the end of its input, if it did not need longer to start.
pub const FAREWELL: Duration = Duration::from_secs(2);
/// By what factor the end may take longer than the start.
const FAREWELL_STARTS: u32 = 2;
/// By what factor a request may take longer than the first one of its kind and size.
pub(super) const PATIENCE: u32 = 10;
/// The limit for a first derivation of the platform's size, in floors.
const FIRST: u32 = 12;
/// How late a time limit may be noticed on a machine that has time for it.
const LATE: Duration = Duration::from_secs(1);
/// Bytes of parameters of which twice as many are another size.
const SMALL: usize = 4096;

/// The time limits of one adapter.
#[derive(Debug)]
pub struct Pace {
    /// No request is given less.
    floor: Duration,
    /// What all limits are multiplied by.
    scale: u32,
    measured: Mutex<Vec<(Size, Duration)>>,
    started: Mutex<Duration>,
    /// Whether a time limit was noticed so late that the machine itself must have been too slow.
    starved: AtomicBool,
}

/// What the time of a request depends on.
#[derive(Debug, PartialEq, Eq)]
struct Size {
    op: String,
    iterations: u32,
    /// How often the parameters can be halved until they are small.
    magnitude: u32,
}

impl Size {
    fn of(request: &Request) -> Self {
        // The long parameters are texts, and sizes are compared with each other alone.
        let texts = request.params.as_object().into_iter().flatten();
        let bytes: usize = texts.filter_map(|(_, value)| Some(value.as_str()?.len())).sum();
        let magnitude = (bytes / SMALL).checked_ilog2().map_or(0, |halves| halves + 1);
        Self { op: request.op.to_string(), iterations: request.iterations, magnitude }
    }
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
            scale: 1,
            measured: Mutex::new(Vec::new()),
            started: Mutex::new(Duration::ZERO),
            starved: AtomicBool::new(false),
        }
    }

    /// The same with all limits multiplied.
    #[must_use]
    pub fn scaled(self, scale: u32) -> Self {
        Self { scale, ..self }
    }

    /// The same for another process, of which nothing is known yet.
    pub(super) fn anew(&self) -> Self {
        Self::with_floor(self.floor).scaled(self.scale)
    }

    /// The limit for one request, alone.
    pub(super) fn limit(&self, request: &Request) -> Duration {
        if request.op == "hello" {
            return HELLO * self.scale;
        }
        let size = Size::of(request);
        let measured = self.measured.lock();
        let first = measured.iter().find(|(known, _)| *known == size);
        let limit = first.map_or_else(
            || {
                let platform = f64::from(Iterations::PLATFORM.get());
                (self.floor * FIRST).mul_f64(f64::from(size.iterations) / platform)
            },
            |(_, took)| *took * PATIENCE,
        );
        limit.max(self.floor) * self.scale
    }

    /// The limit for the end of the process.
    pub(super) fn farewell(&self) -> Duration {
        (*self.started.lock() * FAREWELL_STARTS).max(FAREWELL) * self.scale
    }

    /// A time limit was noticed so much later than it was due.
    pub(super) fn noticed(&self, late: Duration) {
        if late > LATE {
            self.starved.store(true, Ordering::Relaxed);
        }
    }

    /// Whether the machine was so slow that nothing can be said about the adapter's time.
    pub(super) fn is_starved(&self) -> bool {
        self.starved.load(Ordering::Relaxed)
    }

    /// Remembers what a request took, if it is the first of its kind and size, and what the slowest start took.
    pub(super) fn took(&self, request: &Request, time: Duration) {
        if request.op == "hello" {
            let mut started = self.started.lock();
            *started = time.max(*started);
            return;
        }
        let size = Size::of(request);
        let mut measured = self.measured.lock();
        if !measured.iter().any(|(known, _)| *known == size) {
            measured.push((size, time));
        }
    }
}
