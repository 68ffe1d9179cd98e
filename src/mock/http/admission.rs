//! One request on its way through the stages that need nothing but the request and the token.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::RawPathParams;
use axum::http::{HeaderMap, header};

use crate::contract::error::Code;
use crate::contract::identifier::same_ulid;
use crate::contract::route::{Endpoint, ProjectIn, Route};
use crate::contract::scope::Scope;
use crate::mock::clock::rfc3339;
use crate::mock::misbehaviour::reach;
use crate::mock::model::{Level, Token};
use crate::mock::rate_limit::Quota;
use crate::mock::remedy;
use crate::mock::service::guard;
use crate::mock::{Cell, Config, Message, Refusal, Room, Stage, Trace, World};

/// A request that is being answered, and what its response will need.
#[derive(Clone)]
pub(super) struct Visit<'w> {
    pub(super) world: &'w Arc<World>,
    /// The organization's settings, once it is known which one is meant; the mock's until then.
    pub(super) config: Arc<Config>,
    /// Known once the path and the method are.
    pub(super) endpoint: Option<Endpoint>,
    pub(super) cell: Option<Arc<Cell>>,
    pub(super) trace: Trace,
    pub(super) legacy: bool,
    /// What is left of the bucket, once the request was counted.
    pub(super) quota: Option<Quota>,
    pub(super) allow: Option<String>,
    pub(super) warnings: Vec<String>,
    /// What of the answer is this mock's own choice, for `X-Mock-Choice`.
    pub(super) choice: Option<&'static str>,
    /// The body of the request; empty until it was read.
    pub(super) body: Bytes,
}

impl<'w> Visit<'w> {
    pub(super) fn new(world: &'w Arc<World>, project: ProjectIn, legacy: bool) -> Self {
        let mut trace = Trace::new(project);
        trace.configure(&world.config, None);
        Self {
            world,
            config: Arc::clone(&world.config),
            endpoint: None,
            cell: None,
            trace,
            legacy,
            quota: None,
            allow: None,
            warnings: Vec::new(),
            choice: None,
            body: Bytes::new(),
        }
    }

    /// A request that names no project, as far as is known yet.
    pub(super) fn nowhere(world: &'w Arc<World>, legacy: bool) -> Self {
        Self::new(world, ProjectIn::Nowhere, legacy)
    }

    /// Takes it through the stages from the route to the scope: authentication, limits and authorization.
    pub(super) fn admit(
        &mut self,
        route: &Route,
        parameters: &RawPathParams,
        headers: &mut HeaderMap,
    ) -> Result<(Room, Token), Refusal> {
        self.trace.check(Stage::Route, Ok(()))?;
        self.trace.pass(Stage::ApiVersion, api_version(headers))?;
        let ulid = parameter(parameters, "organization");
        reach::lend_token(self.world, ulid, headers);
        let project = parameter(parameters, "project").unwrap_or_default();
        let token = self.token(headers, ulid.unwrap_or_default());
        let (cell, token) = self.trace.check(Stage::Token, token)?;
        self.config = cell.config();
        self.trace.configure(&self.config, Some(route.endpoint));
        self.trace.pass(Stage::Token, self.is_valid(&cell, &token))?;
        self.cell = Some(Arc::clone(&cell));
        let quota = cell.count(&self.world.clock, route.bucket, project);
        self.quota = Some(quota);
        self.trace.pass(Stage::RateLimit, is_in_limit(quota))?;
        let own = ulid.map_or(Ok(()), |ulid| {
            is_own(&cell, ulid)?;
            reach::accept_spelling(&self.config, ulid)
        });
        self.trace.pass(Stage::Organization, own)?;
        let mut room = Room {
            world: Arc::clone(self.world),
            config: Arc::clone(&self.config),
            cell,
            project: String::new(),
        };
        room.enter(ulid, project);
        let active = room.cell.state.read().active;
        self.trace.pass(Stage::Status, is_active(active))?;
        self.trace.pass(Stage::Scope, self.may(route.scope, &token))?;
        Ok((room, token))
    }

