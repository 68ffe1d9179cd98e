//! `/_mock/overview`: what the mock holds and does, and `/_mock/known`: what can be switched, for a page that shows
//! them. Neither has a secret in it: `/_mock/reveal` gives a single token or key.

use std::sync::Arc;

use axum::extract::State;
use serde::Deserialize;
use serde_json::{Value, json};

use super::body::Input;
use super::{faults, gates, jobs, settings};
use crate::contract::route::ROUTES;
use crate::contract::violation::Violations;
use crate::mock::clock::rfc3339;
use crate::mock::fixture::Passphrases;
use crate::mock::model::{Key, Project, Sealed, Token};
use crate::mock::service::Answer;
use crate::mock::{Cell, Defect, Point, Refusal, Variant, World};
use crate::named::Named;

pub(super) async fn overview(State(world): State<Arc<World>>) -> Answer {
    let organizations: Vec<Value> =
        world.cells().iter().map(|cell| organization(&world, cell)).collect();
    Answer::ok(&json!({
        "clock": {"now": rfc3339(world.clock.now()), "stands": world.clock.is_driven()},
        "kept": world.is_kept(),
        "organizations": organizations,
    }))
}

/// The names that can be switched, armed or matched. They are the same for every mock of this version.
pub(super) async fn known() -> Answer {
    Answer::ok(&json!({
        "defects": described::<Defect>(),
        "variants": described::<Variant>(),
        "gates": Point::names().collect::<Vec<_>>(),
        "endpoints": ROUTES.iter().map(|route| route.endpoint.name()).collect::<Vec<_>>(),
    }))
}

/// Names, each with the sentence that says what it does.
fn described<T: Named>() -> Vec<Value> {
    T::ALL.iter().map(|value| json!({"name": value.name(), "what": value.sentence()})).collect()
}

fn organization(world: &World, cell: &Arc<Cell>) -> Value {
    let jobs = jobs::as_json(world, cell);
    let fixture = world.fixture();
    let project = |one: &Project| project(one, &fixture.passphrases);
    let organization = cell.state.read();
    let now = world.clock.now();
    let mut tokens: Vec<&Token> = organization.tokens.values().collect();
    tokens.sort_by_key(|token| token.id);
    let tokens = tokens.into_iter().map(|token| {
        json!({
            "id": token.id,
            "name": token.name,
            "abilities": token.abilities,
            "expires_at": token.expires_at.map(rfc3339),
            "has_expired": token.expires_at.is_some_and(|end| now >= end),
        })
    });
    json!({
        "number": cell.number,
        "ulid": organization.ulid,
        "name": organization.name,
        "isolated": cell.isolated.is_some(),
        "active": organization.active,
        "tokens": tokens.collect::<Vec<_>>(),
        "projects": organization.projects.values().map(project).collect::<Vec<_>>(),
        "limits": settings::remaining(&cell.limiter.lock(), &cell.config(), now),
        "jobs": jobs,
        "faults": faults::as_json(world, cell),
        "gates": gates::all(world, cell),
        "settings": settings::as_json(&cell.config()),
    })
}

fn project(project: &Project, passphrases: &Passphrases) -> Value {
    let opaque =
        project.versions().filter(|one| one.sealed == Sealed::Opaque && !one.content.is_empty());
    let keys = project.history().map(|key| key_of(project, key, passphrases));
    let levels = project.secrets.iter().map(|(level, secret)| {
        json!({
            "level": level.name(),
            "target": level.target,
            "environment": level.environment,
            "bytes": secret.content.len(),
            "versions": project.versions_of(level).len(),
        })
    });
    json!({
        "slug": project.slug,
        "name": project.name,
        "custody": project.custody().name(),
        "history_policy": project.history_policy.name(),
        "held": project.held,
        "keys": keys.collect::<Vec<_>>(),
        "levels": levels.collect::<Vec<_>>(),
        "versions": project.version_count(),
        "opaque": opaque.count(),
        "pending": project.pending_count(),
    })
}

fn key_of(project: &Project, key: &Key, passphrases: &Passphrases) -> Value {
    json!({
        "version": key.version,
        "custody": key.custody().name(),
        "active": key.rotated_at.is_none(),
        "verified": key.server().is_some() || key.proof().is_some(),
        "has_key": key.server().is_some(),
        "has_passphrase": passphrases.of(key).is_some(),
        "created_at": rfc3339(key.created_at),
        "rotated_at": key.rotated_at.map(rfc3339),
        "versions": project.count_under(key.version),
    })
}

/// Names a token by its number, or the key of a project by its version. A client-managed key is revealed as its
/// passphrase, where the fixture has it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Reveal {
    organization: u64,
    token: Option<u64>,
    project: Option<String>,
    key: Option<u64>,
}

pub(super) async fn reveal(Input(world, reveal): Input<Reveal>) -> Result<Answer, Refusal> {
    let cell = world.cell(reveal.organization).ok_or_else(|| Refusal::not_found("Organization"))?;
    let organization = cell.state.read();
    let text = match (reveal.token, reveal.project, reveal.key) {
        (Some(id), None, None) => organization.bearer(id).map(str::to_owned),
        (None, Some(slug), Some(version)) => {
            let project = organization.projects.get(&slug);
            let key = project.and_then(|project| project.key(version));
            let fixture = world.fixture();
            key.and_then(|key| match key.server() {
                Some(server) => Some(server.key.to_string()),
                None => fixture.passphrases.of(key).map(str::to_owned),
            })
        }
        _ => {
            let message = "The body must have token, or project and key.";
            return Err(Violations::of("body", message).into());
        }
    };
    let text = text.ok_or_else(|| Refusal::not_found("Token or key"))?;
    Ok(Answer::ok(&json!({"text": text})))
}
