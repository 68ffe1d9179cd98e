//! Who may ask, and what they are told of what is not theirs.

use std::time::Duration;

use keyproof::contract::route::{ROUTES, Route};
use keyproof::mock::Clock;
use serde_json::json;

use super::support::{ClientKey, Mock, OTHER, ULID, blob, builder, claims, token};

claims!(
    without_a_known_token_it_is_401_with_a_challenge,
    a_token_is_refused_from_its_last_moment_on,
    a_missing_scope_is_403_and_changes_nothing,
    every_token_reads_its_own_organization,
    each_limited_token_reaches_what_its_ability_names,
    a_client_rotation_takes_any_token_that_writes,
    another_organization_is_404_in_every_form,
    an_unknown_project_is_404_on_every_route,
    the_token_decides_between_two_organizations_of_one_ulid,
    a_ulid_is_the_same_in_either_case,
);

const API_KEYS: &str = "/api/v1/organizations/01ARZ3NDEKTSV4RRFFQ69G5FAV/api-keys";
const API_KEY: &str = "/api/v1/organizations/01ARZ3NDEKTSV4RRFFQ69G5FAV/api-keys/1";
const ROTATE_API_KEY: &str = "/api/v1/organizations/01ARZ3NDEKTSV4RRFFQ69G5FAV/api-keys/1/rotate";

