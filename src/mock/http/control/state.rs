//! `/_mock/state`: what the mock holds, as JSON. It has every key and token in it: it is for files of the
//! one who runs the mock, not for logs.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Reply, organization, parse, respond};
use crate::contract::limit;
use crate::contract::violation::Violations;
use crate::mock::http::whole;
use crate::mock::refusal::Refusal;
use crate::mock::service::Answer;
use crate::mock::state;
use crate::mock::world::World;

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Whose {
    /// A token of the organization; all of them, without it.
    token: Option<String>,
}

pub(super) async fn dump(State(world): State<Arc<World>>, body: Body) -> Response {
    respond(dumped(&world, body).await)
}

async fn dumped(world: &World, body: Body) -> Reply {
    let bytes = super::bounded(body).await?;
    let whose: Whose = match bytes.is_empty() {
        true => Whose::default(),
        false => parse(&bytes)?,
    };
    let cells = match &whose.token {
        Some(token) => vec![organization(world, token)?],
        None => world.cells(),
    };
    Ok(Answer::ok(&state::save(cells.iter().map(|cell| &**cell))))
}

pub(super) async fn restore(State(world): State<Arc<World>>, body: Body) -> Response {
    respond(restored(&world, body).await)
}

async fn restored(world: &Arc<World>, body: Body) -> Reply {
    let bytes = whole::read(body, limit::BODY_BYTES, limit::BODY_TIME).await?;
    let document: Value = parse(&bytes)?;
    let organizations = state::read(document).map_err(|wrong| {
        Refusal::from(Violations::of(
            "body",
            format!("The state is not put back: {wrong}."),
        ))
    })?;
    let count = organizations.len();
    for (saved, organization, limiter) in organizations {
        let cell = world.restore(&saved, organization, limiter);
        world.resume(&cell);
    }
    Ok(Answer::ok(&json!({"organizations": count})))
}
