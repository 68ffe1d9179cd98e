//! Refusals of commits that are right, and what a commit changes otherwise than its operation, in the project's turn.

use std::sync::Arc;

use serde_json::Value;

use super::conduct::Conduct;
use super::sent::{level_of, move_submitted, submitted};
use super::table::{Entry, table};
use crate::contract::custody::Custody;
use crate::contract::violation::Violations;
use crate::crypto;
use crate::mock::model::{Level, Project, Sealed, Version};
use crate::mock::service::Turn;
use crate::mock::{Defect, Refusal, Variant};

/// Gets the project before the commit, and the body of the request.
type Refuse = fn(&Project, &Value) -> Option<Refusal>;

table! {
    REFUSALS: Refuse;

    Variant::SubmitMovedRefused [SubmitReencrypted] moved_already;
    Variant::OpaqueRefused [StoreSecrets] opaque;
}

pub(in crate::mock) fn accept(
    conduct: Option<&Arc<Conduct>>,
    project: &Project,
) -> Result<(), Refusal> {
    let refusal = conduct.and_then(|conduct| {
        conduct.find(REFUSALS).find_map(|refuse| refuse(project, &conduct.body))
    });
    refusal.map_or(Ok(()), Err)
}

fn moved_already(project: &Project, body: &Value) -> Option<Refusal> {
    let active = project.active().version;
    let mut violations = Violations::default();
    for (place, (id, _)) in submitted(body).enumerate() {
        let version = project.version(id);
        if version.is_some_and(|version| version.sealed == Sealed::Under(active)) {
            let member = format!("versions.{place}.id");
            let message = format!("The {member} field is a version that was moved already.");
            violations.add(member, message);
        }
    }
    violations.into_result().err().map(Refusal::from)
}

fn opaque(project: &Project, body: &Value) -> Option<Refusal> {
    let content = body.get("content").and_then(Value::as_str)?;
    // All of them were derived when the content was tried under them.
    let opens = project.history().any(|key| {
        let key = key.server().and_then(|key| key.derived_data_key());
        key.is_some_and(|key| crypto::open(key, content).is_ok())
    });
    let message = "The content field opens under no key of this project.";
    (project.custody() == Custody::Server && !opens)
        .then(|| Violations::of("content", message).into())
}

/// A commit that has happened.
pub(super) struct Commit<'c, 't> {
    pub(super) before: &'c Project,
    turn: &'c mut Turn<'t>,
    /// The body of the request.
    pub(super) body: &'c Value,
    /// The version that its path names.
    pub(super) row: u64,
}

pub(super) type Effect = fn(&mut Commit<'_, '_>);

table! {
    EFFECTS: Effect;

    Defect::RotateLeavesCurrentSecrets [RotateEncryptionKey] leave_secrets;
    Variant::RotationKeepsNoVersions [RotateEncryptionKey] keep_no_versions;

    Defect::ClientRotationMovesHistory [RotateClientKeys] |commit| relabel(commit, active, |_, _| true);
    Defect::ClientRotationMergesOldKeys [RotateClientKeys] |commit| relabel(commit, replaced, |key, replaced| key < replaced);
    Defect::ClientRotationTakesMoved [RotateClientKeys] |commit| relabel(commit, active, |key, replaced| key == replaced);
    Defect::ClientRotationLeavesTargets [RotateClientKeys] leave_targets;
    Defect::ClientRotationDropsReplaced [RotateClientKeys] keep_no_versions;
    Variant::KeepEndsPending [RotateClientKeys] end_pending;

    Defect::SubmitForgets [SubmitReencrypted] forget_moved;
    Defect::SubmitLeavesPending [SubmitReencrypted] leave_pending;
    Defect::SubmitIgnoresCustody [SubmitReencrypted] move_under_server_custody;

    Defect::StoreDropsPadding [StoreSecrets] drop_padding;
    Defect::StoreSealsTwice [StoreSecrets] seal_twice;
    Defect::StoreLosesEnvironments [StoreSecrets] store_at_target;
    Defect::StoreKeepsNothing [StoreSecrets] keep_no_versions;
    Variant::FirstWriteIsAVersion [StoreSecrets] keep_first_write;
    Variant::SecretIdsAsNumbers [StoreSecrets] number_new_secret;

    Defect::RestorePutsNothingBack [RestoreVersion] put_nothing_back;
    Defect::RestoreTakesVersion [RestoreVersion] |commit| commit.turn.project.remove_version(commit.row);
    Defect::RestoreIgnoresContent [RestoreVersion] |commit| put_back_as_it_was(commit, Custody::Client);
    Defect::RestoreKeepsOldKey [RestoreVersion] |commit| put_back_as_it_was(commit, Custody::Server);

    Defect::DeleteLeavesSecret [DeleteSecrets] leave_secrets;
    Defect::DeleteKeepsNothing [DeleteSecrets] keep_no_versions;
    Defect::DeleteLeavesVersions [DeleteSecrets] |commit| leave_versions(commit, Clone::clone);
    Defect::PurgedVersionsStay [DeleteSecrets] |commit| leave_versions(commit, |_| nowhere());
}

