//! `/_mock/state`: what the mock holds, as JSON. It has every key and token in it: it is for files of the
//! one who runs the mock, not for logs.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;

use super::body::{Reply, not_taken, organization, read, respond};
use crate::contract::limit;
use crate::contract::request::Shape;
use crate::contract::violation::Violations;
use crate::mock::http::sieve::{self, Unread};
use crate::mock::http::whole;
use crate::mock::keep::{restored, saved};
use crate::mock::memory::Reservation;
use crate::mock::refusal::Refusal;
use crate::mock::service::Answer;
use crate::mock::world::World;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Whose {
    /// A token of the organization; all of them, without it.
    token: Option<String>,
}

pub(super) async fn dump(State(world): State<Arc<World>>, body: Body) -> Response {
    respond(dumped(&world, body).await)
}

async fn dumped(world: &World, body: Body) -> Reply {
    let whose: Whose = read(body).await?;
    let cells = match &whose.token {
        Some(token) => vec![organization(world, token)?],
        None => world.cells(),
    };
    let saved = move || {
        Answer::ok(&saved::document(&cells.iter().map(|cell| cell.save()).collect::<Vec<_>>()))
    };
    whole::work(usize::MAX, saved).await
}

pub(super) async fn restore(State(world): State<Arc<World>>, request: Request) -> Response {
    respond(restored(world, request).await)
}

async fn restored(world: Arc<World>, request: Request) -> Reply {
    let (head, body) = request.into_parts();
    let bytes = whole::read(body, limit::BODY_BYTES, limit::BODY_TIME).await?;
    let held = head.extensions.get::<Reservation>().cloned();
    let put_back = move || put_back(&world, &bytes, held.as_ref());
    whole::work(usize::MAX, put_back).await.flatten()
}

fn put_back(world: &Arc<World>, bytes: &[u8], held: Option<&Reservation>) -> Reply {
    let document = sieve::read(bytes, &Shape::Whole, held).map_err(|unread| match unread {
        Unread::Full => whole::full(),
        Unread::Json(error) => not_taken(&error),
    })?;
    let organizations = restored::read(document).map_err(|wrong| {
        Refusal::from(Violations::of("body", format!("The state is not put back: {wrong}.")))
    })?;
    let count = organizations.len();
    for (saved, organization, limiter) in organizations {
        let cell = world.restore(&saved, organization, limiter);
        world.resume(&cell);
    }
    Ok(Answer::ok(&json!({"organizations": count})))
}
