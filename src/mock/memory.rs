//! The memory that the bodies of all requests may take together, their parsed form included.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use thiserror::Error;

/// Bytes that are left.
pub(super) struct Memory(AtomicUsize);

impl Memory {
    pub(super) const fn of(bytes: usize) -> Self {
        Self(AtomicUsize::new(bytes))
    }
}

/// Not enough bytes are left.
#[derive(Debug, Clone, Copy, Error)]
#[error("the bodies of all requests take as much memory as they may")]
pub(super) struct Full;

/// The memory of the body of one request. It is given back with the last clone, so that work which outlives the request
/// still counts.
#[derive(Clone)]
pub(super) struct Reservation(Arc<Share>);

struct Share {
    memory: Arc<Memory>,
    bytes: AtomicUsize,
}

impl Reservation {
    pub(super) fn of(memory: &Arc<Memory>) -> Self {
        Self(Arc::new(Share { memory: Arc::clone(memory), bytes: AtomicUsize::new(0) }))
    }

    /// Takes so many more bytes.
    pub(super) fn grow(&self, bytes: usize) -> Result<(), Full> {
        let Memory(left) = &*self.0.memory;
        let take = |left: usize| left.checked_sub(bytes);
        left.fetch_update(Ordering::AcqRel, Ordering::Acquire, take).map_err(|_| Full)?;
        self.0.bytes.fetch_add(bytes, Ordering::AcqRel);
        Ok(())
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.memory.0.fetch_add(*self.bytes.get_mut(), Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_last_copy_held_can_be_taken_again() {
        let memory = Arc::new(Memory::of(10));
        let (one, other) = (Reservation::of(&memory), Reservation::of(&memory));
        assert!(one.grow(6).is_ok());
        assert!(other.grow(5).is_err());
        assert!(other.grow(4).is_ok());
        let copy = one.clone();
        drop(one);
        assert!(other.grow(1).is_err());
        drop(copy);
        assert!(other.grow(6).is_ok());
        assert!(other.grow(1).is_err());
    }
}
