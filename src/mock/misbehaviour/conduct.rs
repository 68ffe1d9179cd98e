//! What a mock that misbehaves knows of one request.

use std::sync::Arc;

use serde_json::Value;

use super::table::{Entry, find};
use crate::contract::route::Endpoint;
use crate::mock::Config;

/// A request to a mock in which something is switched on.
#[derive(Clone)]
pub(in crate::mock) struct Conduct {
    config: Arc<Config>,
    /// None until it is known.
    endpoint: Option<Endpoint>,
    /// The version that the path names; 0 if it names none.
    pub(in crate::mock) row: u64,
    /// The body as it was sent, once its members are known to be right; null until then.
    pub(super) body: Value,
}

/// Shows no body, which may hold secrets.
impl std::fmt::Debug for Conduct {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Conduct").finish_non_exhaustive()
    }
}

impl Conduct {
    /// None if nothing is switched on.
    pub(in crate::mock) fn of(
        config: &Arc<Config>,
        endpoint: Option<Endpoint>,
    ) -> Option<Arc<Self>> {
        if config.defects.is_empty() && config.variants.is_empty() {
            return None;
        }
        Some(Arc::new(Self { config: Arc::clone(config), endpoint, row: 0, body: Value::Null }))
    }

    /// The entries of a table that apply to this request.
    pub(super) fn find<T>(&self, table: &'static [Entry<T>]) -> impl Iterator<Item = &'static T> {
        find(table, &self.config, self.endpoint)
    }

    pub(super) fn has<T>(&self, table: &'static [Entry<T>]) -> bool {
        self.find(table).next().is_some()
    }
}
