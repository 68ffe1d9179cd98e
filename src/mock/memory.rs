//! What the bodies of all requests take of the process's memory, their parsed form included: bounded.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use thiserror::Error;

/// What all bodies together may still take. Bytes.
pub(super) struct Memory(AtomicUsize);

impl Memory {
    pub(super) const fn of(bytes: usize) -> Self {
        Self(AtomicUsize::new(bytes))
    }
}

/// There is no room for more.
#[derive(Debug, Clone, Copy, Error)]
#[error("the bodies of all requests take as much memory as they may")]
pub(super) struct Full;

/// What the body of one request takes. It is given back with the last copy, so that work which outlives its request
/// still counts.
#[derive(Clone)]
pub(super) struct Reservation(Arc<Share>);

struct Share {
    memory: Arc<Memory>,
    bytes: AtomicUsize,
}

impl Reservation {
    /// Nothing yet.
    pub(super) fn of(memory: &Arc<Memory>) -> Self {
        Self(Arc::new(Share { memory: Arc::clone(memory), bytes: AtomicUsize::new(0) }))
    }

    /// Takes so many bytes more.
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
        let Memory(left) = &*self.memory;
        left.fetch_add(*self.bytes.get_mut(), Ordering::AcqRel);
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
