//! The order of checks: of two mistakes the earlier stage's is told, and the trace names it.

use std::time::Duration;

use keyproof::mock::{Clock, Limits, Passage, Stage};
use serde_json::json;

use super::support::{Call, ClientKey, Direct, OTHER, builder, claims, token, trace_of};

claims!(
    of_two_mistakes_the_earlier_stage_tells,
    a_request_that_succeeds_has_passed_its_stages_in_order,
    a_project_in_the_body_is_looked_up_after_the_body,
    a_scope_that_depends_on_the_body_is_told_as_one,
    a_limited_token_is_told_of_the_limit_before_anything_else,
    every_stage_names_the_decision_that_it_rests_on,
);

/// Drives a call and compares where it was refused, with what, after which stages.
async fn refused(direct: &Direct, call: Call, stage: Stage, code: u16, because: &str) {
    let response = direct.response(call).await;
    assert_eq!(response.status().as_u16(), code, "{stage:?}");
    let (stages, last) = trace_of(&response);
    assert_eq!(stages.last(), Some(&stage), "{stages:?}");
    let expected = Passage::Refused { status: code, reason: because.to_owned() };
    assert_eq!(last, Some(expected));
    ordered(&stages, &Stage::ORDER);
}

#[track_caller]
fn ordered(stages: &[Stage], order: &[Stage]) {
    let places: Vec<_> =
        stages.iter().map(|stage| order.iter().position(|entry| entry == stage).unwrap()).collect();
    assert!(places.is_sorted_by(|one, other| one < other), "{stages:?}");
}

/// One call that breaks every rule from `first` on, as far as one request can.
fn breaks_from(first: Stage) -> Call {
    let from = |stage: Stage| {
        let place = |stage| Stage::ORDER.iter().position(|entry| *entry == stage).unwrap();
        place(first) <= place(stage)
    };
    let organization = if from(Stage::Organization) { OTHER } else { super::support::ULID };
    let project = match () {
        () if from(Stage::Project) => "nowhere",
        // A custody that fits, so that what comes later can be broken.
        () if from(Stage::Custody) => "my-app",
        () => "my-vault",
    };
    let path = format!("/api/v1/{organization}/{project}/secrets/re-encrypt-history");
    let method = if from(Stage::Route) { "PATCH" } else { "POST" };
    let mut call = Call::new(method, &path);
    if from(Stage::ApiVersion) {
        call = call.header("x-api-version", "2");
    }
    call = match () {
        () if from(Stage::Token) => call.by("expired"),
        () if from(Stage::Scope) => call.by("key_retrieve"),
        () => call,
    };
    let unknown = json!({"versions": [{"id": 999, "content": "x"}], "key_proof": "x"});
    match () {
        () if from(Stage::Format) => call.header("content-type", "text/plain").body("{"),
        () if from(Stage::Body) => call.json(json!({"versions": [], "key_proof": "x"})),
        () => call.json(unknown),
    }
}

async fn of_two_mistakes_the_earlier_stage_tells() {
    let direct = Direct::of(builder());
    let rows = [
        (Stage::Route, 405, "method_not_allowed"),
        (Stage::ApiVersion, 400, "unsupported_api_version"),
        (Stage::Token, 401, "unauthenticated"),
        (Stage::Organization, 404, "not_found"),
        (Stage::Scope, 403, "insufficient_permissions"),
        (Stage::Project, 404, "not_found"),
        (Stage::Custody, 400, "server_managed_encryption"),
        (Stage::Format, 415, "unsupported_media_type"),
        (Stage::Body, 422, "The versions field must have 1 to 100 items."),
    ];
    for (stage, code, reason) in rows {
        refused(&direct, breaks_from(stage), stage, code, reason).await;
    }
    let wrong_proof = breaks_from(Stage::Proof);
    let reason = "key_proof_mismatch";
    refused(&direct, wrong_proof, Stage::Proof, 422, reason).await;
    let key = ClientKey::new("p");
    let mut made = key.project();
    made["name"] = "vault".into();
    direct.post("projects", made).await.status(201);
    let body = json!({"versions": [{"id": 999, "content": "x"}], "key_proof": key.proof});
    let call = Call::new("POST", "vault/secrets/re-encrypt-history").json(body);
    let reason = "The versions.0.id field is not a version of this project.";
    refused(&direct, call, Stage::State, 422, reason).await;
}

