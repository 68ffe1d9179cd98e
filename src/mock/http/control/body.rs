//! What calls of the control API have in common: how their bodies are read, and how they are answered.

use std::sync::Arc;

use axum::extract::{FromRequest, Request};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::contract::error::Code;
use crate::contract::limit;
use crate::contract::violation::Violations;
use crate::mock::http::response::SOON;
use crate::mock::http::whole;
use crate::mock::service::Answer;
use crate::mock::{Cell, Message, Refusal, World};

/// What a call gets: the mock, and the parsed body. A body that is too long, late or not what the call takes is refused.
pub(super) struct Input<T>(pub(super) Arc<World>, pub(super) T);

impl<T: DeserializeOwned> FromRequest<Arc<World>> for Input<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, world: &Arc<World>) -> Result<Self, Refusal> {
        let body = request.into_body();
        let bytes = whole::read(body, limit::SMALL_BODY_BYTES, limit::BODY_TIME).await?;
        // No body, `null` and `[]` name no member, as `{}` does: what clients send for nothing differs by language.
        let bytes = match bytes.trim_ascii() {
            b"" | b"null" | b"[]" => b"{}",
            bytes => bytes,
        };
        let body = serde_json::from_slice(bytes).map_err(|error| not_taken(&error))?;
        Ok(Self(Arc::clone(world), body))
    }
}

pub(super) fn not_taken(error: &serde_json::Error) -> Refusal {
    let message = format!("The body is not what this call takes: {error}.");
    Refusal::new(Code::MalformedJson, Message::foreign(message))
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let json = [(header::CONTENT_TYPE, "application/json")];
        (status, json, self.body.unwrap_or_default()).into_response()
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = Answer::of(self.status(), &self.body()).into_response();
        if self.code() == Some(Code::Overloaded) {
            response.headers_mut().insert(header::RETRY_AFTER, SOON);
        }
        response
    }
}

/// Names an organization by one of its tokens.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Whose {
    pub(super) token: String,
}

/// The organization that a token belongs to.
pub(super) fn organization(world: &World, token: &str) -> Result<Arc<Cell>, Refusal> {
    world.of_bearer(token).ok_or_else(|| {
        let message = "The token field is not the token of any organization here.";
        Violations::of("token", message).into()
    })
}
