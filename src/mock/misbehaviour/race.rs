//! What goes wrong only where another commit came between the check of a request and its own.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::conduct::Conduct;
use super::sent::{level_of, submitted};
use super::table::table;
use crate::contract::error::Code;
use crate::crypto;
use crate::mock::model::{Key, Project, Sealed};
use crate::mock::service::Turn;
use crate::mock::{Defect, Refusal, Room};

/// A request whose project has changed since it was checked.
struct Meeting<'m, 't> {
    /// The project when the request was checked, and before its commit.
    checked: &'m Project,
    before: &'m Project,
    turn: &'m mut Turn<'t>,
    /// The body of the request.
    body: &'m Value,
    /// The version that its path names.
    row: u64,
}

table! {
    /// Whether the project is in the way, which has changed since the request was checked: gets it then and now.
    CONFLICTS: fn(&Project, &Project, &Value) -> bool;

    Defect::SubmitStoresDespiteConflict [SubmitReencrypted] was_moved;
    Defect::StoreDespiteConflict [StoreSecrets] was_written;
}

table! {
    EFFECTS: fn(&mut Meeting<'_, '_>);

    Defect::ClientRotationSplit [RotateClientKeys] |meeting| if meeting.has_rotated() { leave_blobs(meeting) };
    Defect::ClientRotationCountsTwice [RotateClientKeys] |meeting| if meeting.has_rotated() { count_twice(meeting) };
    Defect::ClientRotationRevivesDeleted [RotateClientKeys] revive_deleted;
    Defect::RestoreMissesRotation [RestoreVersion] |meeting| if meeting.has_rotated() { put_back_as_checked(meeting) };
    Defect::RotateOverwritesNewer [RotateEncryptionKey] overwrite_newer;
    Defect::RotateLosesAnother [RotateEncryptionKey] |meeting| if meeting.has_rotated() { *meeting.turn.project = meeting.before.clone() };
}

table! {
    REVIVALS: ();

    Defect::StoreRevivesProject [StoreSecrets] ();
}

table! {
    /// What happens between the check and the effect takes a moment, so that clients see it that arm no gate.
    SLOW: ();

    Defect::StoreChecksEarly [StoreSecrets] ();
    Defect::DescriptorCachedLate [GetEncryptionKey] ();
}

const A_MOMENT: Duration = Duration::from_millis(40);

pub(in crate::mock) async fn moment(conduct: Option<&Arc<Conduct>>) {
    if conduct.is_some_and(|conduct| conduct.has(SLOW)) {
        tokio::time::sleep(A_MOMENT).await;
    }
}

/// The project when a request was checked; none where nothing that is switched on asks for it.
pub(in crate::mock) struct Seen(Option<Project>);

impl Seen {
    pub(in crate::mock) fn of(conduct: Option<&Arc<Conduct>>, room: &Room) -> Self {
        let asks = |conduct: &Arc<Conduct>| {
            conduct.has(CONFLICTS) || conduct.has(EFFECTS) || conduct.has(REVIVALS)
        };
        let is_asked = conduct.is_some_and(asks);
        Self(is_asked.then(|| room.read(|project| Ok(project.copied())).ok()).flatten())
    }

    /// Brings back the project if it was deleted.
    pub(in crate::mock) fn revive(&self, conduct: Option<&Arc<Conduct>>, room: &Room) {
        let revives = conduct.is_some_and(|conduct| conduct.has(REVIVALS));
        if let Some(checked) = self.0.as_ref().filter(|_| revives) {
            let mut organization = room.cell.state.write();
            organization.projects.entry(room.project.clone()).or_insert_with(|| checked.copied());
        }
    }

    /// Refuses a commit that another has come before.
    pub(in crate::mock) fn accept(
        &self,
        conduct: Option<&Arc<Conduct>>,
        project: &Project,
    ) -> Result<(), Refusal> {
        let (Some(checked), Some(conduct)) = (&self.0, conduct) else {
            return Ok(());
        };
        if conduct
            .find(CONFLICTS)
            .any(|is_in_the_way| is_in_the_way(checked, project, &conduct.body))
        {
            let message = "Another request has changed this in the meantime.";
            return Err(Refusal::new(Code::KeyVersionConflict, message));
        }
        Ok(())
    }

