//! The versions of a level: what it held before.

use std::sync::Arc;

use serde_json::json;

use super::call::serve;
use super::{Answer, Room, descriptor, guard};
use crate::contract::custody::Custody;
use crate::contract::error::Code;
use crate::contract::limit;
use crate::contract::request::ListVersions;
use crate::contract::response::{
    self, PageMeta, Resource, VersionAttributes, VersionPage, VersionResource, data,
};
use crate::mock::clock::rfc3339;
use crate::mock::model::{Level, Project, Version};
use crate::mock::{Cell, Message, Refusal, Stage, Trace};

serve! {
    ListVersions(call, body) list(call.room, &body, call.trace);
    GetVersion(call, ()) get(call.room, call.row);
}

/// POST secrets/versions: newest first, a page at a time.
pub(in crate::mock) fn list(
    room: &Room,
    body: &ListVersions,
    trace: &mut Trace,
) -> Result<Answer, Refusal> {
    let level = Level::of(body.level.clone());
    let now = room.world.clock.now();
    room.read_within(|organization, project| {
        trace.check(Stage::Project, guard::level_exists(project, &level))?;
        let rows = project.versions_of(&level);
        let per_page = body.per_page.unwrap_or(limit::PAGE_DEFAULT);
        let page = body.page.unwrap_or(1);
        let first = (page - 1).saturating_mul(per_page);
        let newest_first = rows.iter().rev().skip(first).take(per_page);
        let data: Vec<_> = newest_first
            .filter_map(|id| project.version(*id))
            .map(|version| {
                let locked = organization.locked_after(version.created_at, now);
                let mut resource = resource(project, version);
                if let Some(days) = locked {
                    resource.attributes.locked = true;
                    resource.attributes.locked_reason = Some(outside(days));
                }
                resource
            })
            .collect();
        Ok(Answer::ok(&VersionPage {
            data,
            meta: PageMeta {
                current_page: page,
                per_page,
                total: rows.len(),
                last_page: rows.len().div_ceil(per_page).max(1),
            },
        }))
    })
}

/// The slug of the project that a version belongs to, and its row. The id is unique in the organization.
pub(in crate::mock) fn find(cell: &Cell, id: &str) -> Result<(String, u64), Refusal> {
    let organization = cell.state.read();
    super::row_number(id)
        .and_then(|id| {
            let mut projects = organization.projects.values();
            Some((projects.find(|project| project.version(id).is_some())?.slug.clone(), id))
        })
        .ok_or_else(unknown)
}

fn get(room: &Room, id: u64) -> Result<Answer, Refusal> {
    room.read(|project| {
        let version = project.version(id).ok_or_else(unknown)?;
        let shown = response::Version {
            version: resource(project, version),
            content: Arc::clone(&version.content),
            key: version.sealed.key().and_then(|key| project.key(key)).map(descriptor::entry),
        };
        Ok(Answer::ok(&data(shown)))
    })
}

/// Whether the plan still retains a version, so that it can be read and put back.
pub(in crate::mock) fn is_retained(room: &Room, id: u64) -> Result<(), Refusal> {
    let now = room.world.clock.now();
    room.read_within(|organization, project| {
        let version = project.version(id).ok_or_else(unknown)?;
        let Some(days) = organization.locked_after(version.created_at, now) else {
            return Ok(());
        };
        let details = json!({
            "retention_days": days,
            "version_created_at": rfc3339(version.created_at),
        });
        let refusal =
            Refusal::with_details(Code::VersionLocked, Message::own(outside(days)), details);
        Err(refusal.would_pass(format!(
            "name a version of the last {days} days; POST /_mock/plan lengthens the retention"
        )))
    })
}

fn outside(days: u32) -> String {
    format!("The version is older than the {days} days for which the plan retains versions.")
}

fn unknown() -> Refusal {
    Refusal::not_found("Version").would_pass(
        "name a version of this organization: POST secrets/versions lists those of a level",
    )
}

fn resource(project: &Project, version: &Version) -> VersionResource {
    Resource {
        kind: "secret-versions",
        id: version.id.to_string(),
        attributes: VersionAttributes {
            action: version.action,
            size_bytes: version.content.len(),
            is_client_encrypted: project.custody() == Custody::Client,
            created_at: rfc3339(version.created_at),
            encryption_key_version: version.sealed.key().map(|key| key.to_string()),
            locked: false,
            locked_reason: None,
        },
    }
}
