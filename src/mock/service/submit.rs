//! Historical versions that the client has sealed again under the active key.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Answer, Operation, Room, Setback, guard, perform};
use crate::contract::custody::Custody;
use crate::contract::error::Code;
use crate::contract::request::SubmitReencrypted;
use crate::contract::response::{Data, Submitted};
use crate::contract::violation::Violations;
use crate::crypto::proofs_equal;
use crate::mock::faults::Defect;
use crate::mock::organization::Counters;
use crate::mock::project::Project;
use crate::mock::refusal::Refusal;
use crate::mock::stage::{Stage, Trace};

/// POST secrets/re-encrypt-history.
pub(in crate::mock) async fn run(
    room: &Room,
    body: SubmitReencrypted,
    trace: &mut Trace,
) -> Result<Answer, Refusal> {
    let done = perform(room, &body, trace).await;
    if let Err(Refusal::Invalid(_)) = done
        && room.has(Defect::SubmitPartial)
    {
        body.store_up_to_the_wrong_one(room);
    }
    Ok(Answer::ok(&Data { data: done? }))
}

impl Operation for SubmitReencrypted {
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
            if project.is_pending(id) {
                if !room.has(Defect::SubmitForgets) {
                    project.move_version(id, Arc::from(given.content.as_str()), active);
                }
                updated += 1;
            }
        }
        Ok(Submitted {
            updated,
            remaining: project.pending_count(),
        })
    }
}

impl SubmitReencrypted {
    fn check(&self, room: &Room, project: &Project, trace: &mut Trace) -> Result<(), Refusal> {
        let custody = guard::custody(room, Some(Custody::Client), project.custody());
        trace.recheck(Stage::Custody, custody)?;
        trace.check(Stage::Held, guard::not_held(project))?;
        trace.check(Stage::Proof, self.proof_fits(room, project))?;
        trace.check(Stage::State, self.names_own_versions_once(project))
    }

    fn proof_fits(&self, room: &Room, project: &Project) -> Result<(), Refusal> {
        let given = self.key_proof.as_deref();
        let refusal = match guard::proof_of_active_key(room, project, given) {
            Ok(()) => return Ok(()),
            Err(refusal) => refusal,
        };
        let is_stale = given.is_some_and(|given| {
            project
                .history()
                .skip(1)
                .filter_map(|key| key.proof())
                .any(|proof| proofs_equal(&proof.key_check, given))
        });
        if is_stale && project.proof().is_some() {
            if room.has(Defect::SubmitAcceptsStaleProof) {
                return Ok(());
            }
            return Err(Refusal::new(
                Code::KeyVersionConflict,
                "The key was rotated in the meantime: the proof is that of an older key.",
            ));
        }
        if given.is_some() && room.has(Defect::SubmitAcceptsAnyProof) {
            return Ok(());
        }
        Err(refusal)
    }

    fn names_own_versions_once(&self, project: &Project) -> Result<(), Refusal> {
        let mut violations = Violations::default();
        let mut seen = BTreeSet::new();
        for (place, given) in self.versions.iter().enumerate() {
            let member = format!("versions.{place}.id");
            if project.version(row_id(given.id)).is_none() {
                let message = format!("The {member} field is not a version of this project.");
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