    fn token(&self, headers: &HeaderMap, ulid: &str) -> Result<(Arc<Cell>, Token), Refusal> {
        let stranger = |why| self.unauthenticated(why, self.world.of_ulid(ulid).as_ref());
        let absent = "send Authorization: Bearer and a token of this mock";
        let bearer = bearer(headers).ok_or_else(|| stranger(absent))?;
        let unknown = "send a token of this mock: it has none like this";
        let cell = self.world.of_bearer(bearer).ok_or_else(|| stranger(unknown))?;
        let token = cell.state.read().tokens.get(bearer).cloned();
        let token = token.ok_or_else(|| stranger("send a token that is still there"))?;
        Ok((cell, token))
    }

    fn is_valid(&self, cell: &Arc<Cell>, token: &Token) -> Result<(), Refusal> {
        match token.expires_at {
            Some(end) if token.has_expired(&self.world.clock) => {
                let (name, end) = (remedy::token_name(token), rfc3339(end));
                let why = format!("use a token that has not expired: {name} ended at {end}");
                Err(self.unauthenticated(&why, Some(cell)))
            }
            _ => Ok(()),
        }
    }

    fn unauthenticated(&self, why: &str, cell: Option<&Arc<Cell>>) -> Refusal {
        let now = self.world.clock.now();
        let example = cell.map(|cell| remedy::example(&cell.state.read(), now));
        let how = format!("{why}{}", example.unwrap_or_default());
        Refusal::new(Code::Unauthenticated, "Unauthenticated.").would_pass(how)
    }

    fn may(&self, scope: Scope, token: &Token) -> Result<(), Refusal> {
        if scope.allows(&token.abilities) {
            return Ok(());
        }
        let message = format!("Insufficient permissions: this needs {scope}.");
        let refusal = Refusal::new(Code::InsufficientPermissions, Message::own(message));
        let now = self.world.clock.now();
        let cell = self.cell.as_ref();
        let how = cell.map(|cell| remedy::scope(scope, &cell.state.read(), now));
        Err(refusal.would_pass(how.unwrap_or_default()))
    }

    /// Checks that the project, and the target and environment that the path names in it, exist, and that its key is in
    /// the custody that the endpoint works for.
    pub(super) fn find_project(
        &mut self,
        room: &Room,
        route: &Route,
        level: &Level,
    ) -> Result<(), Refusal> {
        let custody = room.read(|project| {
            guard::level_exists(project, level)?;
            Ok(project.custody())
        });
        let custody = self.trace.check(Stage::Project, custody)?;
        let custody = guard::custody(route.endpoint, custody);
        self.trace.pass(Stage::Custody, custody)
    }

    /// Checks a scope that the body or the query needs beside that of the route.
    pub(super) fn body_needs(&mut self, token: &Token, scope: Scope) -> Result<(), Refusal> {
        self.trace.recheck(Stage::Scope, self.may(scope, token))
    }
}

pub(super) fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, bearer)| bearer.trim())
}

pub(super) fn parameter<'a>(parameters: &'a RawPathParams, name: &str) -> Option<&'a str> {
    parameters.iter().find_map(|(key, value)| (key == name).then_some(value))
}

fn api_version(headers: &HeaderMap) -> Result<(), Refusal> {
    match headers.get("x-api-version") {
        Some(version) if version.as_bytes() != b"1" => {
            Err(Refusal::new(Code::UnsupportedApiVersion, "The only version of this API is 1."))
        }
        _ => Ok(()),
    }
}

fn is_in_limit(quota: Quota) -> Result<(), Refusal> {
    let Some(seconds) = quota.retry_after else {
        return Ok(());
    };
    let message = Message::own(format!("Too many requests: wait {seconds} seconds."));
    Err(Refusal::new(Code::RateLimited, message).would_pass(format!(
        "wait {seconds} s; POST /_mock/clock passes them at once, --limits off lifts the limit"
    )))
}

fn is_own(cell: &Cell, named: &str) -> Result<(), Refusal> {
    let ulid = cell.state.read().ulid.clone();
    if same_ulid(&ulid, named) {
        return Ok(());
    }
    // A slug in its place is that of a path without an organization.
    let place = if named.len() == ulid.len() { "into the path" } else { "behind /api/v1/" };
    let how = format!("put the ULID of the token's own organization {place}: {ulid}");
    Err(Refusal::not_found("Organization").would_pass(how))
}

fn is_active(active: bool) -> Result<(), Refusal> {
    if active {
        Ok(())
    } else {
        Err(Refusal::new(Code::OrganizationInactive, "The organization is not active."))
    }
}
