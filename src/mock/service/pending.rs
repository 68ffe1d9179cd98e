//! Historical versions that are still under an older client-managed key.

use std::sync::Arc;

use serde_json::json;

use super::{Answer, Room, guard};
use crate::contract::custody::Custody;
use crate::contract::limit;
use crate::contract::request::ListPending;
use crate::contract::response::PendingVersion;
use crate::mock::faults::Defect;
use crate::mock::project::{Project, Sealed, Version};
use crate::mock::refusal::Refusal;
use crate::mock::stage::{Stage, Trace};

/// POST secrets/re-encrypt-history/pending.
pub(in crate::mock) fn list(
    room: &Room,
    body: &ListPending,
    trace: &mut Trace,
) -> Result<Answer, Refusal> {
    room.read(|project| {
        let custody = guard::custody(room, Some(Custody::Client), project.custody());
        trace.recheck(Stage::Custody, custody)?;
        if !room.has(Defect::PendingIgnoresHeld) {
            trace.check(Stage::Held, guard::not_held(project))?;
        }
        let limit = if room.has(Defect::PendingIgnoresLimit) {
            limit::BATCH
        } else {
            body.limit.unwrap_or(limit::PENDING_DEFAULT)
        };
        let page = page(project, limit);
        let remaining = if room.has(Defect::PendingEndsEarly) {
            0
        } else {
            project.pending_count()
        };
        Ok(Answer::ok(
            &json!({"data": page, "meta": {"remaining": remaining}}),
        ))
    })
}

/// The oldest rows: at most `limit`, and fewer when their contents would pass
/// [`limit::PENDING_BYTES`], but never none while there are any.
fn page(project: &Project, limit: usize) -> Vec<PendingVersion> {
    let mut bytes = 0;
    project
        .pending()
        .take(limit)
        .enumerate()
        .take_while(|(place, version)| {
            bytes += version.content.len();
            *place == 0 || bytes <= limit::PENDING_BYTES
        })
        .filter_map(|(_, version)| row(version))
        .collect()
}

fn row(version: &Version) -> Option<PendingVersion> {
    match version.sealed {
        Sealed::Under(key) => Some(PendingVersion {
            id: version.id,
            content: Arc::clone(&version.content),
            key_version: key.to_string(),
        }),
        Sealed::Opaque => None,
    }
}
