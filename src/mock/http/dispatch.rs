//! From an admitted request to the operation that answers it.

use axum::body::Body;
use axum::extract::{RawPathParams, Request};
use axum::http::request::Parts;

use super::admission::{Visit, bearer, parameter};
use super::warning;
use crate::contract::error::Code;
use crate::contract::request::{self, Body as _, Reading};
use crate::contract::route::{Endpoint, ProjectIn, Route, endpoints, operation};
use crate::contract::scope::Scope;
use crate::mock::misbehaviour::replica::Replica;
use crate::mock::misbehaviour::{around, caching, race};
use crate::mock::model::{Level, Token};
use crate::mock::service::call::{Call, Serve};
use crate::mock::service::{Answer, api_key, version};
use crate::mock::{Point, Refusal, Room, Stage};

/// Takes a request through all its stages and answers it.
pub(super) async fn answer(
    visit: &mut Visit<'_>,
    route: &Route,
    parameters: &RawPathParams,
    request: Request,
) -> Result<Answer, Refusal> {
    let (mut head, body) = request.into_parts();
    let (mut room, token) = visit.admit(route, parameters, &mut head.headers)?;
    let admitted = Admitted { route, parameters, head: &head, token: &token };
    let Some(replica) = Replica::of(&room, route.endpoint) else {
        return operate(visit, &admitted, &mut room, body).await;
    };
    let mut again = visit.clone();
    let mut place = Room { cell: replica.cell(&room), ..room.clone() };
    let result = operate(visit, &admitted, &mut place, body).await;
    if result.is_ok() && replica.is_twice {
        let body = Body::from(visit.body.clone());
        // Only the first is answered.
        let _ = operate(&mut again, &admitted, &mut place.clone(), body).await;
    }
    replica.end(&room, &place.project, result)
}

/// An admitted request without its body.
struct Admitted<'r> {
    route: &'r Route,
    parameters: &'r RawPathParams,
    head: &'r Parts,
    token: &'r Token,
}

/// Takes an admitted request through the remaining stages, and performs its operation.
async fn operate(
    visit: &mut Visit<'_>,
    admitted: &Admitted<'_>,
    room: &mut Room,
    body: Body,
) -> Result<Answer, Refusal> {
    let Admitted { route, parameters, head, token } = *admitted;
    let query = head.uri.query().unwrap_or_default();
    visit.warnings.extend(warning::of_query(query, route.query));
    if route.writes {
        visit.world.may_change().await?;
    }
    let target = parameter(parameters, "target");
    let environment = parameter(parameters, "environment");
    let owned = |slug: Option<&str>| slug.map(str::to_owned);
    let level = Level { target: owned(target), environment: owned(environment) };
    let reading = reading(route.endpoint, query);
    if reading.as_ref().is_ok_and(|reading| reading.decrypt) {
        visit.body_needs(token, Scope::Named("secret:decrypt"))?;
    }
    if route.project == ProjectIn::Path {
        visit.find_project(room, route, &level)?;
    }
    let row = find_row(visit, room, parameters)?;
    if matches!(route.endpoint, Endpoint::GetVersion | Endpoint::RestoreVersion) {
        let retained = version::is_retained(room, row);
        visit.trace.check(Stage::Retention, retained)?;
    }
    visit.trace.conduct_with(row);
    macro_rules! serve {
        ($(
            $Name:ident = $name:literal: $summary:literal
            $(($Body:ident))? $(-> $Answer:ty $(as $shape:literal)?)? => $route:expr;
        )+) => {
            match route.endpoint {
                $(Endpoint::$Name => {
                    let body = read::<operation::$Name>(visit, room, admitted, body).await?;
                    let call = Call {
                        room,
                        token,
                        path: head.uri.path(),
                        query,
                        target: target.unwrap_or_default(),
                        environment: environment.unwrap_or_default(),
                        row,
                        reading,
                        trace: &mut visit.trace,
                    };
                    operation::$Name::serve(call, body).await
                })+
            }
        };
    }
    let result = endpoints!(serve);
    let mut result = around::after(room, &visit.trace, result);
    let conduct = visit.trace.conduct();
    if route.writes {
        caching::empty(room);
    } else if let Ok(answer) = &mut result {
        room.world.gates.pass(Point::Read, &room.cell, &room.project).await?;
        race::moment(conduct).await;
        caching::through(room, route.endpoint, conduct, answer);
    }
    caching::keep_token(room, conduct, bearer(&head.headers), token);
    result
}

/// Reads the body, if the endpoint takes one, and goes to the project that it names.
async fn read<O: Serve>(
    visit: &mut Visit<'_>,
    room: &mut Room,
    admitted: &Admitted<'_>,
    body: Body,
) -> Result<O::Body, Refusal> {
    let Admitted { route, head, token, .. } = *admitted;
    if route.request.is_none() {
        return Ok(request::read(None, visit.config.rules())?.body);
    }
    let body = visit.read_body::<O::Body>(room, route.body_bytes, head, body).await?;
    if let Some(ability) = body.ability() {
        visit.body_needs(token, Scope::Named(ability))?;
    }
    if let Some(slug) = body.project() {
        room.enter(None, slug);
        visit.trace.check(Stage::Project, room.read(|_| Ok(())))?;
    }
    Ok(body)
}

/// The number of the version or API key that the path names; 0 if it names none. Goes to the version's project.
fn find_row(
    visit: &mut Visit<'_>,
    room: &mut Room,
    parameters: &RawPathParams,
) -> Result<u64, Refusal> {
    if let Some(id) = parameter(parameters, "version") {
        room.enter_for_version(visit.endpoint, id);
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

/// How the query of an endpoint for secrets wants them to be read.
fn reading(endpoint: Endpoint, query: &str) -> Result<Reading, Refusal> {
    match endpoint {
        Endpoint::GetProjectSecrets
        | Endpoint::GetTargetSecrets
        | Endpoint::GetEnvironmentSecrets => {
            let reading = Reading::of_query(query)?;
            let refuse = |conflict| Err(Refusal::new(Code::InvalidParameterCombination, conflict));
            reading.conflict().map_or(Ok(reading), refuse)
        }
        _ => Ok(Reading::default()),
    }
}