async fn a_request_that_succeeds_has_passed_its_stages_in_order() {
    let direct = Direct::of(builder());
    let rows: [(Call, &[Stage]); 3] = [
        (Call::new("GET", "my-app/encryption-key"), &[Stage::Custody]),
        (
            Call::new("POST", "my-app/encryption-key/rotate"),
            &[Stage::Custody, Stage::Format, Stage::Body, Stage::Held],
        ),
        (
            Call::new("POST", "my-new-vault/secrets/rotate-client-keys")
                .json(ClientKey::new("p").rotation(&[])),
            &[Stage::Custody, Stage::Format, Stage::Body, Stage::Held, Stage::State],
        ),
    ];
    let first = [
        Stage::Route,
        Stage::ApiVersion,
        Stage::Token,
        Stage::RateLimit,
        Stage::Organization,
        Stage::Status,
        Stage::Scope,
        Stage::Project,
    ];
    for (call, rest) in rows {
        let response = direct.response(call).await;
        assert_eq!(response.status(), 200);
        let (stages, last) = trace_of(&response);
        assert_eq!(stages, [&first, rest].concat());
        assert_eq!(last, Some(Passage::Passed));
    }
}

async fn a_project_in_the_body_is_looked_up_after_the_body() {
    let direct = Direct::of(builder());
    let rows = [
        (json!({"project": "nowhere"}), Stage::Body, 422),
        (json!({"project": "nowhere", "content": "x"}), Stage::Project, 404),
        (json!({"project": "my-vault", "target": "no", "content": "x"}), Stage::Project, 404),
        (json!({"project": "my-vault", "content": "x"}), Stage::Proof, 422),
    ];
    for (body, stage, code) in rows {
        let response = direct.response(Call::new("POST", "secrets/store").json(body)).await;
        assert_eq!(response.status().as_u16(), code);
        let (stages, _) = trace_of(&response);
        assert_eq!(stages.last(), Some(&stage));
        ordered(&stages, &Stage::ORDER_WITH_PROJECT_IN_BODY);
    }
}

async fn a_scope_that_depends_on_the_body_is_told_as_one() {
    let direct = Direct::of(builder());
    let keys = format!("/api/v1/organizations/{}/api-keys", super::support::ULID);
    let mint = json!({"name": "x", "abilities": ["secret:write", "api-token:create"]});
    let made = direct.post(&keys, mint).await.status(201);
    let bearer = made["token"]["token"].as_str().unwrap();
    let purge = json!({"project": "nowhere", "no_backup": true, "confirmed": true});
    let rows = [
        ("secrets/delete", json!({"no_backup": true}), Stage::Body, 422),
        ("secrets/delete", purge, Stage::Scope, 403),
        (
            &keys,
            json!({"name": "x", "abilities": ["*"], "expires_at": "2020-01-01T00:00:00Z"}),
            Stage::Scope,
            403,
        ),
        (
            &keys,
            json!({"name": "x", "abilities": ["secret:write"], "expires_at": "2020-01-01T00:00:00Z"}),
            Stage::State,
            422,
        ),
    ];
    for (path, body, stage, code) in rows {
        let call = Call::new("POST", path).bearer(bearer).json(body);
        let response = direct.response(call).await;
        assert_eq!(response.status().as_u16(), code, "{stage:?}");
        let (stages, last) = trace_of(&response);
        assert_eq!(stages.last(), Some(&stage));
        assert!(matches!(last, Some(Passage::Refused { status, .. }) if status == code));
    }
}

async fn a_limited_token_is_told_of_the_limit_before_anything_else() {
    let clock = Clock::driven("2026-07-01T00:00:00Z".parse().unwrap());
    let direct = Direct::of(builder().limits(Limits::Live).clock(clock.clone()));
    for _ in 0..100 {
        direct.get("my-app").await.ok();
    }
    let call = || breaks_from(Stage::Organization);
    refused(&direct, call(), Stage::RateLimit, 429, "rate_limited").await;
    let unknown = call().bearer(&format!("{}x", token("full")));
    refused(&direct, unknown, Stage::Token, 401, "unauthenticated").await;
    clock.advance(Duration::from_secs(60));
    refused(&direct, call(), Stage::Organization, 404, "not_found").await;
}

async fn every_stage_names_the_decision_that_it_rests_on() {
    let rows = [
        (Stage::Route, "methods, paths"),
        (Stage::ApiVersion, "X-API-Version"),
        (Stage::Token, "401"),
        (Stage::RateLimit, "rate limits"),
        (Stage::Organization, "404 unknown project; other organization"),
        (Stage::Status, "non-active organization"),
        (Stage::Scope, "403"),
        (Stage::Project, "404 unknown project; other organization"),
        (Stage::Format, "malformed JSON; wrong media type"),
        (Stage::Held, "409 (C-25)"),
    ];
    for (stage, row) in rows {
        assert_eq!(stage.decision(), row);
    }
    for (stage, part) in [
        (Stage::Custody, "encryption-key/rotate on client custody"),
        (Stage::Body, "proof fields"),
        (Stage::Proof, "wrong key_proof on a write"),
        (Stage::State, "rotate-client-keys completeness"),
    ] {
        assert!(stage.decision().contains(part));
    }
    let mut sorted = Stage::ORDER_WITH_PROJECT_IN_BODY;
    sorted.sort_by_key(|stage| Stage::ORDER.iter().position(|entry| entry == stage));
    assert_eq!(sorted, Stage::ORDER, "the same stages in another order");
}
