//! API keys: tokens that are minted, changed, replaced and taken back.

use std::time::Duration;

use keyproof::mock::Clock;
use serde_json::{Value, json};

use super::support::{Answer, Mock, OTHER, ULID, builder, claims, token};

claims!(
    a_minted_token_works_at_once_with_exactly_its_abilities,
    a_token_is_shown_once_and_then_by_its_prefix,
    a_token_looks_like_the_live_ones_and_a_seed_repeats_it,
    it_ends_by_the_clock_of_the_mock,
    an_end_can_be_moved_and_taken_away,
    put_names_the_key_and_patch_what_it_changes,
    changed_abilities_count_at_once,
    a_deleted_token_is_401_at_once,
    a_rotated_token_is_401_at_once_and_its_key_stays,
    nobody_gives_what_they_do_not_have,
    rotating_needs_both_scopes,
    each_member_is_held_to_its_form,
    a_refusal_mints_and_changes_nothing,
    an_unknown_or_foreign_key_is_404_on_every_route,
    the_tokens_of_the_fixture_are_keys_too,
    a_reset_forgets_what_was_minted,
    the_long_form_is_the_only_one_and_no_legacy,
    minting_counts_in_the_bucket_of_the_organization,
);

fn path(rest: &str) -> String {
    format!("/api/v1/organizations/{ULID}/api-keys{rest}")
}

async fn send(mock: &Mock, method: &str, rest: &str, bearer: &str, body: Value) -> Answer {
    let call = mock.call(method, &path(rest)).bearer(bearer);
    mock.send(match body {
        Value::Null => call,
        body => call.json(body),
    })
    .await
}

/// The id and the bearer of a new key.
async fn mint(mock: &Mock, body: Value) -> (String, String) {
    let made = send(mock, "POST", "", &token("full"), body).await.status(201);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    (text(&made["api_key"]["id"]), text(&made["token"]["token"]))
}

async fn list(mock: &Mock) -> Value {
    send(mock, "GET", "", &token("full"), Value::Null).await.ok()["data"].clone()
}

async fn retrieve(mock: &Mock, bearer: &str) -> Answer {
    mock.send(mock.call("GET", "my-app/encryption-key").bearer(bearer)).await
}

async fn a_minted_token_works_at_once_with_exactly_its_abilities() {
    let mock = Mock::start().await;
    let body = json!({"name": "ci", "abilities": ["key:retrieve", "project:read"]});
    let (_, bearer) = mint(&mock, body).await;
    for (method, path, allowed) in [
        ("GET", "my-app/encryption-key", true),
        ("GET", "my-app/encryption-key/history", true),
        ("GET", "projects", true),
        ("POST", "my-app/encryption-key/rotate", false),
        ("GET", "my-app/secrets", false),
        ("POST", "my-vault/secrets/rotate-client-keys", false),
        ("DELETE", "my-app", false),
    ] {
        let answer = mock.send(mock.call(method, path).bearer(&bearer)).await;
        if allowed {
            answer.ok()
        } else {
            answer.refused(403, "insufficient_permissions")
        };
    }
    let (_, everything) = mint(&mock, json!({"name": "all", "abilities": ["*"]})).await;
    let call = mock.call("POST", "my-app/encryption-key/rotate");
    mock.send(call.bearer(&everything)).await.ok();
}

