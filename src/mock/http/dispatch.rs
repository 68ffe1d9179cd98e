//! From an admitted request to the operation that answers it.

use axum::body::Body;
use axum::extract::{RawPathParams, Request};
use axum::http::request::Parts;

use super::admission::{Visit, parameter};
use super::body::Sent;
use super::warning;
use crate::contract::error::Code;
use crate::contract::request::{
    CreateApiKey, CreateEnvironment, CreateProject, CreateTarget, DeleteSecrets, DeleteVersion,
    ListPending, ListVersions, PatchApiKey, PurgeVersions, PutApiKey, Reading, RestoreVersion,
    RetrieveSecrets, RotateClientKeys, RotateEncryptionKey, StoreSecrets, SubmitReencrypted,
    UpdateEnvironment, UpdateProject, UpdateTarget,
};
use crate::contract::route::{Endpoint, ProjectIn, Route};
use crate::contract::scope::Scope;
use crate::mock::misbehaviour::around;
use crate::mock::misbehaviour::replica::Effects;
use crate::mock::model::level::Level;
use crate::mock::model::token::Token;
use crate::mock::refusal::Refusal;
use crate::mock::room::Room;
use crate::mock::service::{
    Answer, api_key, delete, descriptor, organization, pending, place, project, purge, restore,
    retrieve, rotate_client, rotate_server, secrets, store, submit, version,
};
use crate::mock::stage::Stage;

/// Takes a request through all its stages and answers it.
pub(super) async fn answer(
    visit: &mut Visit<'_>,
    route: &Route,
    parameters: &RawPathParams,
    request: Request,
) -> Result<Answer, Refusal> {
    let (mut head, body) = request.into_parts();
    let (mut room, token) = visit.admit(route, parameters, &mut head.headers)?;
    let asked = Asked {
        route,
        parameters,
        head: &head,
        token: &token,
    };
    let Some(effects) = Effects::of(&room, route.endpoint) else {
        return operate(visit, &asked, &mut room, body).await;
    };
    let mut again = visit.clone();
    let mut place = Room {
        cell: effects.cell(&room),
        ..room.clone()
    };
    let result = operate(visit, &asked, &mut place, body).await;
    if result.is_ok() && effects.is_twice {
        let body = Body::from(visit.body.clone());
        // One answer is enough, which is that of the first.
        let _ = operate(&mut again, &asked, &mut place.clone(), body).await;
    }
    effects.end(&room, &place.project, result)
}

/// What an admitted request asks for, its body aside.
struct Asked<'r> {
    route: &'r Route,
    parameters: &'r RawPathParams,
    head: &'r Parts,
    token: &'r Token,
}

