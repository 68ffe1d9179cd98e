//! What the contexts of one run have in common.

use std::collections::BTreeSet;

use parking_lot::Mutex;

use crate::adapter::Session;
use crate::harness::Redactor;
use crate::mock::MockServer;

pub(super) struct Shared {
    pub(super) session: Session,
    pub(super) mock: MockServer,
    /// The suite's own way to the mock.
    pub(super) http: reqwest::Client,
    pub(super) redactor: Redactor,
    /// Operations that gave something to judge.
    pub(super) judged: Mutex<BTreeSet<&'static str>>,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").field("mock", &self.mock).finish_non_exhaustive()
    }
}