/// The effects of a request, and the project as it was before.
pub(in crate::mock) struct Effects {
    table: &'static [Entry<Effect>],
    conduct: Arc<Conduct>,
    before: Project,
}

impl Effects {
    /// None if there is no effect, so that the project is not copied for nothing.
    pub(in crate::mock) fn of(conduct: Option<&Arc<Conduct>>, project: &Project) -> Option<Self> {
        Self::in_table(EFFECTS, conduct, project)
    }

    pub(super) fn in_table(
        table: &'static [Entry<Effect>],
        conduct: Option<&Arc<Conduct>>,
        project: &Project,
    ) -> Option<Self> {
        let conduct = conduct.filter(|conduct| conduct.has(table))?;
        Some(Self { table, conduct: Arc::clone(conduct), before: project.copied() })
    }

    /// Changes what the commit of this turn has changed.
    pub(in crate::mock) fn apply(self, turn: &mut Turn<'_>) {
        let (body, row) = (&self.conduct.body, self.conduct.row);
        let mut commit = Commit { before: &self.before, turn, body, row };
        for effect in self.conduct.find(self.table) {
            effect(&mut commit);
        }
    }
}

impl Commit<'_, '_> {
    fn says(&self, member: &str) -> bool {
        self.body.get(member) == Some(&Value::Bool(true))
    }

    /// Gives a level back the secret that it had before.
    pub(super) fn leave(&mut self, level: &Level) {
        match self.before.secrets.get(level) {
            Some(secret) => self.turn.project.secrets.insert(level.clone(), secret.clone()),
            None => self.turn.project.secrets.remove(level),
        };
    }

    /// Removes the versions that the commit has added, of levels that are meant.
    fn drop_added(&mut self, is_meant: impl Fn(&Level) -> bool) {
        let versions = self.turn.project.versions();
        let added = versions.filter(|version| {
            self.before.version(version.id).is_none() && is_meant(&version.level)
        });
        let added: Vec<_> = added.map(|version| version.id).collect();
        for id in added {
            self.turn.project.remove_version(id);
        }
    }
}

fn keep_no_versions(commit: &mut Commit<'_, '_>) {
    commit.drop_added(|_| true);
}

pub(super) fn leave_secrets(commit: &mut Commit<'_, '_>) {
    for level in commit.before.secrets.keys() {
        commit.leave(level);
    }
    if active(commit) != replaced(commit) {
        keep_no_versions(commit);
    }
}

fn leave_targets(commit: &mut Commit<'_, '_>) {
    for level in commit.before.secrets.keys().filter(|level| level.target.is_some()) {
        commit.leave(level);
    }
    commit.drop_added(|level| level.target.is_some());
}

fn active(commit: &Commit<'_, '_>) -> u64 {
    commit.turn.project.active().version
}

/// The key that a rotation has replaced.
fn replaced(commit: &Commit<'_, '_>) -> u64 {
    commit.before.active().version
}

/// Labels pending versions with another key. `is_meant` gets their key and the replaced one.
fn relabel(
    commit: &mut Commit<'_, '_>,
    onto: fn(&Commit<'_, '_>) -> u64,
    is_meant: fn(u64, u64) -> bool,
) {
    let (onto, replaced) = (onto(commit), replaced(commit));
    let pending = commit.turn.project.pending().filter(|version| {
        commit.before.version(version.id).is_some()
            && version.sealed.key().is_some_and(|key| is_meant(key, replaced))
    });
    let pending: Vec<_> =
        pending.map(|version| (version.id, Arc::clone(&version.content))).collect();
    for (id, content) in pending {
        commit.turn.project.move_version(id, content, onto);
    }
}

fn end_pending(commit: &mut Commit<'_, '_>) {
    if commit.body.get("history_policy").and_then(Value::as_str) == Some("keep") {
        commit.turn.project.pending_from = active(commit);
    }
}

/// The versions that a submit has moved, as they were before.
fn moved(commit: &Commit<'_, '_>) -> Vec<(u64, Arc<str>, u64)> {
    let moved = commit.before.versions().filter_map(|old| {
        let key = old.sealed.key()?;
        let now = commit.turn.project.version(old.id)?;
        (!Arc::ptr_eq(&now.content, &old.content)).then(|| (old.id, Arc::clone(&old.content), key))
    });
    moved.collect()
}

