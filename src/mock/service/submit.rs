//! Historical versions that the client has sealed again under the active key.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::json;

use super::rotate_client::A_MOMENT;
use super::{Answer, Operation, Room, Setback, guard, perform};
use crate::contract::custody::Custody;
use crate::contract::error::Code;
use crate::contract::request::SubmitReencrypted;
use crate::contract::response::{Submitted, data};
use crate::contract::route::Endpoint;
use crate::contract::violation::Violations;
use crate::mock::misbehaviour::defect::Defect;
use crate::mock::misbehaviour::variant::Variant;
use crate::mock::model::organization::Counters;
use crate::mock::model::project::{Project, Sealed};
use crate::mock::refusal::Refusal;
use crate::mock::stage::{Stage, Trace};
use crate::mock::steer::gate::Point;

/// POST secrets/re-encrypt-history.
pub(in crate::mock) async fn run(
    room: &Room,
    body: SubmitReencrypted,
    trace: &mut Trace,
) -> Result<Answer, Refusal> {
    if room.has(Defect::SubmitReachesOthers) {
        body.store_elsewhere(room);
    }
    let stores_late = room.has(Defect::SubmitStoresLate);
    if stores_late {
        tokio::time::sleep(A_MOMENT).await;
    }
    let done = perform(room, &body, trace).await;
    if let Err(Refusal::Coded { code, .. }) = &done
        && *code == Code::KeyVersionConflict
        && stores_late
    {
        body.store_up_to_the_wrong_one(room);
    }
    if let Err(Refusal::Invalid(_)) = done
        && room.has(Defect::SubmitPartial)
    {
        body.store_up_to_the_wrong_one(room);
    }
    let answer = data(done?);
    if room.has(Defect::SubmitCountsAsText) {
        let mut answer = json!(answer);
        answer["data"]["updated"] = json!(answer["data"]["updated"].to_string());
        return Ok(Answer::ok(&answer));
    }
    Ok(Answer::ok(&answer))
}

impl Operation for SubmitReencrypted {
    const GATE: Point = Point::Submit;
    type Plan = ();
    type Done = Submitted;

    async fn prepare(&self, room: &Room, trace: &mut Trace) -> Result<(), Refusal> {
        room.read(|project| self.check(room, project, trace))
    }

    fn commit(
        &self,
        room: &Room,
        (): (),
        project: &mut Project,
        _: &mut Counters,
        trace: &mut Trace,
    ) -> Result<Submitted, Setback> {
        self.check(room, project, trace)?;
        let active = project.active().version;
        let mut updated = 0;
        for given in &self.versions {
            let id = row_id(given.id);
            let sealed = project.version(id).map(|version| version.sealed);
            if project.is_pending(id) || project.custody() == Custody::Server {
                let onto = match sealed {
                    Some(Sealed::Under(old)) if room.has(Defect::SubmitLeavesPending) => old,
                    _ => active,
                };
                if !room.has(Defect::SubmitForgets) {
                    project.move_version(id, Arc::from(given.content.as_str()), onto);
                }
                updated += 1;
            } else if sealed.is_some() && room.varies(Variant::SubmitMovedCounted) {
                updated += 1;
            }
        }
        updated += usize::from(room.has(Defect::SubmitMiscounts));
        let remaining = if room.has(Defect::SubmitRemainingStuck) {
            project.version_count()
        } else if room.has(Defect::SubmitEndsEarly) {
            0
        } else {
            project.pending_count()
        };
        Ok(Submitted { updated, remaining })
    }
}

impl SubmitReencrypted {
    fn check(&self, room: &Room, project: &Project, trace: &mut Trace) -> Result<(), Refusal> {
        let custody = guard::custody(room, Endpoint::SubmitReencrypted, project.custody());
        trace.recheck(Stage::Custody, custody)?;
        trace.check(Stage::Held, guard::not_held(project))?;
        if project.custody() == Custody::Client {
            trace.check(Stage::Proof, self.proof_fits(room, project))?;
        }
        trace.check(Stage::State, self.names_own_versions_once(room, project))
    }

    fn proof_fits(&self, room: &Room, project: &Project) -> Result<(), Refusal> {
        let given = self.key_proof.as_deref();
        let refusal = match guard::proof_of_active_key(room, project, given) {
            Ok(()) => return Ok(()),
            Err(refusal) => refusal,
        };
        let is_stale = given.is_some_and(|given| guard::is_stale(project, given));
        if is_stale && project.proof().is_some() {
            if room.has(Defect::SubmitAcceptsStaleProof) {
                return Ok(());
            }
            if room.varies(Variant::StaleProofMismatch) {
                return Err(refusal);
            }
            return Err(Refusal::new(
                Code::KeyVersionConflict,
                "The key was rotated in the meantime: the proof is that of an older key.",
            )
            .would_pass(guard::unlike(project, given)));
        }
        if given.is_some() && room.has(Defect::SubmitAcceptsAnyProof) {
            return Ok(());
        }
        Err(refusal)
    }

    fn names_own_versions_once(&self, room: &Room, project: &Project) -> Result<(), Refusal> {
        let active = project.active().version;
        let mut violations = Violations::default();
        let mut seen = BTreeSet::new();
        for (place, given) in self.versions.iter().enumerate() {
            let member = format!("versions.{place}.id");
            let version = project.version(row_id(given.id));
            if version.is_none() {
                if room.varies(Variant::SubmitUnknownIgnored) {
                    continue;
                }
                let message = format!("The {member} field is not a version of this project.");
                violations.add(member, message);
            } else if version.is_some_and(|version| version.sealed == Sealed::Under(active))
                && room.varies(Variant::SubmitMovedRefused)
            {
                let message = format!("The {member} field is a version that was moved already.");
                violations.add(member, message);
            } else if !seen.insert(given.id) {
                let message = format!("The {member} field has a duplicate value.");
                violations.add(member, message);
            }
        }
        Ok(violations.into_result()?)
    }
}

impl SubmitReencrypted {
    /// What [`Defect::SubmitReachesOthers`] does.
    fn store_elsewhere(&self, room: &Room) {
        let cells = room.world.cells();
        for cell in cells
            .into_iter()
            .filter(|cell| !Arc::ptr_eq(cell, &room.cell))
        {
            for project in cell.state.write().projects.values_mut() {
                let active = project.active().version;
                for given in &self.versions {
                    let content = Arc::from(given.content.as_str());
                    project.move_version(row_id(given.id), content, active);
                }
            }
        }
    }

    /// What [`Defect::SubmitPartial`] does.
    fn store_up_to_the_wrong_one(&self, room: &Room) {
        let mut organization = room.cell.state.write();
        let Some((project, _)) = organization.project_mut(&room.project) else {
            return;
        };
        let active = project.active().version;
        for given in &self.versions {
            if project.version(row_id(given.id)).is_none() {
                return;
            }
            let content = Arc::from(given.content.as_str());
            project.move_version(row_id(given.id), content, active);
        }
    }
}

/// The row of that id; none has number 0.
fn row_id(id: i64) -> u64 {
    u64::try_from(id).unwrap_or(0)
}
