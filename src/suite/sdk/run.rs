//! What the contexts of one run against one implementation have in common.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use parking_lot::Mutex;
use tokio::sync::{Mutex as AsyncMutex, OnceCell};

use super::record::Record;
use super::sample::Samples;
use crate::adapter::Session;
use crate::crypto::wrong::{Derivation, Derived, Sealing};
use crate::harness::{Redactor, Stop};
use crate::vectors::Verify;

/// Wrong answers that are asked for again. A mistake in the crypto shows itself in the first of them already.
const AGAIN: u32 = 4;

pub(super) struct Shared {
    pub(super) session: Session,
    pub(super) redactor: Redactor,
    pub(super) seed: u64,
    /// Mistakes that explain every answer of a derivation, once they were searched.
    pub(super) derivations: AsyncMutex<HashMap<Derived, Vec<Derivation>>>,
    /// The mistake that explains what is opened, if there is one, once it was searched.
    pub(super) opening: AsyncMutex<Option<Option<Sealing>>>,
    pub(super) samples: Arc<Samples>,
    /// The IVs of blobs of one text, in the order of their requests, by two processes.
    pub(super) seals: OnceCell<Result<[Vec<Vec<u8>>; 2], Stop>>,
    /// The first salts of two processes.
    pub(super) restarted: OnceCell<Result<Vec<String>, Stop>>,
    /// Proofs that were generated, as calls that verify them.
    pub(super) generated: OnceCell<Result<Vec<Verify>, Stop>>,
    /// Wrong answers that were asked for again in a fresh process.
    pub(super) again: AtomicU32,
    /// The cases whose wrong answers are right in a fresh process.
    pub(super) stateful: Mutex<BTreeSet<&'static str>>,
    /// What all processes have answered.
    pub(super) record: Arc<Record>,
}

impl Shared {
    pub(super) fn new(session: Session, seed: u64, redactor: &Redactor) -> Self {
        Self {
            session,
            redactor: redactor.clone(),
            seed,
            derivations: AsyncMutex::default(),
            opening: AsyncMutex::default(),
            samples: Arc::default(),
            seals: OnceCell::new(),
            restarted: OnceCell::new(),
            generated: OnceCell::new(),
            again: AtomicU32::new(0),
            stateful: Mutex::default(),
            record: Arc::default(),
        }
    }

    /// Whether another wrong answer may be asked for again, which is counted.
    pub(super) fn may_ask_again(&self) -> bool {
        self.again.fetch_add(1, Ordering::Relaxed) < AGAIN
    }
}