async fn without_a_known_token_it_is_401_with_a_challenge() {
    let mock = Mock::start().await;
    let call = || mock.call("GET", "my-app/encryption-key");
    let basic = format!("Basic {}", token("full"));
    let unknown = format!("{}x", token("full"));
    let calls = [
        call().without("authorization"),
        call().header("authorization", ""),
        call().header("authorization", "Bearer"),
        call().header("authorization", &token("full")),
        call().header("authorization", &basic),
        call().bearer(""),
        call().bearer(&unknown),
        call().by("expired"),
    ];
    for call in calls {
        let answer = mock.send(call).await;
        answer.status(401);
        assert_eq!(answer.text, r#"{"error":"unauthenticated","message":"Unauthenticated."}"#);
        assert_eq!(answer.header("www-authenticate"), "Bearer");
        assert_eq!(answer.header("x-ratelimit-limit"), "", "an unknown bearer has no bucket");
    }
    let lower = format!("bearer {}", token("full"));
    mock.send(call().header("authorization", &lower)).await.ok();
}

async fn a_token_is_refused_from_its_last_moment_on() {
    let clock = Clock::driven("2026-06-01T23:59:59Z".parse().unwrap());
    let mock = Mock::of(builder().clock(clock.clone())).await;
    let call = || mock.call("GET", "my-app/encryption-key").by("expired");
    mock.send(call()).await.ok();
    clock.advance(Duration::from_secs(1));
    mock.send(call()).await.refused(401, "unauthenticated");
}

/// What every token may read.
const OPEN_TO_ALL: [&str; 3] = ["/api/v1/organizations", "/api/v1/organization", "/api/v1/user"];

const ORGANIZATION: &str = "/api/v1/organizations/01ARZ3NDEKTSV4RRFFQ69G5FAV";

async fn every_token_reads_its_own_organization() {
    let mock = Mock::start().await;
    for path in OPEN_TO_ALL {
        for name in ["full", "read_only", "key_retrieve", "key_rotate"] {
            mock.send(mock.call("GET", path).by(name)).await.ok();
        }
        let expired = mock.call("GET", path).by("expired");
        mock.send(expired).await.refused(401, "unauthenticated");
    }
    let others = mock.call("GET", ORGANIZATION).by("other_organization");
    mock.send(others).await.refused(404, "not_found");
}

async fn a_missing_scope_is_403_and_changes_nothing() {
    let mock = Mock::start().await;
    let before = mock.get("my-app/encryption-key/history").await.ok();
    let rows = [
        ("GET", "my-app/encryption-key", "read_only"),
        ("GET", "my-app/encryption-key/history", "key_rotate"),
        ("POST", "my-app/encryption-key/rotate", "key_retrieve"),
        ("POST", "my-vault/secrets/rotate-client-keys", "read_only"),
        ("POST", "my-vault/secrets/rotate-client-keys", "key_retrieve"),
        ("POST", "my-vault/secrets/re-encrypt-history/pending", "key_retrieve"),
        ("POST", "my-vault/secrets/re-encrypt-history", "read_only"),
        ("POST", "secrets/store", "key_rotate"),
        ("POST", "secrets/versions", "read_only"),
        ("GET", "secrets/versions/11", "read_only"),
        ("GET", "my-app/secrets", "key_retrieve"),
        ("GET", "my-app/backend/secrets", "key_rotate"),
        ("GET", "my-app/backend/production/secrets", "key_rotate"),
        ("POST", "secrets/retrieve", "key_rotate"),
        ("GET", "projects", "key_rotate"),
        ("POST", "projects", "read_only"),
        ("GET", "my-app", "key_rotate"),
        ("PUT", "my-app", "read_only"),
        ("PATCH", "my-app", "read_only"),
        ("DELETE", "my-app", "read_only"),
        ("GET", "my-app/targets", "key_rotate"),
        ("POST", "my-app/targets", "read_only"),
        ("GET", "my-app/backend", "key_rotate"),
        ("PUT", "my-app/backend", "read_only"),
        ("PATCH", "my-app/backend", "read_only"),
        ("DELETE", "my-app/backend", "read_only"),
        ("GET", "my-app/backend/environments", "key_rotate"),
        ("POST", "my-app/backend/environments", "read_only"),
        ("PUT", "my-app/backend/production", "read_only"),
        ("PATCH", "my-app/backend/production", "read_only"),
        ("DELETE", "my-app/backend/production", "read_only"),
        ("GET", ORGANIZATION, "key_rotate"),
        ("GET", "my-app/backend/production", "key_rotate"),
        ("POST", "secrets/delete", "read_only"),
        ("POST", "secrets/versions/11/restore", "read_only"),
        ("DELETE", "secrets/versions/11", "read_only"),
        ("POST", "secrets/versions/purge", "read_only"),
        ("GET", API_KEYS, "read_only"),
        ("POST", API_KEYS, "read_only"),
        ("GET", API_KEY, "key_rotate"),
        ("PUT", API_KEY, "read_only"),
        ("PATCH", API_KEY, "read_only"),
        ("DELETE", API_KEY, "key_rotate"),
        ("POST", ROTATE_API_KEY, "read_only"),
    ];
    for (method, path, name) in rows {
        let answer = mock.send(mock.call(method, path).by(name)).await;
        answer.refused(403, "insufficient_permissions");
    }
    for route in ROUTES.iter().filter(|route| !OPEN_TO_ALL.contains(&route.path)) {
        let name = without_scope(route);
        let answer = mock.send(mock.call(route.method.name(), &sample_path(route)).by(name)).await;
        answer.refused(403, "insufficient_permissions");
    }
    assert_eq!(mock.get("my-app/encryption-key/history").await.ok(), before);
}

/// A token whose one ability is not what the route asks for. A route that any token may call is in [`OPEN_TO_ALL`].
fn without_scope(route: &Route) -> &'static str {
    let limited = [("key_rotate", "key:rotate"), ("key_retrieve", "key:retrieve")];
    let refused = |(_, ability): &(&str, &str)| !route.scope.allows(&[(*ability).to_owned()]);
    limited.into_iter().find(refused).unwrap_or_else(|| panic!("{} is open", route.path)).0
}

/// The path of a route with what the default organization has.
fn sample_path(route: &Route) -> String {
    let samples = [
        ("{organization}", ULID),
        ("{project}", "my-app"),
        ("{target}", "backend"),
        ("{environment}", "production"),
        ("{version}", "11"),
        ("{api_key}", "1"),
    ];
    samples
        .iter()
        .fold(route.path.to_owned(), |path, (parameter, value)| path.replace(parameter, value))
}

async fn each_limited_token_reaches_what_its_ability_names() {
    let mock = Mock::start().await;
    let rows = [
        ("GET", "my-app/encryption-key", "key_retrieve"),
        ("GET", "my-app/encryption-key/history", "key_retrieve"),
        ("POST", "my-app/encryption-key/rotate", "key_rotate"),
        ("POST", "my-vault/secrets/re-encrypt-history/pending", "key_rotate"),
        ("GET", "my-app/backend/production/secrets", "read_only"),
        ("GET", "projects", "read_only"),
        ("GET", "my-app/backend", "read_only"),
        ("GET", "my-app/backend/production", "read_only"),
    ];
    for (method, path, name) in rows {
        mock.send(mock.call(method, path).by(name)).await.ok();
    }
}

