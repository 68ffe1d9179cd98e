//! A project while it is changed.

use std::sync::Arc;

use jiff::Timestamp;

use crate::mock::Room;
use crate::mock::model::{Counters, Level, Project, Sealed, Version};

/// A project in its turn: nobody else changes it.
pub(in crate::mock) struct Turn<'t> {
    pub(in crate::mock) room: &'t Room,
    pub(in crate::mock) project: &'t mut Project,
    pub(in crate::mock) counters: &'t mut Counters,
    pub(in crate::mock) now: Timestamp,
}

impl Turn<'_> {
    /// Keeps a blob that a level held until now as a version. `action` says what replaces it.
    pub(in crate::mock) fn keep(
        &mut self,
        level: Level,
        action: &'static str,
        (content, sealed): (Arc<str>, Sealed),
    ) {
        let (id, created_at) = (self.counters.row(), self.now);
        self.project.keep_version(Version { id, level, action, content, sealed, created_at });
    }
}