fn forget_moved(commit: &mut Commit<'_, '_>) {
    forget(commit, 0);
}

/// Puts back what a submit has moved, but for the first versions.
pub(super) fn forget(commit: &mut Commit<'_, '_>, but: usize) {
    for (id, content, key) in moved(commit).into_iter().skip(but) {
        commit.turn.project.move_version(id, content, key);
    }
}

fn leave_pending(commit: &mut Commit<'_, '_>) {
    for (id, _, key) in moved(commit) {
        if let Some(version) = commit.turn.project.version(id) {
            let content = Arc::clone(&version.content);
            commit.turn.project.move_version(id, content, key);
        }
    }
}

fn move_under_server_custody(commit: &mut Commit<'_, '_>) {
    if commit.turn.project.custody() == Custody::Server {
        move_submitted(commit.turn.project, commit.body);
    }
}

fn drop_padding(commit: &mut Commit<'_, '_>) {
    let level = level_of(commit.body);
    if commit.turn.project.custody() == Custody::Client
        && let Some(secret) = commit.turn.project.secrets.get_mut(&level)
    {
        secret.content = Arc::from(secret.content.trim_end_matches('='));
    }
}

fn seal_twice(commit: &mut Commit<'_, '_>) {
    let level = level_of(commit.body);
    let active = commit.turn.project.active();
    let version = active.version;
    // It was derived when the content was tried under it.
    let Some(key) = active.server().and_then(|key| key.derived_data_key().cloned()) else {
        return;
    };
    let iv = commit.turn.room.cell.draw();
    if let Some(secret) = commit.turn.project.secrets.get_mut(&level)
        && secret.sealed == Sealed::Under(version)
        && let Ok(twice) = crypto::seal_with_iv(&key, &iv, secret.content.as_bytes())
    {
        secret.content = Arc::from(twice);
    }
}

fn store_at_target(commit: &mut Commit<'_, '_>) {
    let named = level_of(commit.body);
    let target = Level { environment: None, ..named.clone() };
    let Some(written) = commit.turn.project.secrets.get(&named).cloned() else {
        return;
    };
    if named == target {
        return;
    }
    commit.leave(&named);
    keep_no_versions(commit);
    let project = &mut *commit.turn.project;
    let replaced = project.put(&target, &written.id, written.content, written.sealed);
    if let Some(replaced) = replaced {
        keep_update(commit, target, replaced);
    }
}

fn keep_first_write(commit: &mut Commit<'_, '_>) {
    let level = level_of(commit.body);
    if !commit.before.secrets.contains_key(&level)
        && let Some(secret) = commit.turn.project.secrets.get(&level)
    {
        let written = (Arc::clone(&secret.content), secret.sealed);
        keep_update(commit, level, written);
    }
}

/// Keeps a version, unless the write has turned that off.
fn keep_update(commit: &mut Commit<'_, '_>, level: Level, blob: (Arc<str>, Sealed)) {
    if !commit.says("no_backup") {
        commit.turn.keep(level, "update", blob);
    }
}

fn number_new_secret(commit: &mut Commit<'_, '_>) {
    let level = level_of(commit.body);
    if !commit.before.secrets.contains_key(&level)
        && let Some(secret) = commit.turn.project.secrets.get_mut(&level)
    {
        secret.id = commit.turn.counters.row().to_string();
    }
}

fn put_nothing_back(commit: &mut Commit<'_, '_>) {
    if let Some(version) = commit.before.version(commit.row)
        && commit.turn.project.custody() == Custody::Server
        && commit.before.secrets.contains_key(&version.level)
    {
        commit.leave(&version.level);
    }
}

fn put_back_as_it_was(commit: &mut Commit<'_, '_>, custody: Custody) {
    if commit.turn.project.custody() == custody
        && let Some(version) = commit.before.version(commit.row)
        && let Some(secret) = commit.turn.project.secrets.get_mut(&version.level)
    {
        secret.content = Arc::clone(&version.content);
        secret.sealed = version.sealed;
    }
}

/// A level that no list is asked for.
fn nowhere() -> Level {
    Level { target: Some(String::new()), environment: None }
}

/// Leaves the versions that a deletion for good has taken, at the level that `to` makes of theirs.
fn leave_versions(commit: &mut Commit<'_, '_>, to: fn(&Level) -> Level) {
    let is_for_good = commit.says("no_backup");
    for version in commit.before.versions() {
        if is_for_good && commit.turn.project.version(version.id).is_none() {
            let left = Version { level: to(&version.level), ..version.clone() };
            commit.turn.project.keep_version(left);
        }
    }
}
