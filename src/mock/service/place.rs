//! Targets and environments: create, get.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::project::{slug, taken};
use super::{Answer, Room};
use crate::contract::request::{CreateEnvironment, CreateTarget};
use crate::mock::clock::rfc3339;
use crate::mock::project::{Place, Project, Target};
use crate::mock::refusal::Refusal;
use crate::mock::stage::{Stage, Trace};

/// POST targets.
pub(in crate::mock) fn create_target(
    room: &Room,
    body: CreateTarget,
    trace: &mut Trace,
) -> Result<Answer, Refusal> {
    let slug = trace.check(Stage::Body, slug(&body.name))?;
    let place = new_place(room, body.name, body.description, None);
    let mut organization = room.cell.state.write();
    let (project, _) = organization
        .project_mut(&room.project)
        .ok_or_else(|| Refusal::not_found("Project"))?;
    if project.targets.contains_key(&slug) {
        return trace.check(Stage::State, Err(taken()));
    }
    let target = Target {
        place,
        environments: BTreeMap::new(),
    };
    let answer = target_resource(project, &slug, &target);
    project.targets.insert(slug, target);
    Ok(Answer::created(&json!({"data": answer})))
}

/// GET a target.
pub(in crate::mock) fn get_target(room: &Room, slug: &str) -> Result<Answer, Refusal> {
    room.read(|project| {
        let target = find(project, slug)?;
        let data = target_resource(project, slug, target);
        Ok(Answer::ok(&json!({"data": data})))
    })
}

/// POST environments.
pub(in crate::mock) fn create_environment(
    room: &Room,
    target: &str,
    body: CreateEnvironment,
    trace: &mut Trace,
) -> Result<Answer, Refusal> {
    let slug = trace.check(Stage::Body, slug(&body.name))?;
    let place = new_place(room, body.name, body.description, body.status);
    let mut organization = room.cell.state.write();
    let (project, _) = organization
        .project_mut(&room.project)
        .ok_or_else(|| Refusal::not_found("Project"))?;
    let owner = project.ulid.clone();
    let target = project
        .targets
        .get_mut(target)
        .ok_or_else(|| Refusal::not_found("Target"))?;
    if target.environments.contains_key(&slug) {
        return trace.check(Stage::State, Err(taken()));
    }
    let answer = environment_resource(&owner, target, &slug, &place);
    target.environments.insert(slug, place);
    Ok(Answer::created(&json!({"data": answer})))
}

/// GET an environment.
pub(in crate::mock) fn get_environment(
    room: &Room,
    target: &str,
    slug: &str,
) -> Result<Answer, Refusal> {
    room.read(|project| {
        let target = find(project, target)?;
        let place = target
            .environments
            .get(slug)
            .ok_or_else(|| Refusal::not_found("Environment"))?;
        let data = environment_resource(&project.ulid, target, slug, place);
        Ok(Answer::ok(&json!({"data": data})))
    })
}

fn find<'a>(project: &'a Project, slug: &str) -> Result<&'a Target, Refusal> {
    project
        .targets
        .get(slug)
        .ok_or_else(|| Refusal::not_found("Target"))
}

fn new_place(
    room: &Room,
    name: String,
    description: Option<String>,
    status: Option<String>,
) -> Place {
    Place {
        ulid: room.cell.ulid(&room.world.clock),
        name,
        description,
        status,
        created_at: room.world.clock.now(),
    }
}

fn target_resource(project: &Project, slug: &str, target: &Target) -> Value {
    json!({
        "type": "targets",
        "id": target.place.ulid,
        "attributes": {
            "project_id": project.ulid,
            "name": target.place.name,
            "slug": slug,
            "description": target.place.description,
            "environment_count": target.environments.len(),
            "created_at": rfc3339(target.place.created_at),
            "updated_at": rfc3339(target.place.created_at),
        },
    })
}

fn environment_resource(project: &str, target: &Target, slug: &str, place: &Place) -> Value {
    json!({
        "type": "environments",
        "id": place.ulid,
        "attributes": {
            "project_id": project,
            "target_id": target.place.ulid,
            "name": place.name,
            "slug": slug,
            "description": place.description,
            "status": place.status,
            "created_at": rfc3339(place.created_at),
            "updated_at": rfc3339(place.created_at),
        },
    })
}