    /// A copy of the project before the commit, if it takes one to change what the commit does.
    pub(in crate::mock) fn before(&self, project: &Project) -> Option<Project> {
        self.0.as_ref().map(|_| project.clone())
    }

    /// Changes what the commit has changed.
    pub(in crate::mock) fn apply(
        &self,
        conduct: Option<&Arc<Conduct>>,
        before: Option<&Project>,
        turn: &mut Turn<'_>,
    ) {
        let (Some(checked), Some(before), Some(conduct)) = (&self.0, before, conduct) else {
            return;
        };
        let (body, row) = (&conduct.body, conduct.row);
        let mut meeting = Meeting { checked, before, turn, body, row };
        conduct.find(EFFECTS).for_each(|effect| effect(&mut meeting));
    }
}

fn was_moved(checked: &Project, now: &Project, body: &Value) -> bool {
    submitted(body).any(|(id, _)| checked.is_pending(id) && !now.is_pending(id))
}

fn was_written(checked: &Project, now: &Project, body: &Value) -> bool {
    let level = level_of(body);
    let revision = |project: &Project| Some(project.secrets.get(&level)?.revision);
    checked.active().version == now.active().version && revision(checked) != revision(now)
}

impl Meeting<'_, '_> {
    /// Whether a rotation came between.
    fn has_rotated(&self) -> bool {
        self.checked.active().version != self.before.active().version
    }
}

fn leave_blobs(meeting: &mut Meeting<'_, '_>) {
    meeting.turn.project.secrets.clone_from(&meeting.before.secrets);
}

/// The new key takes the place and the version of the one that came between.
fn count_twice(meeting: &mut Meeting<'_, '_>) {
    let project = &mut *meeting.turn.project;
    let mut keys: Vec<Key> = project.history().cloned().collect();
    keys.reverse();
    let (Some(mut last), Some(between)) = (keys.pop(), keys.pop()) else {
        return;
    };
    let new = last.version;
    last.version = between.version;
    keys.push(last);
    *project = project.clone().with_keys(keys);
    for secret in project.secrets.values_mut().filter(|one| one.sealed == Sealed::Under(new)) {
        secret.sealed = Sealed::Under(between.version);
    }
}

fn revive_deleted(meeting: &mut Meeting<'_, '_>) {
    let active = meeting.turn.project.active().version;
    let named = meeting.body.get("secrets").and_then(Value::as_array).into_iter().flatten();
    for (level, secret) in &meeting.checked.secrets {
        let content = named.clone().find(|named| named["id"] == *secret.id);
        let content = content.and_then(|named| named["content"].as_str());
        if let Some(content) = content.filter(|_| !meeting.before.secrets.contains_key(level)) {
            let sealed = Sealed::Under(active);
            meeting.turn.project.put(level, &secret.id, Arc::from(content), sealed);
        }
    }
}

fn put_back_as_checked(meeting: &mut Meeting<'_, '_>) {
    if let Some(version) = meeting.checked.version(meeting.row)
        && let Some(secret) = meeting.turn.project.secrets.get_mut(&version.level)
    {
        secret.content = Arc::clone(&version.content);
    }
}

/// Seals again what was there when the rotation was checked.
fn overwrite_newer(meeting: &mut Meeting<'_, '_>) {
    let active = meeting.turn.project.active();
    // Both were derived when the secrets were sealed under the new key.
    let derived = |key: &Key| key.server().and_then(|key| key.derived_data_key().cloned());
    let (Some(new), Some(old)) = (derived(active), derived(meeting.checked.active())) else {
        return;
    };
    for (level, secret) in &meeting.checked.secrets {
        let iv = meeting.turn.room.cell.draw();
        if let Some(now) = meeting.turn.project.secrets.get_mut(level)
            && meeting.before.secrets.get(level).is_some_and(|one| one.revision != secret.revision)
            && let Ok(plaintext) = crypto::open(&old, &secret.content)
            && let Ok(sealed) = crypto::seal_with_iv(&new, &iv, &plaintext)
        {
            now.content = Arc::from(sealed);
        }
    }
}
