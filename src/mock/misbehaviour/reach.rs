//! Which organization a request reaches.

use std::sync::Arc;

use axum::http::{HeaderMap, HeaderValue, header};

use super::table::{Name, find, table};
use crate::contract::identifier::same_ulid;
use crate::contract::route::Endpoint;
use crate::mock::model::Project;
use crate::mock::{Cell, Config, Defect, Refusal, Variant, World};

/// Lends a request without a valid token one of the organization that its path names, with every ability.
pub(in crate::mock) fn lend_token(world: &World, ulid: Option<&str>, headers: &mut HeaderMap) {
    if !Name::Defect(Defect::TokenNotRequired).is_on(&world.config) {
        return;
    }
    let bearer = headers.get(header::AUTHORIZATION);
    let bearer = bearer.and_then(|value| value.to_str().ok()?.split_once(' '));
    let is_valid = bearer.is_some_and(|(_, bearer)| {
        let cell = world.of_bearer(bearer.trim());
        cell.is_some_and(|cell| {
            let organization = cell.state.read();
            let token = organization.tokens.get(bearer.trim());
            token.is_some_and(|token| !token.has_expired(&world.clock))
        })
    });
    if is_valid {
        return;
    }
    let is_named = |cell: &Arc<Cell>| same_ulid(&cell.state.read().ulid, ulid.unwrap_or_default());
    let Some(cell) = world.cells().into_iter().find(is_named) else {
        return;
    };
    let organization = cell.state.read();
    let mut tokens = organization.tokens.iter();
    let lent = tokens.find(|(_, token)| {
        token.abilities.iter().any(|ability| ability == "*") && !token.has_expired(&world.clock)
    });
    if let Some((bearer, _)) = lent
        && let Ok(value) = HeaderValue::from_str(&format!("Bearer {bearer}"))
    {
        headers.insert(header::AUTHORIZATION, value);
    }
}

/// Whether the token's own organization is found under its ULID in this spelling.
pub(in crate::mock) fn accept_spelling(config: &Config, ulid: &str) -> Result<(), Refusal> {
    let has_small = ulid.contains(|letter: char| letter.is_ascii_lowercase());
    if has_small && Name::Variant(Variant::OrganizationSpeltExactly).is_on(config) {
        return Err(Refusal::not_found("Organization"));
    }
    Ok(())
}

/// The organization in which a project is looked for: the token's own. `ulid` is the one in the path, if it has one.
pub(in crate::mock) fn of_project(
    world: &World,
    config: &Config,
    (own, ulid): (Arc<Cell>, Option<&str>),
    slug: &str,
) -> Arc<Cell> {
    if !Name::Defect(Defect::OrganizationsShared).is_on(config) {
        return own;
    }
    let holds = |cell: &Arc<Cell>| {
        let organization = cell.state.read();
        ulid.is_none_or(|ulid| same_ulid(&organization.ulid, ulid))
            && organization.projects.contains_key(slug)
    };
    world.cells().into_iter().find(holds).unwrap_or(own)
}

table! {
    SHARED: ();

    Defect::VersionsShared [GetVersion] ();
    Defect::VersionsRestoredByAnyone [RestoreVersion] ();
    Defect::VersionsDeletedByAnyone [DeleteVersion] ();
}

/// The organization in which a version is looked for by its id: the token's own.
pub(in crate::mock) fn of_version(
    world: &World,
    (config, endpoint): (&Config, Option<Endpoint>),
    own: Arc<Cell>,
    id: &str,
) -> Arc<Cell> {
    if find(SHARED, config, endpoint).next().is_none() {
        return own;
    }
    let Ok(id) = id.parse() else {
        return own;
    };
    let holds = |cell: &Arc<Cell>| {
        let organization = cell.state.read();
        let has = |project: &Project| project.version(id).is_some();
        organization.projects.values().any(has)
    };
    world.cells().into_iter().find(holds).unwrap_or(own)
}
