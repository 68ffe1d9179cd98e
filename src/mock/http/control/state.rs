//! `/_mock/state`: what the mock holds, as JSON. Every key and token is in it, so that it is no text for logs.

use std::sync::Arc;

use axum::extract::{Request, State};
use serde::Deserialize;
use serde_json::json;

use super::body::{Input, not_taken, organization};
use crate::contract::limit;
use crate::contract::request::Shape;
use crate::contract::violation::Violations;
use crate::mock::http::sieve::{self, Unread};
use crate::mock::http::whole;
use crate::mock::keep::{restored, saved};
use crate::mock::memory::Reservation;
use crate::mock::service::Answer;
use crate::mock::{Refusal, World};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Whose {
    /// A token of the organization; all of them, without it.
    token: Option<String>,
}

pub(super) async fn dump(Input(world, whose): Input<Whose>) -> Result<Answer, Refusal> {
    let cells = match &whose.token {
        Some(token) => vec![organization(&world, token)?],
        None => world.cells(),
    };
    let saved = move || {
        Answer::ok(&saved::document(&cells.iter().map(|cell| cell.save()).collect::<Vec<_>>()))
    };
    whole::work(usize::MAX, saved).await
}

pub(super) async fn restore(
    State(world): State<Arc<World>>,
    request: Request,
) -> Result<Answer, Refusal> {
    let (head, body) = request.into_parts();
    let bytes = whole::read(body, limit::BODY_BYTES, limit::BODY_TIME).await?;
    let memory = head.extensions.get::<Reservation>().cloned();
    let put_back = move || put_back(&world, &bytes, memory.as_ref());
    whole::work(usize::MAX, put_back).await.flatten()
}

fn put_back(
    world: &Arc<World>,
    bytes: &[u8],
    memory: Option<&Reservation>,
) -> Result<Answer, Refusal> {
    let document = sieve::read(bytes, &Shape::Whole, memory).map_err(|unread| match unread {
        Unread::Full => whole::full(),
        Unread::Json(error) => not_taken(&error),
    })?;
    let organizations = restored::read(document).map_err(|wrong| {
        Refusal::from(Violations::of("body", format!("The state is not put back: {wrong}.")))
    })?;
    let count = organizations.len();
    for saved in organizations {
        let cell = world.restore(saved);
        world.resume(&cell);
    }
    Ok(Answer::ok(&json!({"organizations": count})))
}
