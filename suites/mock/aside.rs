//! Paths of the API's host that are not the API: telemetry and OAuth.

use std::time::Duration;

use keyproof::mock::{Clock, Limits};
use serde_json::json;

use super::support::{Call, Mock, builder, claims};

claims!(
    telemetry_is_taken_from_anybody,
    telemetry_has_a_limit_of_its_own,
    telemetry_is_only_sent,
    oauth_says_that_it_is_not_there,
);

const TELEMETRY: &str = "/api/v1/cli/telemetry";

fn event() -> Call {
    let event = json!({
        "version": "1.0.0", "os": "linux", "arch": "amd64", "command": "push", "duration": 12,
        "success": true, "anonymous_id": "a",
    });
    Call::new("POST", TELEMETRY).json(event)
}

async fn telemetry_is_taken_from_anybody() {
    let mock = Mock::start().await;
    for call in [event(), event().without("authorization"), event().body("{")] {
        assert_eq!(mock.send(call).await.ok(), json!({"success": true}));
    }
}

async fn telemetry_has_a_limit_of_its_own() {
    let clock = Clock::driven("2026-07-01T00:00:00Z".parse().unwrap());
    let mock = Mock::of(builder().limits(Limits::Live).clock(clock.clone())).await;
    for left in (0..60).rev() {
        let answer = mock.send(event()).await;
        answer.ok();
        assert_eq!(answer.header("x-ratelimit-remaining"), left.to_string());
    }
    let answer = mock.send(event()).await;
    answer.refused(429, "rate_limited");
    assert_eq!(answer.header("retry-after"), "60");
    let api = mock.get("my-app").await;
    assert_eq!(api.header("x-ratelimit-remaining"), "99");
    clock.advance(Duration::from_secs(60));
    mock.send(event()).await.ok();
}

async fn telemetry_is_only_sent() {
    let mock = Mock::start().await;
    let read = mock.get(TELEMETRY).await;
    read.refused(405, "method_not_allowed");
    assert_eq!(read.header("allow"), "POST, OPTIONS");
    mock.send(Call::new("OPTIONS", TELEMETRY)).await.status(204);
}

async fn oauth_says_that_it_is_not_there() {
    let mock = Mock::start().await;
    for (path, error) in [
        ("/api/oauth/token", "unsupported_grant_type"),
        ("/api/oauth/revoke", "unsupported_token_type"),
        ("/api/oauth/authorize", "unsupported_grant_type"),
    ] {
        let call = Call::new("POST", path).without("authorization");
        let answer = mock.send(call.json(json!({"grant_type": "refresh_token"}))).await;
        let body = answer.status(400);
        assert_eq!(body["error"], error, "{path}");
        let why = body["error_description"].as_str().unwrap();
        assert!(why.contains("no OAuth") && why.contains("API token"), "{why}");
        assert_eq!(body.as_object().unwrap().len(), 2, "no other envelope");
    }
}
