//! The versions of a level: what it held before.

use serde_json::{Value, json};

use super::{Answer, Room, descriptor, guard};
use crate::contract::custody::Custody;
use crate::contract::error::Code;
use crate::contract::limit;
use crate::contract::request::ListVersions;
use crate::mock::cell::Cell;
use crate::mock::clock::rfc3339;
use crate::mock::faults::Defect;
use crate::mock::level::Level;
use crate::mock::project::{Project, Sealed, Version};
use crate::mock::refusal::Refusal;
use crate::mock::stage::{Stage, Trace};

/// POST secrets/versions: newest first, a page at a time.
pub(in crate::mock) fn list(
    room: &Room,
    body: &ListVersions,
    trace: &mut Trace,
) -> Result<Answer, Refusal> {
    let level = Level {
        target: body.target.clone(),
        environment: body.environment.clone(),
    };
    let now = room.world.clock.now();
    room.read_within(|organization, project| {
        trace.check(Stage::Project, guard::level_exists(project, &level))?;
        let rows = project.versions_of(&level);
        let per_page = body.per_page.unwrap_or(limit::PAGE_DEFAULT);
        let page = body.page.unwrap_or(1);
        let data: Vec<_> = rows
            .iter()
            .rev()
            .skip(match room.has(Defect::VersionsRepeatFirstPage) {
                true => 0,
                false => (page - 1).saturating_mul(per_page),
            })
            .take(per_page)
            .filter_map(|id| project.version(*id))
            .map(|version| {
                let locked = organization.locked_after(version.created_at, now);
                let mut resource = resource(project, version);
                if let Some(days) = locked {
                    resource["attributes"]["locked"] = json!(true);
                    resource["attributes"]["locked_reason"] = json!(outside(days));
                }
                resource
            })
            .collect();
        Ok(Answer::ok(&json!({
            "data": data,
            "meta": {
                "current_page": page,
                "per_page": per_page,
                "total": rows.len(),
                "last_page": rows.len().div_ceil(per_page).max(1),
            },
        })))
    })
}

/// The slug of the project that a version belongs to, and its row: it is found by that in the whole
/// organization.
pub(in crate::mock) fn find(cell: &Cell, id: &str) -> Result<(String, u64), Refusal> {
    let organization = cell.state.read();
    super::row_number(id)
        .and_then(|id| {
            let mut projects = organization.projects.values();
            let project = projects.find(|project| project.version(id).is_some())?;
            Some((project.slug.clone(), id))
        })
        .ok_or_else(unknown)
}

/// GET secrets/versions/N.
pub(in crate::mock) fn get(room: &Room, id: u64) -> Result<Answer, Refusal> {
    room.read(|project| {
        let version = project.version(id).ok_or_else(unknown)?;
        let mut resource = resource(project, version);
        if room.has(Defect::VersionIdAsNumber) {
            resource["id"] = json!(version.id);
        }
        resource["content"] = json!(version.content);
        resource["key"] = match version.sealed {
            Sealed::Under(key) => json!(project.key(key).map(descriptor::entry)),
            Sealed::Opaque => Value::Null,
        };
        Ok(Answer::ok(&json!({"data": resource})))
    })
}

/// A version can be read and put back as long as the plan retains it.
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
        Err(Refusal::with_details(
            Code::VersionLocked,
            outside(days),
            details,
        ))
    })
}

fn outside(days: u32) -> String {
    format!("The version is older than the {days} days for which the plan retains versions.")
}

fn unknown() -> Refusal {
    Refusal::not_found("Version")
}

fn resource(project: &Project, version: &Version) -> Value {
    let mut attributes = json!({
        "action": version.action,
        "size_bytes": version.content.len(),
        "is_client_encrypted": project.custody() == Custody::Client,
        "created_at": rfc3339(version.created_at),
    });
    if let Sealed::Under(key) = version.sealed {
        attributes["encryption_key_version"] = json!(key.to_string());
    }
    json!({
        "type": "secret-versions",
        "id": version.id.to_string(),
        "attributes": attributes,
    })
}
