//! What calls of the control API have in common: their bodies, and their answers.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::de::DeserializeOwned;

use crate::contract::error::Code;
use crate::contract::limit;
use crate::contract::violation::Violations;
use crate::mock::cell::Cell;
use crate::mock::http::response::SOON;
use crate::mock::http::whole;
use crate::mock::message::Message;
use crate::mock::refusal::Refusal;
use crate::mock::service::Answer;
use crate::mock::world::World;

/// The answer of a call before it is HTTP.
pub(super) type Reply = Result<Answer, Refusal>;

pub(super) fn respond(reply: Reply) -> Response {
    let refused = reply.as_ref().err().and_then(Refusal::code);
    let is_overloaded = refused == Some(Code::Overloaded);
    let (status, body) = match reply {
        Ok(answer) => (answer.status, answer.body.unwrap_or_default()),
        Err(refusal) => (refusal.status(), refusal.body().to_string().into_bytes()),
    };
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let json = [(header::CONTENT_TYPE, "application/json")];
    let mut response = (status, json, body).into_response();
    if is_overloaded {
        response.headers_mut().insert(header::RETRY_AFTER, SOON);
    }
    response
}

/// The organization that a token belongs to.
pub(super) fn organization(world: &World, token: &str) -> Result<Arc<Cell>, Refusal> {
    world.of_bearer(token).ok_or_else(|| {
        let message = "The token field is not the token of any organization here.";
        Violations::of("token", message).into()
    })
}

pub(super) async fn read<T: DeserializeOwned>(body: Body) -> Result<T, Refusal> {
    parse(&whole::read(body, limit::SMALL_BODY_BYTES, limit::BODY_TIME).await?)
}

/// No body, `null` and `[]` name no member, as `{}` does: what clients send for nothing differs by language.
fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Refusal> {
    let bytes = match bytes.trim_ascii() {
        b"" | b"null" | b"[]" => b"{}",
        _ => bytes,
    };
    serde_json::from_slice(bytes).map_err(|error| not_taken(&error))
}

pub(super) fn not_taken(error: &serde_json::Error) -> Refusal {
    let message = format!("The body is not what this call takes: {error}.");
    Refusal::new(Code::MalformedJson, Message::foreign(message))
}