async fn a_token_is_shown_once_and_then_by_its_prefix() {
    let mock = Mock::start().await;
    let body = json!({"name": "ci", "abilities": ["secret:read"]});
    let made = send(&mock, "POST", "", &token("full"), body).await.status(201);
    let members =
        |value: &Value| -> Vec<String> { value.as_object().unwrap().keys().cloned().collect() };
    assert_eq!(members(&made), ["success", "message", "token", "api_key"]);
    assert_eq!(members(&made["token"]), ["name", "token", "abilities", "expires_at"]);
    let bearer = made["token"]["token"].as_str().unwrap();
    let id = made["api_key"]["id"].as_str().unwrap();
    let one = send(&mock, "GET", &format!("/{id}"), &token("full"), Value::Null).await;
    assert_eq!(one.ok()["data"], made["api_key"]);
    let all = list(&mock).await;
    assert_eq!(all.as_array().unwrap().last(), Some(&made["api_key"]));
    assert!(!one.text.contains(bearer) && !all.to_string().contains(bearer));
    let prefix = made["api_key"]["token_prefix"].as_str().unwrap();
    assert!(bearer.starts_with(prefix) && bearer.len() > prefix.len() + 30);
    assert_eq!(
        members(&made["api_key"]),
        ["id", "name", "abilities", "token_prefix", "expires_at", "created_at", "updated_at"]
    );
}

