//! Historical versions that are still under an older client-managed key.

use std::sync::Arc;

use super::call::serve;
use super::{Answer, Room, guard};
use crate::contract::limit;
use crate::contract::request::ListPending;
use crate::contract::response::{Pending, PendingMeta, PendingVersion};
use crate::contract::route::Endpoint;
use crate::mock::model::Project;
use crate::mock::{Refusal, Trace};

serve! {
    ListPending(call, body) list(call.room, &body, call.trace);
}

fn list(room: &Room, body: &ListPending, trace: &mut Trace) -> Result<Answer, Refusal> {
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
