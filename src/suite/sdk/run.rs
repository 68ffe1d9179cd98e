//! What the contexts of one run against one implementation have in common.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::{Mutex as AsyncMutex, OnceCell};

use crate::adapter::Session;
use crate::crypto::wrong::{Derivation, Derived, Sealing};
use crate::harness::{Redactor, Stop};
use crate::vectors::Verify;

pub(super) struct Shared {
    pub(super) session: Session,
    pub(super) redactor: Redactor,
    pub(super) seed: u64,
    /// Mistakes that explain every answer of a derivation, once they were searched.
    pub(super) derivations: AsyncMutex<HashMap<Derived, Vec<Derivation>>>,
    /// The mistake that explains what is opened, if there is one, once it was searched.
    pub(super) opening: AsyncMutex<Option<Option<Sealing>>>,
    /// Blobs of one text, in the order of their requests.
    pub(super) seals: OnceCell<Result<Vec<String>, Stop>>,
    /// Proofs that were generated, as calls that verify them.
    pub(super) generated: OnceCell<Result<Vec<Verify>, Stop>>,
    /// Operations that gave something to judge.
    pub(super) judged: Arc<Mutex<BTreeSet<&'static str>>>,
}

impl Shared {
    pub(super) fn new(session: Session, seed: u64, redactor: &Redactor) -> Self {
        Self {
            session,
            redactor: redactor.clone(),
            seed,
            derivations: AsyncMutex::default(),
            opening: AsyncMutex::default(),
            seals: OnceCell::new(),
            generated: OnceCell::new(),
            judged: Arc::default(),
        }
    }
}