async fn a_client_rotation_takes_any_token_that_writes() {
    let mock = Mock::start().await;
    for (name, passphrase) in [("key_rotate", "one"), ("full", "two")] {
        let body = ClientKey::new(passphrase).rotation(&[]);
        let call = mock.call("POST", "my-new-vault/secrets/rotate-client-keys").by(name);
        assert_eq!(mock.send(call.json(body)).await.ok()["data"]["count"], 0);
    }
}

async fn another_organization_is_404_in_every_form() {
    let mock = Mock::start().await;
    let paths = [
        format!("/api/v1/{OTHER}/theirs/encryption-key"),
        format!("/api/v1/{OTHER}/theirs/secrets"),
        format!("/api/v1/{OTHER}/projects"),
        format!("/api/v1/organizations/{OTHER}/projects/theirs/encryption-key"),
        format!("/api/v1/{ULID}/theirs/encryption-key"),
    ];
    for path in paths {
        let answer = mock.get(&path).await;
        answer.refused(404, "not_found");
        assert!(!answer.text.contains("theirs"), "{}", answer.text);
    }
    let store = json!({"project": "theirs", "content": blob("x")});
    mock.post("secrets/store", store).await.refused(404, "not_found");
    let rotate = format!("/api/v1/{OTHER}/theirs/encryption-key/rotate");
    mock.send(mock.call("POST", &rotate)).await.refused(404, "not_found");
    let history = format!("/api/v1/{OTHER}/theirs/encryption-key/history");
    let own = mock.send(mock.call("GET", &history).by("other_organization")).await.ok();
    assert_eq!(own["data"].as_array().unwrap().len(), 1, "nobody rotated it");
    // A version row of another organization of the same ULID.
    mock.get("secrets/versions/42").await.refused(404, "not_found");
    let call = mock.call("GET", "secrets/versions/42").by("seed_client");
    mock.send(call).await.ok();
}

async fn an_unknown_project_is_404_on_every_route() {
    let mock = Mock::start().await;
    let rows = [
        ("GET", "nowhere/encryption-key"),
        ("GET", "nowhere/encryption-key/history"),
        ("POST", "nowhere/encryption-key/rotate"),
        ("POST", "nowhere/secrets/rotate-client-keys"),
        ("POST", "nowhere/secrets/re-encrypt-history/pending"),
        ("POST", "nowhere/secrets/re-encrypt-history"),
        ("GET", "nowhere/secrets"),
        ("GET", "my-app/nowhere/secrets"),
        ("GET", "my-app/backend/nowhere/secrets"),
        ("GET", "nowhere"),
        ("DELETE", "nowhere"),
        ("POST", "nowhere/targets"),
        ("GET", "my-app/nowhere"),
        ("POST", "my-app/nowhere/environments"),
        ("GET", "my-app/backend/nowhere"),
    ];
    for (method, path) in rows {
        mock.send(mock.call(method, path)).await.refused(404, "not_found");
    }
    let bodies = [
        json!({"project": "nowhere", "content": "x"}),
        json!({"project": "my-app", "target": "nowhere", "content": "x"}),
        json!({"project": "my-app", "target": "backend", "environment": "nowhere", "content": "x"}),
    ];
    for body in bodies {
        for path in ["secrets/store", "secrets/versions", "secrets/delete"] {
            mock.post(path, body.clone()).await.refused(404, "not_found");
        }
    }
}

async fn the_token_decides_between_two_organizations_of_one_ulid() {
    let mock = Mock::start().await;
    for (name, custody) in [("full", "server"), ("seed_client", "client")] {
        let answer = mock.send(mock.call("GET", "my-app").by(name)).await.ok();
        assert_eq!(answer["data"]["attributes"]["encryption_type"], custody);
    }
    let deleted = mock.send(mock.call("DELETE", "my-app").by("seed_client")).await;
    assert_eq!((deleted.code, deleted.text.as_str()), (204, ""));
    mock.get("my-app").await.ok();
}

async fn a_ulid_is_the_same_in_either_case() {
    let mock = Mock::start().await;
    let lower = ULID.to_lowercase();
    for path in [
        format!("/api/v1/{lower}/my-app/encryption-key"),
        format!("/api/v1/organizations/{lower}/projects/my-app/encryption-key"),
    ] {
        mock.get(&path).await.ok();
    }
    let slug = mock.get("My-App/encryption-key").await;
    slug.refused(404, "not_found");
}
