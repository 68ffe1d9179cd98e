//! Historical versions that are still under an older client-managed key.

use std::sync::Arc;

use serde_json::json;

use super::{Answer, Room, guard};
use crate::contract::custody::Custody;
use crate::contract::limit;
use crate::contract::request::ListPending;
use crate::contract::response::{Pending, PendingMeta, PendingVersion};
use crate::contract::route::Endpoint;
use crate::contract::violation::Violations;
use crate::mock::misbehaviour::defect::Defect;
use crate::mock::misbehaviour::variant::Variant;
use crate::mock::model::project::{Project, Sealed};
use crate::mock::model::versions::Version;
use crate::mock::refusal::Refusal;
use crate::mock::stage::{Stage, Trace};

/// POST secrets/re-encrypt-history/pending.
pub(in crate::mock) fn list(
    room: &Room,
    body: &ListPending,
    trace: &mut Trace,
) -> Result<Answer, Refusal> {
    if room.has(Defect::PendingPrunesServerHistory) {
        prune(room);
    }
    room.read(|project| {
        let custody = guard::custody(room, Endpoint::ListPending, project.custody());
        trace.recheck(Stage::Custody, custody)?;
        if !room.has(Defect::PendingIgnoresHeld) {
            trace.check(Stage::Held, guard::not_held(project))?;
        }
        let limit = if room.has(Defect::PendingIgnoresLimit) {
            limit::BATCH
        } else {
            body.limit.unwrap_or(limit::PENDING_DEFAULT)
        };
        if limit > limit::PENDING_DEFAULT && room.has(Defect::PendingRefusesHundred) {
            return Err(Violations::of("limit", "The limit field must not be over 50.").into());
        }
        if project.custody() == Custody::Server {
            return Ok(Answer::ok(&Pending {
                data: Vec::new(),
                meta: PendingMeta { remaining: 0 },
            }));
        }
        let page = page(room, project, limit);
        let remaining = if room.has(Defect::PendingEndsEarly) {
            0
        } else if room.varies(Variant::PendingRemainingBeyondPage) {
            project.pending_count() - page.len()
        } else {
            project.pending_count()
        };
        let answer = Pending {
            data: page,
            meta: PendingMeta { remaining },
        };
        if room.has(Defect::PendingVersionAsNumber) {
            let mut answer = json!(answer);
            for row in answer["data"].as_array_mut().into_iter().flatten() {
                let digits = row["key_version"].as_str().unwrap_or_default();
                row["key_version"] = json!(digits.parse::<u64>().unwrap_or(0));
            }
            return Ok(Answer::ok(&answer));
        }
        Ok(Answer::ok(&answer))
    })
}

/// What [`Defect::PendingPrunesServerHistory`] does.
fn prune(room: &Room) {
    let mut organization = room.cell.state.write();
    if let Some((project, _)) = organization.project_mut(&room.project)
        && project.custody() == Custody::Server
    {
        project.purge(None);
    }
}

/// The oldest rows: at most `limit`, and fewer when their contents would pass
/// [`limit::PENDING_BYTES`], but never none while there are any.
fn page(room: &Room, project: &Project, limit: usize) -> Vec<PendingVersion> {
    let mut bytes = 0;
    let mut pending: Vec<&Version> = if room.varies(Variant::PendingNewestFirst) {
        project.pending().collect()
    } else {
        project.pending().take(limit).collect()
    };
    if room.varies(Variant::PendingNewestFirst) {
        pending.reverse();
    }
    let most = if room.varies(Variant::PendingSmallPages) {
        limit.min(2)
    } else {
        limit
    };
    pending
        .into_iter()
        .take(most)
        .enumerate()
        .take_while(|(place, version)| {
            bytes += version.content.len();
            *place == 0 || bytes <= limit::PENDING_BYTES
        })
        .filter_map(|(_, version)| row(room, project, version))
        .collect()
}

fn row(room: &Room, project: &Project, version: &Version) -> Option<PendingVersion> {
    match version.sealed {
        Sealed::Under(_) if room.has(Defect::PendingNamesActiveKey) => Some(PendingVersion {
            id: version.id,
            content: Arc::clone(&version.content),
            key_version: project.active().version.to_string(),
        }),
        Sealed::Under(key) => Some(PendingVersion {
            id: version.id,
            content: Arc::clone(&version.content),
            key_version: key.to_string(),
        }),
        Sealed::Opaque => None,
    }
}
