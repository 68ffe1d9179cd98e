//! `/_mock/organizations`: organizations of their own, one for each test, on one mock.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::body::{Input, Whose, organization};
use crate::contract::violation::Violations;
use crate::mock::server::error::IsolateError;
use crate::mock::service::Answer;
use crate::mock::tenant::Tenant;
use crate::mock::world::IDLE;
use crate::mock::{Refusal, World};

/// The organization that is copied, and how. An empty body copies the fixture's first.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Make {
    from: Option<String>,
    /// Whether it is copied as it is now instead of as it was made.
    now: bool,
    /// If the mock has a seed, all draws follow from this name.
    name: Option<String>,
    /// How long it may go unused.
    idle_seconds: Option<u32>,
}

pub(super) async fn make(Input(world, make): Input<Make>) -> Result<Answer, Refusal> {
    let source = make.from.map(|token| organization(&world, &token)).transpose()?;
    let origin = match &source {
        Some(cell) if make.now => Some(cell.state.read().copied()),
        Some(cell) => world.origin(cell),
        None => Some(world.fixture().first().copied()),
    };
    let origin = origin.ok_or_else(|| Refusal::internal("the fixture has no organization"))?;
    let config = source
        .map_or_else(|| world.fixture().first_configured(&world.config), |cell| cell.config());
    let idle = make.idle_seconds.map_or(IDLE, |seconds| Duration::from_secs(seconds.into()));
    let made = world.isolate(&origin, config, make.name, idle);
    let cell = made.map_err(|error| match error {
        IsolateError::Random(error) => Refusal::internal(&error.to_string()),
        IsolateError::TooMany(_) => Violations::of("body", format!("Not made: {error}.")).into(),
        IsolateError::Taken => Violations::of("name", format!("Not made: {error}.")).into(),
    })?;
    let tenant = Tenant { world, cell };
    let mut projects = Map::new();
    let mut passphrases = Map::new();
    for project in tenant.projects() {
        projects.insert(project.slug.clone(), json!(project.managed));
        if project.passphrase.is_some() || !project.older_passphrases.is_empty() {
            let of_project = json!({
                "passphrase": project.passphrase,
                "older_passphrases": project.older_passphrases,
            });
            passphrases.insert(project.slug, of_project);
        }
    }
    Ok(Answer::created(&json!({
        "organization": tenant.ulid(),
        "tokens": tenant.tokens(),
        "projects": projects,
        "passphrases": passphrases,
        "idle_seconds": idle.as_secs(),
    })))
}

pub(super) async fn list(State(world): State<Arc<World>>) -> Answer {
    let cells = world.cells();
    let rows: Vec<Value> = cells
        .iter()
        .map(|cell| {
            let organization = cell.state.read();
            json!({
                "organization": organization.ulid,
                "isolated": cell.isolated.is_some(),
                "name": cell.isolated.as_ref().and_then(|isolated| isolated.name.clone()),
                "projects": organization.projects.len(),
            })
        })
        .collect();
    Answer::ok(&json!({"organizations": rows}))
}

pub(super) async fn remove(Input(world, whose): Input<Whose>) -> Result<Answer, Refusal> {
    let cell = organization(&world, &whose.token)?;
    if cell.isolated.is_none() {
        let message =
            "The token field is that of an organization of the fixture: reset it instead.";
        return Err(Violations::of("token", message).into());
    }
    Tenant { world, cell }.remove();
    Ok(Answer::empty())
}
