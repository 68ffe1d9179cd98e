//! Paths of the API's host that are not the API: telemetry, which is accepted and dropped, and OAuth, which is refused.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::Method;
use axum::response::Response;
use axum::routing::{any, post};
use parking_lot::Mutex;
use serde_json::json;

use super::admission::Visit;
use super::cors;
use crate::contract::error::Code;
use crate::contract::limit::Bucket;
use crate::mock::rate_limit::{RateLimiter, Rule};
use crate::mock::service::Answer;
use crate::mock::{Limits, Message, Refusal, Stage, World};

/// How many events are accepted in a minute. The published server counts by address, this one all together.
const TELEMETRY: Rule = Rule {
    limit: 60,
    window: Duration::from_secs(60),
    slides: false,
    each_project: false,
    also: None,
};

pub(super) fn router() -> Router<Arc<World>> {
    let sent = Arc::new(Mutex::new(RateLimiter::default()));
    let telemetry = move |state: State<Arc<World>>| telemetry(state, Arc::clone(&sent));
    Router::new()
        .route("/api/v1/cli/telemetry", post(telemetry).fallback(not_of_telemetry))
        .route("/api/oauth/{*what}", any(oauth))
}

/// Accepts an event and drops it. No token is needed.
async fn telemetry(State(world): State<Arc<World>>, sent: Arc<Mutex<RateLimiter>>) -> Response {
    let now = world.clock.now();
    let quota = match world.config.limits {
        Limits::Off => TELEMETRY.unused(now),
        Limits::Live => sent.lock().count((Bucket::Api, ""), TELEMETRY, now),
    };
    let mut visit = Visit::nowhere(&world, false);
    visit.quota = Some(quota);
    let result = match quota.retry_after {
        None => Ok(Answer::ok(&json!({"success": true}))),
        Some(seconds) => {
            let message = format!("Too many events: wait {seconds} seconds.");
            Err(Refusal::new(Code::RateLimited, Message::own(message)))
        }
    };
    let result = visit.trace.check(Stage::RateLimit, result);
    visit.respond(result)
}

async fn not_of_telemetry(State(world): State<Arc<World>>, request: Request) -> Response {
    let mut visit = Visit::nowhere(&world, false);
    if request.method() == Method::OPTIONS {
        return visit.preflight(Some(TELEMETRY_METHODS.to_owned()));
    }
    let method = Message::foreign(request.method().as_str());
    visit.allow = Some(TELEMETRY_METHODS.to_owned());
    let message = method.and(" is not a method of this path.");
    visit.refuse(Refusal::new(Code::MethodNotAllowed, message))
}

const TELEMETRY_METHODS: &str = "POST, OPTIONS";

/// Refuses OAuth, in the envelope and with a code that its clients know.
async fn oauth(State(world): State<Arc<World>>, request: Request) -> Response {
    let visit = Visit::nowhere(&world, false);
    if cors::is_preflight(&request) {
        return visit.preflight(None);
    }
    let is_revocation = request.uri().path().ends_with("/revoke");
    let error = if is_revocation { "unsupported_token_type" } else { "unsupported_grant_type" };
    visit.respond(Ok(Answer::of(
        400,
        &json!({
            "error": error,
            "error_description": "This mock has no OAuth: send an API token of one of its organizations as the bearer.",
        }),
    )))
}
