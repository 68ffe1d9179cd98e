//! Versions that are under an older client-managed key: which they are, and those that the client submits under the
//! active key.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::call::serve;
use super::{Answer, Room, Turn, guard, perform_checked};
use crate::contract::error::Code;
use crate::contract::limit;
use crate::contract::request::{ListPending, SubmitReencrypted};
use crate::contract::response::{Pending, PendingMeta, PendingVersion, Submitted, data};
use crate::contract::route::Endpoint;
use crate::contract::violation::Violations;
use crate::mock::model::Project;
use crate::mock::{Point, Refusal, Stage, Trace};

serve! {
    ListPending(call, body) pending(call.room, &body, call.trace);
    SubmitReencrypted(call, body) submit(call.room, body, call.trace).await;
}

fn pending(room: &Room, body: &ListPending, trace: &mut Trace) -> Result<Answer, Refusal> {
    room.read(|project| {
        guard::may_use_key(Endpoint::ListPending, project, trace)?;
        let limit = body.limit.unwrap_or(limit::PENDING_DEFAULT);
        Ok(Answer::ok(&Pending {
            data: page(project, limit),
            meta: PendingMeta { remaining: project.pending_count() },
        }))
    })
}

/// The oldest rows: at most `limit`, and fewer if their contents are longer than [`limit::PENDING_BYTES`], but at least
/// one if there is any.
fn page(project: &Project, limit: usize) -> Vec<PendingVersion> {
    let mut bytes = 0;
    let pending = project.pending().take(limit).enumerate();
    pending
        .take_while(|(place, version)| {
            bytes += version.content.len();
            *place == 0 || bytes <= limit::PENDING_BYTES
        })
        .filter_map(|(_, version)| {
            Some(PendingVersion {
                id: version.id,
                content: Arc::clone(&version.content),
                key_version: version.sealed.key()?.to_string(),
            })
        })
        .collect()
}

async fn submit(
    room: &Room,
    body: SubmitReencrypted,
    trace: &mut Trace,
) -> Result<Answer, Refusal> {
    let check = |project: &Project, trace: &mut Trace| body.check(project, trace);
    let store = |turn: &mut Turn<'_>| body.store(turn.project);
    let submitted = perform_checked(room, Point::Submit, trace, check, store).await?;
    Ok(Answer::ok(&data(submitted)))
}

impl SubmitReencrypted {
    fn store(&self, project: &mut Project) -> Submitted {
        let active = project.active().version;
        let mut updated = 0;
        for given in &self.versions {
            let id = row_id(given.id);
            if project.is_pending(id) {
                project.move_version(id, Arc::from(given.content.as_str()), active);
                updated += 1;
            }
        }
        Submitted { updated, remaining: project.pending_count() }
    }

    fn check(&self, project: &Project, trace: &mut Trace) -> Result<(), Refusal> {
        guard::may_use_key(Endpoint::SubmitReencrypted, project, trace)?;
        trace.pass(Stage::Proof, self.proof_fits(project))?;
        trace.pass(Stage::State, self.names_own_versions_once(project))
    }

    fn proof_fits(&self, project: &Project) -> Result<(), Refusal> {
        let given = self.key_proof.as_deref();
        guard::proof_of_active_key(project, given).map_err(|refusal| match given {
            Some(given) if project.proof().is_some() && guard::stale(project, given).is_some() => {
                Refusal::new(
                    Code::KeyVersionConflict,
                    "The key was rotated in the meantime: the proof is that of an older key.",
                )
                .would_pass(guard::unlike(project, given))
            }
            _ => refusal,
        })
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

/// The row of that id; none has number 0.
fn row_id(id: i64) -> u64 {
    u64::try_from(id).unwrap_or(0)
}
