//! What the contexts of one run against one implementation have in common.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::{Mutex as AsyncMutex, OnceCell};

use super::generated::Generated;
use crate::adapter::Session;
use crate::crypto::wrong::{Derivation, Derived, Sealing};
use crate::harness::{Redactor, Stop};

pub(super) struct Shared {
    pub(super) session: Session,
    pub(super) redactor: Redactor,
    pub(super) seed: u64,
    /// Mistakes that explain every answer of a derivation, once they were looked for.
    pub(super) derivations: AsyncMutex<HashMap<Derived, Vec<Derivation>>>,
    /// The mistake that explains what is opened, once it was looked for, if there is one.
    pub(super) opening: AsyncMutex<Option<Option<Sealing>>>,
    /// Blobs of one text, in the order in which they were asked for.
    pub(super) seals: OnceCell<Result<Vec<String>, Stop>>,
    pub(super) generated: OnceCell<Result<Vec<Generated>, Stop>>,
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