/// Takes an admitted request through the stages that are left, and does what it asks for.
async fn operate(
    visit: &mut Visit<'_>,
    asked: &Asked<'_>,
    room: &mut Room,
    body: Body,
) -> Result<Answer, Refusal> {
    let Asked {
        route,
        parameters,
        head,
        token,
    } = *asked;
    let query = head.uri.query().unwrap_or_default();
    visit.warnings.extend(warning::of_query(query, route.query));
    if route.writes {
        visit.world.may_change().await?;
    }
    let target = parameter(parameters, "target");
    let environment = parameter(parameters, "environment");
    let level = Level {
        target: target.map(str::to_owned),
        environment: environment.map(str::to_owned),
    };
    let reading = reading(route.endpoint, query);
    if reading.as_ref().is_ok_and(|reading| reading.decrypt) {
        visit.body_needs(token, Scope::Named("secret:decrypt"))?;
    }
    if route.project == ProjectIn::Path {
        visit.find_project(room, route, &level)?;
    }
    let row = find_row(visit, room, parameters)?;
    if matches!(
        route.endpoint,
        Endpoint::GetVersion | Endpoint::RestoreVersion
    ) {
        let retained = version::is_retained(room, row);
        visit.trace.check(Stage::Retention, retained)?;
    }
    let sent = Sent {
        endpoint: route.endpoint,
        head,
        body,
    };
    visit.trace.conduct_with(row);
    around::before(visit.trace.conduct()).await;
    let result = match route.endpoint {
        Endpoint::GetEncryptionKey => descriptor::get(room),
        Endpoint::GetKeyHistory => descriptor::history(room),
        Endpoint::RotateEncryptionKey => {
            let body = visit.read_body::<RotateEncryptionKey>(sent).await?;
            rotate_server::run(room, body, &mut visit.trace).await
        }
        Endpoint::RotateClientKeys => {
            let body = visit.read_body::<RotateClientKeys>(sent).await?;
            rotate_client::run(room, body, &mut visit.trace).await
        }
        Endpoint::ListPending => {
            let body = visit.read_body::<ListPending>(sent).await?;
            pending::list(room, &body, &mut visit.trace)
        }
        Endpoint::SubmitReencrypted => {
            let body = visit.read_body::<SubmitReencrypted>(sent).await?;
            submit::run(room, body, &mut visit.trace).await
        }
        Endpoint::ListOrganizations => Ok(organization::list(room)),
        Endpoint::GetOwnOrganization | Endpoint::GetOrganization => Ok(organization::get(room)),
        Endpoint::GetUser => Ok(organization::user(room, token)),
        Endpoint::ListProjects => Ok(project::list(room)),
        Endpoint::CreateProject => {
            let body = visit.read_body::<CreateProject>(sent).await?;
            project::create(room, body, &mut visit.trace)
        }
        Endpoint::GetProject => project::get(room),
        Endpoint::PutProject | Endpoint::PatchProject => {
            let body = visit.read_body::<UpdateProject>(sent).await?;
            project::update(room, body, &mut visit.trace).await
        }
        Endpoint::DeleteProject => project::delete(room).await,
        Endpoint::ListTargets => place::list_targets(room),
        Endpoint::CreateTarget => {
            let body = visit.read_body::<CreateTarget>(sent).await?;
            place::create_target(room, body, &mut visit.trace)
        }
        Endpoint::GetTarget => place::get_target(room, target.unwrap_or_default()),
        Endpoint::PutTarget | Endpoint::PatchTarget => {
            let body = visit.read_body::<UpdateTarget>(sent).await?;
            let target = target.unwrap_or_default();
            place::update_target(room, target, body, &mut visit.trace).await
        }
        Endpoint::DeleteTarget => place::delete_target(room, target.unwrap_or_default()).await,
        Endpoint::ListEnvironments => place::list_environments(room, target.unwrap_or_default()),
        Endpoint::CreateEnvironment => {
            let body = visit.read_body::<CreateEnvironment>(sent).await?;
            place::create_environment(room, target.unwrap_or_default(), body, &mut visit.trace)
        }
        Endpoint::GetEnvironment => place::get_environment(
            &room,
            target.unwrap_or_default(),
            environment.unwrap_or_default(),
        ),
        Endpoint::PutEnvironment | Endpoint::PatchEnvironment => {
            let body = visit.read_body::<UpdateEnvironment>(sent).await?;
            let place = (target.unwrap_or_default(), environment.unwrap_or_default());
            place::update_environment(room, place, body, &mut visit.trace).await
        }
        Endpoint::DeleteEnvironment => {
            let environment = environment.unwrap_or_default();
            place::delete_environment(room, target.unwrap_or_default(), environment).await
        }
        Endpoint::StoreSecrets => {
            let body = visit.read_body::<StoreSecrets>(sent).await?;
            name_project(visit, room, &body.project)?;
            store::run(room, body, &mut visit.trace).await
        }
        Endpoint::DeleteSecrets => {
            let body = visit.read_body::<DeleteSecrets>(sent).await?;
            visit.body_needs(token, deletion_scope(&body))?;
            name_project(visit, room, &body.project)?;
            delete::run(room, body, &mut visit.trace).await
        }
        Endpoint::GetProjectSecrets
        | Endpoint::GetTargetSecrets
        | Endpoint::GetEnvironmentSecrets => {
            let reading = visit.trace.check(Stage::Body, reading)?;
            secrets::get(room, head.uri.path(), &level, reading, &mut visit.trace).await
        }
        Endpoint::RetrieveSecrets => {
            let body = visit.read_body::<RetrieveSecrets>(sent).await?;
            visit.body_needs(token, Scope::Named(body.action.ability()))?;
            name_project(visit, room, &body.project)?;
            retrieve::run(room, head.uri.path(), body, &mut visit.trace).await
        }
        Endpoint::ListVersions => {
            let body = visit.read_body::<ListVersions>(sent).await?;
            name_project(visit, room, &body.project)?;
            version::list(room, &body, &mut visit.trace)
        }
        Endpoint::GetVersion => version::get(room, row),
        Endpoint::RestoreVersion => {
            let body = visit.read_body::<RestoreVersion>(sent).await?;
            restore::run(room, row, body, &mut visit.trace).await
        }
        Endpoint::DeleteVersion => {
            let body = visit.read_body::<DeleteVersion>(sent).await?;
            let force = body.force || asks(query, "force");
            purge::one(room, row, force, &mut visit.trace).await
        }
        Endpoint::PurgeVersions => {
            let body = visit.read_body::<PurgeVersions>(sent).await?;
            name_project(visit, room, &body.project)?;
            purge::all(room, body, &mut visit.trace).await
        }
        Endpoint::ListApiKeys => Ok(api_key::list(room)),
        Endpoint::CreateApiKey => {
            let body = visit.read_body::<CreateApiKey>(sent).await?;
            api_key::create(room, token, body, &mut visit.trace)
        }
        Endpoint::GetApiKey => api_key::get(room, row),
        Endpoint::PutApiKey => {
            let PutApiKey(body) = visit.read_body(sent).await?;
            api_key::update(room, token, row, body, &mut visit.trace)
        }
        Endpoint::PatchApiKey => {
            let body = visit.read_body::<PatchApiKey>(sent).await?;
            api_key::update(room, token, row, body, &mut visit.trace)
        }
        Endpoint::DeleteApiKey => api_key::delete(room, row),
        Endpoint::RotateApiKey => api_key::rotate(room, token, row, &mut visit.trace),
    };
    around::after(room, &visit.trace, result).await
}

