//! What a commit leaves of itself whose client hung up before it: without a defect, nothing.

use std::sync::Arc;

use super::conduct::Conduct;
use super::effect::{Commit, Effect, Effects, forget, leave_secrets};
use super::sent::level_of;
use super::table::table;
use crate::mock::Defect;
use crate::mock::model::Project;

// Of a commit that is made all the same, what is taken back.
table! {
    TEARS: Effect;

    Defect::RotateTorn [RotateEncryptionKey] leave_secrets;
    Defect::ClientRotationTorn [RotateClientKeys] leave_secrets;
    Defect::SubmitTorn [SubmitReencrypted] |commit| forget(commit, 1);
    Defect::StoreTorn [StoreSecrets] |commit| commit.leave(&level_of(commit.body));
    Defect::RestoreTorn [RestoreVersion] leave_restored;
}

/// Whether anything is left.
pub(in crate::mock) fn is_any_left(conduct: Option<&Arc<Conduct>>) -> bool {
    conduct.is_some_and(|conduct| conduct.has(TEARS))
}

pub(in crate::mock) fn effects(
    conduct: Option<&Arc<Conduct>>,
    project: &Project,
) -> Option<Effects> {
    Effects::in_table(TEARS, conduct, project)
}

fn leave_restored(commit: &mut Commit<'_, '_>) {
    let level = commit.before.version(commit.row).map(|version| version.level.clone());
    if let Some(level) = level {
        commit.leave(&level);
    }
}
