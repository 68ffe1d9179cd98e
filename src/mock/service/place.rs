//! Targets and environments: list, create, get, update, delete.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::call::{Call, serve};
use super::project::{slug, slug_taken, taken};
use super::{Answer, Room, in_turn, project_mut};
use crate::contract::request::{
    Changes, CreateEnvironment, CreateTarget, UpdateEnvironment, UpdateTarget,
};
use crate::contract::response::{self, Resource, data};
use crate::mock::clock::rfc3339;
use crate::mock::model::{Level, Place, Project, Target};
use crate::mock::{Refusal, Stage, Trace};

serve! {
    ListTargets(call, ()) list_targets(call.room);
    CreateTarget(call, body) create_target(call.room, body, call.trace);
    GetTarget(call, ()) get_target(call.room, call.target);
    PutTarget(call, body) update_target(call, body).await;
    PatchTarget(call, body) update_target(call, body).await;
    DeleteTarget(call, ()) delete_target(call.room, call.target).await;
    ListEnvironments(call, ()) list_environments(call.room, call.target);
    CreateEnvironment(call, body) create_environment(call, body);
    GetEnvironment(call, ()) get_environment(call.room, call.target, call.environment);
    PutEnvironment(call, body) update_environment(call, body).await;
    PatchEnvironment(call, body) update_environment(call, body).await;
    DeleteEnvironment(call, ()) delete_environment(call.room, call.target, call.environment).await;
}

fn list_targets(room: &Room) -> Result<Answer, Refusal> {
    room.read(|project| {
        let targets = project.targets.keys().map(|slug| target_resource(project, slug));
        Ok(Answer::ok(&data(targets.collect::<Result<Vec<_>, _>>()?)))
    })
}

fn create_target(room: &Room, body: CreateTarget, trace: &mut Trace) -> Result<Answer, Refusal> {
    let slug = trace.check(Stage::Body, slug(&body.name))?;
    let place = new_place(room, body.name, body.description, None);
    let mut organization = room.cell.state.write();
    let project = project_mut(room, &mut organization)?;
    if project.targets.contains_key(&slug) {
        return trace.check(Stage::State, Err(taken()));
    }
    project.targets.insert(slug.clone(), Target { place, environments: BTreeMap::new() });
    Ok(Answer::created(&data(target_resource(project, &slug)?)))
}

fn get_target(room: &Room, slug: &str) -> Result<Answer, Refusal> {
    room.read(|project| Ok(Answer::ok(&data(target_resource(project, slug)?))))
}

/// PUT or PATCH a target. A new slug takes along all that its levels hold and held.
async fn update_target(
    call: Call<'_>,
    UpdateTarget(changes): UpdateTarget,
) -> Result<Answer, Refusal> {
    let Call { room, target: slug, trace, .. } = call;
    let now = room.world.clock.now();
    in_turn(room, |project| {
        find(project, slug)?;
        let renamed = changes.slug.as_deref().unwrap_or(slug).to_owned();
        if renamed != slug && project.targets.contains_key(&renamed) {
            return trace.check(Stage::State, Err(slug_taken()));
        }
        if let Some(mut target) = project.targets.remove(slug) {
            target.place.change(changes, now);
            project.targets.insert(renamed.clone(), target);
        }
        project.rename_levels(|level| {
            let is_of_it = level.target.as_deref() == Some(slug);
            is_of_it.then(|| Level { target: Some(renamed.clone()), ..level.clone() })
        });
        Ok(Answer::ok(&data(target_resource(project, &renamed)?)))
    })
    .await
}

/// DELETE a target, with its environments and all that their levels hold and held.
async fn delete_target(room: &Room, slug: &str) -> Result<Answer, Refusal> {
    in_turn(room, |project| {
        find(project, slug)?;
        project.targets.remove(slug);
        project.remove_levels(|level| level.target.as_deref() == Some(slug));
        Ok(Answer::empty())
    })
    .await
}

fn list_environments(room: &Room, target: &str) -> Result<Answer, Refusal> {
    room.read(|project| {
        let environments = find(project, target)?.environments.keys();
        let environments = environments.map(|slug| environment_resource(project, target, slug));
        Ok(Answer::ok(&data(environments.collect::<Result<Vec<_>, _>>()?)))
    })
}

fn create_environment(call: Call<'_>, body: CreateEnvironment) -> Result<Answer, Refusal> {
    let Call { room, target, trace, .. } = call;
    let slug = trace.check(Stage::Body, slug(&body.name))?;
    let place = new_place(room, body.name, body.description, body.status);
    let mut organization = room.cell.state.write();
    let project = project_mut(room, &mut organization)?;
    let environments = &mut find_mut(project, target)?.environments;
    if environments.contains_key(&slug) {
        return trace.check(Stage::State, Err(taken()));
    }
    environments.insert(slug.clone(), place);
    Ok(Answer::created(&data(environment_resource(project, target, &slug)?)))
}