async fn a_token_looks_like_the_live_ones_and_a_seed_repeats_it() {
    let mut minted = Vec::new();
    for seed in [7, 7, 8] {
        let mock = Mock::of(builder().seed(seed)).await;
        let body = json!({"name": "ci", "abilities": ["*"]});
        let first = mint(&mock, body.clone()).await.1;
        let second = mint(&mock, body).await.1;
        assert_ne!(first, second);
        let random =
            first.strip_prefix(&format!("dotenv_{ULID}_")).expect("the organization's ULID");
        assert!(random.len() == 40 && random.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        minted.push([first, second]);
    }
    assert_eq!(minted[0], minted[1]);
    assert_ne!(minted[0], minted[2]);
}

async fn it_ends_by_the_clock_of_the_mock() {
    let clock = Clock::driven("2026-07-01T00:00:00.5Z".parse().unwrap());
    let mock = Mock::of(builder().clock(clock.clone())).await;
    let body = json!({
        "name": "ci", "abilities": ["key:retrieve"], "expires_at": "2026-07-01T02:01:00.9+02:00",
    });
    let (id, bearer) = mint(&mock, body).await;
    let key = send(&mock, "GET", &format!("/{id}"), &token("full"), Value::Null).await;
    assert_eq!(key.ok()["data"]["expires_at"], "2026-07-01T00:01:00Z");
    clock.advance(Duration::from_millis(59_499));
    retrieve(&mock, &bearer).await.ok();
    clock.advance(Duration::from_millis(1));
    retrieve(&mock, &bearer).await.refused(401, "unauthenticated");
    assert_eq!(list(&mock).await.as_array().unwrap().len(), 6, "it is still listed");
}

async fn an_end_can_be_moved_and_taken_away() {
    let clock = Clock::driven("2026-07-01T00:00:00Z".parse().unwrap());
    let mock = Mock::of(builder().clock(clock.clone())).await;
    let body = json!({
        "name": "ci", "abilities": ["key:retrieve"], "expires_at": "2026-07-01T00:01:00Z",
    });
    let (id, bearer) = mint(&mock, body).await;
    let one = format!("/{id}");
    clock.advance(Duration::from_secs(60));
    retrieve(&mock, &bearer).await.status(401);
    let later = json!({"expires_at": "2026-07-01T00:02:00Z"});
    let changed = send(&mock, "PATCH", &one, &token("full"), later).await.ok();
    assert_eq!(changed["data"]["expires_at"], "2026-07-01T00:02:00Z");
    assert_eq!(changed["data"]["updated_at"], "2026-07-01T00:01:00Z");
    retrieve(&mock, &bearer).await.ok();
    let never = json!({"expires_at": null});
    let changed = send(&mock, "PATCH", &one, &token("full"), never).await.ok();
    assert_eq!(changed["data"]["expires_at"], Value::Null);
    clock.advance(Duration::from_secs(1 << 30));
    retrieve(&mock, &bearer).await.ok();
}

async fn put_names_the_key_and_patch_what_it_changes() {
    let mock = Mock::start().await;
    let abilities = json!(["key:retrieve"]);
    let (id, bearer) = mint(&mock, json!({"name": "ci", "abilities": abilities})).await;
    let one = format!("/{id}");
    let full = token("full");
    send(&mock, "PUT", &one, &full, json!({})).await.invalid(&["name"]);
    send(&mock, "PUT", &one, &full, json!({"name": " ", "abilities": []}))
        .await
        .invalid(&["name", "abilities"]);
    for (method, body, name) in [
        ("PUT", json!({"name": "one"}), "one"),
        ("PATCH", json!({}), "one"),
        ("PATCH", json!({"name": "two"}), "two"),
    ] {
        let key = send(&mock, method, &one, &full, body).await.ok();
        assert_eq!(key["data"]["name"], name);
        assert_eq!(key["data"]["abilities"], abilities);
        assert_eq!(key["data"]["id"], id);
    }
    retrieve(&mock, &bearer).await.ok();
}

async fn changed_abilities_count_at_once() {
    let mock = Mock::start().await;
    let (id, bearer) = mint(&mock, json!({"name": "ci", "abilities": ["key:retrieve"]})).await;
    let body = json!({"abilities": ["secret:read"]});
    send(&mock, "PATCH", &format!("/{id}"), &token("full"), body).await.ok();
    retrieve(&mock, &bearer).await.refused(403, "insufficient_permissions");
    mock.send(mock.call("GET", "my-app/secrets").bearer(&bearer)).await.ok();
}

async fn a_deleted_token_is_401_at_once() {
    let mock = Mock::start().await;
    let before = list(&mock).await;
    let (id, bearer) = mint(&mock, json!({"name": "ci", "abilities": ["*"]})).await;
    retrieve(&mock, &bearer).await.ok();
    // A token may take itself back.
    let gone = send(&mock, "DELETE", &format!("/{id}"), &bearer, Value::Null).await;
    assert_eq!((gone.code, gone.text.as_str()), (204, ""));
    retrieve(&mock, &bearer).await.refused(401, "unauthenticated");
    assert_eq!(list(&mock).await, before);
    let again = send(&mock, "DELETE", &format!("/{id}"), &token("full"), Value::Null).await;
    again.refused(404, "not_found");
    let (next, _) = mint(&mock, json!({"name": "ci", "abilities": ["*"]})).await;
    assert_ne!(next, id, "a number is not given out again");
}

async fn a_rotated_token_is_401_at_once_and_its_key_stays() {
    let mock = Mock::start().await;
    let (id, bearer) = mint(&mock, json!({"name": "ci", "abilities": ["key:retrieve"]})).await;
    let rotate = format!("/{id}/rotate");
    let rotated = send(&mock, "POST", &rotate, &token("full"), Value::Null).await.ok();
    let members: Vec<_> = rotated["data"].as_object().unwrap().keys().collect();
    assert_eq!(members, ["token", "api_key"]);
    let next = rotated["data"]["token"].as_str().unwrap();
    assert_eq!(rotated["data"]["api_key"]["id"], id);
    assert_eq!(rotated["data"]["api_key"]["name"], "ci");
    retrieve(&mock, &bearer).await.refused(401, "unauthenticated");
    retrieve(&mock, next).await.ok();
    let call = mock.call("GET", "my-app/secrets").bearer(next);
    mock.send(call).await.refused(403, "insufficient_permissions");
}

async fn nobody_gives_what_they_do_not_have() {
    let mock = Mock::start().await;
    let managing = json!({
        "name": "manager",
        "abilities": ["api-token:create", "api-token:update", "api-token:delete", "secret:read"],
    });
    let (_, manager) = mint(&mock, managing).await;
    let (id, bearer) = mint(&mock, json!({"name": "ci", "abilities": ["key:retrieve"]})).await;
    let before = list(&mock).await;
    let one = format!("/{id}");
    let rotate = format!("/{id}/rotate");
    let rows = [
        ("POST", "", json!({"name": "x", "abilities": ["secret:read", "key:rotate"]})),
        ("POST", "", json!({"name": "x", "abilities": ["*"]})),
        ("PATCH", &one, json!({"abilities": ["key:retrieve"]})),
        ("PUT", &one, json!({"name": "x", "abilities": ["*"]})),
        ("POST", &rotate, Value::Null),
    ];
    for (method, rest, body) in rows {
        send(&mock, method, rest, &manager, body).await.refused(403, "insufficient_permissions");
    }
    assert_eq!(list(&mock).await, before);
    retrieve(&mock, &bearer).await.ok();
    let own = json!({"name": "x", "abilities": ["secret:read"]});
    send(&mock, "POST", "", &manager, own).await.status(201);
    send(&mock, "PATCH", &one, &manager, json!({"name": "named"})).await.ok();
}

async fn rotating_needs_both_scopes() {
    let mock = Mock::start().await;
    let (id, _) = mint(&mock, json!({"name": "ci", "abilities": ["secret:read"]})).await;
    let rotate = format!("/{id}/rotate");
    for (abilities, allowed) in [
        (json!(["secret:read", "api-token:create"]), false),
        (json!(["secret:read", "api-token:delete"]), false),
        (json!(["secret:read", "api-token:create", "api-token:delete"]), true),
    ] {
        let (_, bearer) = mint(&mock, json!({"name": "x", "abilities": abilities})).await;
        let answer = send(&mock, "POST", &rotate, &bearer, Value::Null).await;
        if allowed {
            answer.ok()
        } else {
            answer.refused(403, "insufficient_permissions")
        };
    }
}

async fn each_member_is_held_to_its_form() {
    let mock = Mock::start().await;
    let right = || json!({"name": "ci", "abilities": ["secret:read"]});
    let rows = [
        ("name", json!(null), "name"),
        ("name", json!("\t"), "name"),
        ("name", json!(7), "name"),
        ("name", json!("x".repeat(256)), "name"),
        ("abilities", json!(null), "abilities"),
        ("abilities", json!("*"), "abilities"),
        ("abilities", json!([]), "abilities"),
        ("abilities", json!(["*", 1]), "abilities.1"),
        ("abilities", json!(["secrets:read"]), "abilities.0"),
        ("abilities", json!(["*", "secret:read", "*"]), "abilities.2"),
        ("expires_at", json!("tomorrow"), "expires_at"),
        ("expires_at", json!("2026-07-01"), "expires_at"),
        ("expires_at", json!(1_800_000_000), "expires_at"),
        ("expires_at", json!("2020-01-01T00:00:00Z"), "expires_at"),
    ];
    let (id, _) = mint(&mock, right()).await;
    let before = list(&mock).await;
    for (member, value, named) in rows {
        let mut body = right();
        body[member] = value.clone();
        send(&mock, "POST", "", &token("full"), body.clone()).await.invalid(&[named]);
        send(&mock, "PUT", &format!("/{id}"), &token("full"), {
            // Absent abilities stay as they are.
            if body["abilities"].is_null() {
                body["abilities"] = json!([]);
            }
            body
        })
        .await
        .invalid(&[named]);
    }
    assert_eq!(list(&mock).await, before);
}

async fn a_refusal_mints_and_changes_nothing() {
    let mock = Mock::of(builder().seed(7)).await;
    let body = || json!({"name": "ci", "abilities": ["*"]});
    let limited = token("read_only");
    send(&mock, "POST", "", &limited, body()).await.refused(403, "insufficient_permissions");
    let plain = mock.call("POST", &path("")).body(body().to_string());
    mock.send(plain).await.refused(415, "unsupported_media_type");
    let past = json!({"name": "ci", "abilities": ["*"], "expires_at": "2020-01-01T00:00:00Z"});
    send(&mock, "POST", "", &token("full"), past).await.invalid(&["expires_at"]);
    assert_eq!(list(&mock).await.as_array().unwrap().len(), 5);
    let other = Mock::of(builder().seed(7)).await;
    assert_eq!(mint(&mock, body()).await, mint(&other, body()).await, "nor does it draw");
}

async fn an_unknown_or_foreign_key_is_404_on_every_route() {
    let mock = Mock::start().await;
    for id in ["6", "0", "x", "+1", "99999999999999999999"] {
        for (method, rest) in [
            ("GET", format!("/{id}")),
            ("PUT", format!("/{id}")),
            ("PATCH", format!("/{id}")),
            ("DELETE", format!("/{id}")),
            ("POST", format!("/{id}/rotate")),
        ] {
            let answer = send(&mock, method, &rest, &token("full"), Value::Null).await;
            answer.refused(404, "not_found");
        }
    }
    let foreign = format!("/api/v1/organizations/{OTHER}/api-keys");
    mock.get(&foreign).await.refused(404, "not_found");
    let theirs = mock.call("GET", &foreign).by("other_organization");
    assert_eq!(mock.send(theirs).await.ok()["data"].as_array().unwrap().len(), 1);
}

async fn the_tokens_of_the_fixture_are_keys_too() {
    let mock = Mock::start().await;
    let all = list(&mock).await;
    let names: Vec<_> = all
        .as_array()
        .unwrap()
        .iter()
        .map(|key| (key["id"].as_str().unwrap(), key["name"].as_str().unwrap()))
        .collect();
    assert_eq!(
        names,
        [
            ("1", "full"),
            ("2", "read_only"),
            ("3", "key_retrieve"),
            ("4", "key_rotate"),
            ("5", "expired"),
        ]
    );
    let call = mock.call("GET", &path("")).by("seed_client");
    let theirs = mock.send(call).await.ok();
    assert_eq!(theirs["data"][0]["name"], "seed_client", "not those of organization A");
}

async fn a_reset_forgets_what_was_minted() {
    let mock = Mock::start().await;
    let (_, bearer) = mint(&mock, json!({"name": "ci", "abilities": ["*"]})).await;
    let gone = send(&mock, "DELETE", "/1", &bearer, Value::Null).await;
    assert_eq!(gone.code, 204);
    mock.get("my-app").await.refused(401, "unauthenticated");
    let reset = mock.control("reset", json!({"token": bearer})).await;
    assert_eq!(reset.code, 204);
    retrieve(&mock, &bearer).await.refused(401, "unauthenticated");
    mock.get("my-app").await.ok();
}

async fn the_long_form_is_the_only_one_and_no_legacy() {
    let mock = Mock::start().await;
    let answer = send(&mock, "GET", "", &token("full"), Value::Null).await;
    answer.ok();
    assert_eq!(answer.header("deprecation"), "");
    assert_eq!(answer.header("sunset"), "");
    assert_eq!(answer.header("x-api-version"), "1");
    for (method, rest, allow) in [
        ("PATCH", "", "GET, POST, HEAD, OPTIONS"),
        ("POST", "/1", "GET, PUT, PATCH, DELETE, HEAD, OPTIONS"),
        ("GET", "/1/rotate", "POST, OPTIONS"),
    ] {
        let answer = send(&mock, method, rest, &token("full"), Value::Null).await;
        answer.refused(405, "method_not_allowed");
        assert_eq!(answer.header("allow"), allow);
        assert_eq!(answer.header("deprecation"), "");
    }
    // The short form would be a project of that name.
    mock.get("api-keys").await.refused(404, "not_found");
}

async fn minting_counts_in_the_bucket_of_the_organization() {
    let mock = Mock::of(builder().limits(keyproof::mock::Limits::Live)).await;
    let body = json!({"name": "ci", "abilities": ["key:retrieve"]});
    let (_, bearer) = mint(&mock, body).await;
    let answer = retrieve(&mock, &bearer).await;
    assert_eq!(answer.header("x-ratelimit-remaining"), "98");
}