/// The version or API key that the path names, by its number; 0 if it names none. Goes to the
/// version's project.
fn find_row(
    visit: &mut Visit<'_>,
    room: &mut Room,
    parameters: &RawPathParams,
) -> Result<u64, Refusal> {
    if let Some(id) = parameter(parameters, "version") {
        room.enter_for_version(id);
        let found = version::find(&room.cell, id);
        let (slug, row) = visit.trace.check(Stage::Project, found)?;
        room.project = slug;
        return Ok(row);
    }
    match parameter(parameters, "api_key") {
        Some(id) => visit.trace.check(Stage::Project, api_key::find(room, id)),
        None => Ok(0),
    }
}

/// How a query asks for secrets to be read; of other endpoints, and where nothing is asked, as they are.
fn reading(endpoint: Endpoint, query: &str) -> Result<Reading, Refusal> {
    match endpoint {
        Endpoint::GetProjectSecrets
        | Endpoint::GetTargetSecrets
        | Endpoint::GetEnvironmentSecrets => {
            let reading = Reading::of_query(query)?;
            match reading.conflict() {
                None => Ok(reading),
                Some(conflict) => Err(Refusal::new(Code::InvalidParameterCombination, conflict)),
            }
        }
        _ => Ok(Reading::default()),
    }
}

/// What a deletion needs depends on whether it keeps a backup.
fn deletion_scope(body: &DeleteSecrets) -> Scope {
    Scope::Named(if body.no_backup {
        "secret:purge"
    } else {
        "secret:write"
    })
}

/// Goes to the project that a body names.
fn name_project(visit: &mut Visit<'_>, room: &mut Room, slug: &str) -> Result<(), Refusal> {
    room.enter(None, slug);
    visit.trace.check(Stage::Project, room.read(|_| Ok(())))
}

/// Whether a query says yes to something.
fn asks(query: &str, name: &str) -> bool {
    query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .any(|(key, value)| key == name && !matches!(value, "false" | "0" | ""))
}