fn get_environment(room: &Room, target: &str, slug: &str) -> Result<Answer, Refusal> {
    room.read(|project| Ok(Answer::ok(&data(environment_resource(project, target, slug)?))))
}

/// PUT or PATCH an environment. A new slug takes along all that its level holds and held.
async fn update_environment(call: Call<'_>, body: UpdateEnvironment) -> Result<Answer, Refusal> {
    let Call { room, target, environment: slug, trace, .. } = call;
    let now = room.world.clock.now();
    in_turn(room, |project| {
        let renamed = body.changes.slug.as_deref().unwrap_or(slug).to_owned();
        let environments = &mut find_mut(project, target)?.environments;
        if !environments.contains_key(slug) {
            return Err(Refusal::not_found("Environment"));
        }
        if renamed != slug && environments.contains_key(&renamed) {
            return trace.check(Stage::State, Err(slug_taken()));
        }
        if let Some(mut place) = environments.remove(slug) {
            place.change(body.changes, now);
            if body.status.is_some() {
                place.status = body.status;
            }
            environments.insert(renamed.clone(), place);
        }
        project.rename_levels(|level| {
            let is_it = is_environment(level, target, slug);
            is_it.then(|| Level { environment: Some(renamed.clone()), ..level.clone() })
        });
        Ok(Answer::ok(&data(environment_resource(project, target, &renamed)?)))
    })
    .await
}

/// DELETE an environment, with all that its level holds and held.
async fn delete_environment(room: &Room, target: &str, slug: &str) -> Result<Answer, Refusal> {
    in_turn(room, |project| {
        let removed = find_mut(project, target)?.environments.remove(slug);
        removed.ok_or_else(|| Refusal::not_found("Environment"))?;
        project.remove_levels(|level| is_environment(level, target, slug));
        Ok(Answer::empty())
    })
    .await
}

impl Place {
    fn change(&mut self, changes: Changes, now: Timestamp) {
        if let Some(name) = changes.name {
            self.name = name;
        }
        if let Some(description) = changes.description {
            self.description = description;
        }
        self.updated_at = now;
    }
}

fn is_environment(level: &Level, target: &str, slug: &str) -> bool {
    level.target.as_deref() == Some(target) && level.environment.as_deref() == Some(slug)
}

fn find_mut<'a>(project: &'a mut Project, slug: &str) -> Result<&'a mut Target, Refusal> {
    project.targets.get_mut(slug).ok_or_else(|| Refusal::not_found("Target"))
}

fn find<'a>(project: &'a Project, slug: &str) -> Result<&'a Target, Refusal> {
    project.targets.get(slug).ok_or_else(|| Refusal::not_found("Target"))
}

fn new_place(
    room: &Room,
    name: String,
    description: Option<String>,
    status: Option<String>,
) -> Place {
    let now = room.world.clock.now();
    Place {
        ulid: room.cell.ulid(&room.world.clock),
        name,
        description,
        status,
        created_at: now,
        updated_at: now,
    }
}

fn target_resource(project: &Project, slug: &str) -> Result<Resource<response::Target>, Refusal> {
    let Target { place, environments } = find(project, slug)?;
    let attributes = response::Target {
        project_id: project.ulid.clone(),
        name: place.name.clone(),
        slug: slug.to_owned(),
        description: place.description.clone(),
        environment_count: environments.len(),
        secret_count: count_of(project, slug),
        created_at: rfc3339(place.created_at),
        updated_at: rfc3339(place.updated_at),
    };
    Ok(Resource { kind: "targets", id: place.ulid.clone(), attributes })
}

fn environment_resource(
    project: &Project,
    target: &str,
    slug: &str,
) -> Result<Resource<response::Environment>, Refusal> {
    let target = find(project, target)?;
    let place = target.environments.get(slug);
    let place = place.ok_or_else(|| Refusal::not_found("Environment"))?;
    let attributes = response::Environment {
        project_id: project.ulid.clone(),
        target_id: target.place.ulid.clone(),
        name: place.name.clone(),
        slug: slug.to_owned(),
        description: place.description.clone(),
        status: place.status.clone(),
        created_at: rfc3339(place.created_at),
        updated_at: rfc3339(place.updated_at),
    };
    Ok(Resource { kind: "environments", id: place.ulid.clone(), attributes })
}

/// How many levels of a target hold a secret.
fn count_of(project: &Project, target: &str) -> usize {
    let first = Level { target: Some(target.to_owned()), environment: None };
    let levels = project.secrets.range(first..);
    levels.take_while(|(level, _)| level.target.as_deref() == Some(target)).count()
}
