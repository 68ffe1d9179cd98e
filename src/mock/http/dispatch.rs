//! From an admitted request to the operation that answers it.

use axum::extract::{RawPathParams, Request};

use super::admission::{Visit, parameter};
use crate::contract::error::Code;
use crate::contract::request::{
    CreateEnvironment, CreateProject, CreateTarget, ListPending, ListVersions, RotateClientKeys,
    RotateEncryptionKey, StoreSecrets, SubmitReencrypted,
};
use crate::contract::route::{Endpoint, ProjectIn, Route};
use crate::mock::faults::Defect;
use crate::mock::level::Level;
use crate::mock::refusal::Refusal;
use crate::mock::service::{
    Answer, Room, descriptor, pending, place, project, rotate_client, rotate_server, secrets,
    store, submit, version,
};
use crate::mock::stage::Stage;

/// Takes a request through all its stages and answers it.
pub(super) async fn answer(
    visit: &mut Visit<'_>,
    route: &Route,
    parameters: &RawPathParams,
    request: Request,
) -> Result<Answer, Refusal> {
    let (head, body) = request.into_parts();
    let mut room = visit.admit(route, parameters, &head.headers)?;
    let target = parameter(parameters, "target");
    let environment = parameter(parameters, "environment");
    let level = Level {
        target: target.map(str::to_owned),
        environment: environment.map(str::to_owned),
    };
    if route.project == ProjectIn::Path {
        visit.find_project(&room, route, &level)?;
    }
    let json = match route.request {
        Some(_) => visit.read_json(&head.headers, body).await?,
        None => None,
    };
    let json = json.as_ref();
    match route.endpoint {
        Endpoint::GetEncryptionKey => descriptor::get(&room),
        Endpoint::GetKeyHistory => descriptor::history(&room),
        Endpoint::RotateEncryptionKey => {
            let body = visit.read_body::<RotateEncryptionKey>(json)?;
            rotate_server::run(&room, body, &mut visit.trace).await
        }
        Endpoint::RotateClientKeys => {
            let body = visit.read_body::<RotateClientKeys>(json)?;
            rotate_client::run(&room, body, &mut visit.trace).await
        }
        Endpoint::ListPending => {
            let body = visit.read_body::<ListPending>(json)?;
            pending::list(&room, &body, &mut visit.trace)
        }
        Endpoint::SubmitReencrypted => {
            let body = visit.read_body::<SubmitReencrypted>(json)?;
            submit::run(&room, body, &mut visit.trace).await
        }
        Endpoint::ListProjects => Ok(project::list(&room)),
        Endpoint::CreateProject => {
            let body = visit.read_body::<CreateProject>(json)?;
            project::create(&room, body, &mut visit.trace)
        }
        Endpoint::GetProject => project::get(&room),
        Endpoint::DeleteProject => project::delete(&room).await,
        Endpoint::CreateTarget => {
            let body = visit.read_body::<CreateTarget>(json)?;
            place::create_target(&room, body, &mut visit.trace)
        }
        Endpoint::GetTarget => place::get_target(&room, target.unwrap_or_default()),
        Endpoint::CreateEnvironment => {
            let body = visit.read_body::<CreateEnvironment>(json)?;
            place::create_environment(&room, target.unwrap_or_default(), body, &mut visit.trace)
        }
        Endpoint::GetEnvironment => place::get_environment(
            &room,
            target.unwrap_or_default(),
            environment.unwrap_or_default(),
        ),
        Endpoint::StoreSecrets => {
            let body = visit.read_body::<StoreSecrets>(json)?;
            name_project(visit, &mut room, &body.project)?;
            store::run(&room, body, &mut visit.trace).await
        }
        Endpoint::GetProjectSecrets
        | Endpoint::GetTargetSecrets
        | Endpoint::GetEnvironmentSecrets => {
            let query = head.uri.query().unwrap_or_default();
            visit.trace.check(Stage::Body, plain_read(query))?;
            secrets::get(&room, head.uri.path(), &level)
        }
        Endpoint::ListVersions => {
            let body = visit.read_body::<ListVersions>(json)?;
            name_project(visit, &mut room, &body.project)?;
            version::list(&room, &body, &mut visit.trace)
        }
        Endpoint::GetVersion => {
            let id = parameter(parameters, "version").unwrap_or_default();
            let found = version::get(&room.cell, id);
            visit.trace.check(Stage::Project, found)
        }
    }
}

/// Goes to the project that a body names.
fn name_project(visit: &mut Visit<'_>, room: &mut Room, slug: &str) -> Result<(), Refusal> {
    slug.clone_into(&mut room.project);
    if room.has(Defect::OrganizationsShared) {
        let holds = |cell: &&std::sync::Arc<_>| holds(cell, slug);
        if let Some(cell) = visit.world.cells().find(holds) {
            room.cell = std::sync::Arc::clone(cell);
        }
    }
    visit.trace.check(Stage::Project, room.read(|_| Ok(())))
}

fn holds(cell: &crate::mock::world::Cell, slug: &str) -> bool {
    cell.state.read().projects.contains_key(slug)
}

/// Server-side decryption and merging are not built yet, and say so.
fn plain_read(query: &str) -> Result<(), Refusal> {
    let asked = |name: &str| {
        query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .any(|(key, value)| key == name && !matches!(value, "false" | "0" | ""))
    };
    if asked("merge") && !asked("decrypt") {
        return Err(Refusal::new(
            Code::InvalidParameterCombination,
            "merge requires decrypt.",
        ));
    }
    if ["decrypt", "merge", "raw"].into_iter().any(asked) {
        return Err(Refusal::new(
            Code::NotImplemented,
            "This mock does not decrypt or merge yet: read without decrypt, merge and raw.",
        ));
    }
    Ok(())
}
