//! Projects: create, list, get, update, delete.

use super::call::serve;
use super::{Answer, Room, in_turn_of_project};
use crate::contract::identifier::{RESERVED_SLUGS, slug_of};
use crate::contract::request::{CreateProject, Keeper, UpdateProject};
use crate::contract::response::{self, Resource, data};
use crate::contract::violation::Violations;
use crate::mock::clock::rfc3339;
use crate::mock::model::{Key, Material, NewProject, Project};
use crate::mock::{Refusal, Stage, Trace};

serve! {
    ListProjects(call, ()) Ok(list(call.room));
    CreateProject(call, body) create(call.room, body, call.trace);
    GetProject(call, ()) get(call.room);
    PutProject(call, body) update(call.room, body, call.trace).await;
    PatchProject(call, body) update(call.room, body, call.trace).await;
    DeleteProject(call, ()) delete(call.room).await;
}

fn create(room: &Room, body: CreateProject, trace: &mut Trace) -> Result<Answer, Refusal> {
    let slug = trace.check(Stage::Body, slug(&body.name))?;
    let material = match body.keeper {
        Keeper::Client(proof) => Material::Client(Some(proof)),
        Keeper::Server(None) => Material::Server(room.draw_key()),
        Keeper::Server(Some(key)) => Material::Server(room.new_key(key)),
    };
    let ulid = room.cell.ulid(&room.world.clock);
    let now = room.world.clock.now();
    let mut organization = room.cell.state.write();
    let free = if organization.projects.contains_key(&slug) { Err(taken()) } else { Ok(()) };
    trace.check(Stage::State, free)?;
    let project = Project::new(NewProject {
        number: organization.counters.project(),
        ulid,
        slug: slug.clone(),
        name: body.name,
        description: body.description,
        secret_format: body.secret_format.name().to_owned(),
        created_at: now,
        first_key: Key {
            id: organization.counters.row(),
            version: 1,
            material,
            created_at: now,
            rotated_at: None,
        },
    });
    let answer = Answer::created(&data(resource(&project)));
    organization.projects.insert(slug, project);
    Ok(answer)
}

fn list(room: &Room) -> Answer {
    let organization = room.cell.state.read();
    let projects: Vec<_> = organization.projects.values().map(resource).collect();
    Answer::ok(&data(projects))
}

fn get(room: &Room) -> Result<Answer, Refusal> {
    room.read(|project| Ok(Answer::ok(&data(resource(project)))))
}

/// PUT or PATCH a project. Under another slug it keeps its id and its keys.
async fn update(room: &Room, body: UpdateProject, trace: &mut Trace) -> Result<Answer, Refusal> {
    in_turn_of_project(room, |organization| {
        let changes = body.changes;
        let renamed = changes.slug.unwrap_or_else(|| room.project.clone());
        let is_taken = renamed != room.project && organization.projects.contains_key(&renamed);
        trace.check(Stage::State, if is_taken { Err(slug_taken()) } else { Ok(()) })?;
        let project = organization.projects.remove(&room.project);
        let mut project = project.ok_or_else(|| Refusal::not_found("Project"))?;
        project.slug.clone_from(&renamed);
        if let Some(name) = changes.name {
            project.name = name;
        }
        if let Some(description) = changes.description {
            project.description = description;
        }
        if let Some(metadata) = body.metadata {
            project.metadata = metadata;
        }
        project.updated_at = room.world.clock.now();
        project.touch();
        let answer = Answer::ok(&data(resource(&project)));
        organization.projects.insert(renamed, project);
        Ok(answer)
    })
    .await
}

async fn delete(room: &Room) -> Result<Answer, Refusal> {
    in_turn_of_project(room, |organization| {
        organization.projects.remove(&room.project);
        Ok(Answer::empty())
    })
    .await
}

/// The slug of a new project, target or environment.
pub(super) fn slug(name: &str) -> Result<String, Refusal> {
    let slug = slug_of(name);
    let wrong = if slug.is_empty() {
        "The name field must contain a letter or a digit."
    } else if RESERVED_SLUGS.contains(&slug.as_str()) {
        "The name field gives a slug that is a word of the API's paths."
    } else {
        return Ok(slug);
    };
    Err(Violations::of("name", wrong).into())
}

pub(super) fn taken() -> Refusal {
    Violations::of("name", "The name field gives a slug that is already taken.").into()
}

pub(super) fn slug_taken() -> Refusal {
    Violations::of("slug", "The slug field is already taken.").into()
}

fn resource(project: &Project) -> Resource<response::Project> {
    let environments = project.targets.values().map(|t| t.environments.len());
    Resource {
        kind: "projects",
        id: project.ulid.clone(),
        attributes: response::Project {
            ulid: project.ulid.clone(),
            name: project.name.clone(),
            slug: project.slug.clone(),
            description: project.description.clone(),
            secret_format: project.secret_format.clone(),
            metadata: project.metadata.clone(),
            encryption_type: project.custody().name(),
            has_secrets: !project.secrets.is_empty(),
            secret_count: project.secrets.len(),
            target_count: project.targets.len(),
            environment_count: environments.sum(),
            created_at: rfc3339(project.created_at),
            updated_at: rfc3339(project.updated_at),
        },
    }
}
