//! Pages of this machine call the API from any port; pages from elsewhere do not.

use keyproof::mock::{Builder, Limits};
use serde_json::json;

use super::support::{Answer, Call, Mock, builder, claims};

claims!(
    pages_of_this_machine_may_read_answers,
    pages_from_elsewhere_may_not,
    pages_of_an_origin_that_was_named_may,
    a_preflight_lists_the_methods_of_its_path,
    a_preflight_succeeds_whatever_becomes_of_the_request,
    a_preflight_needs_no_token_and_is_not_counted,
    refusals_can_be_read_too,
    what_scripts_need_is_exposed,
    a_fault_is_not_spent_on_a_preflight,
    the_control_api_is_not_shared,
);

const KEY: &str = "my-app/encryption-key";
const HERE: &str = "http://localhost:5173";

fn from(call: Call, origin: &str) -> Call {
    call.header("origin", origin)
}

fn preflight(path: &str, method: &str) -> Call {
    from(Call::new("OPTIONS", path), HERE)
        .without("authorization")
        .header("access-control-request-method", method)
        .header("access-control-request-headers", "authorization,x-own")
}

fn shared_with(answer: &Answer) -> &str {
    assert!(answer.header("vary").starts_with("Origin"), "{:?}", answer.headers);
    answer.header("access-control-allow-origin")
}

async fn pages_of_this_machine_may_read_answers() {
    let mock = Mock::start().await;
    for origin in [
        "http://localhost:3000",
        "http://localhost",
        "https://localhost:8443",
        "http://app.localhost:5173",
        "http://127.0.0.1:8081",
        "http://127.8.8.8:1",
        "http://[::1]:5173",
    ] {
        let answer = mock.send(from(mock.call("GET", KEY), origin)).await;
        answer.ok();
        assert_eq!(shared_with(&answer), origin);
        assert_eq!(answer.header("access-control-allow-credentials"), "true");
    }
}

async fn pages_from_elsewhere_may_not() {
    let mock = Mock::start().await;
    for origin in [
        "https://example.com",
        "http://localhost.example.com",
        "http://notlocalhost",
        "http://192.168.0.7:3000",
        "http://127.0.0.1.example.com",
        "http://localhost@example.com",
        "chrome-extension://localhost",
        "null",
        "",
    ] {
        for call in [mock.call("GET", KEY), preflight(KEY, "GET")] {
            let answer = mock.send(call.header("origin", origin)).await;
            let allowed = answer.headers.keys();
            let allowed = allowed.filter(|name| name.as_str().starts_with("access-control"));
            assert_eq!(allowed.count(), 0, "{origin}");
            assert!(answer.header("vary").contains("Origin"));
            let warning = answer.header("x-mock-warning");
            assert!(warning.contains("--allow-origin"), "{origin}: {warning}");
        }
    }
    let answer = mock.get(KEY).await;
    assert_eq!(shared_with(&answer), "");
    assert_eq!(answer.header("x-mock-warning"), "");
}

async fn a_preflight_lists_the_methods_of_its_path() {
    let mock = Mock::start().await;
    for (path, method, methods) in [
        (KEY, "GET", "GET, HEAD, OPTIONS"),
        ("secrets/store", "POST", "POST, OPTIONS"),
        ("my-app", "DELETE", "GET, PUT, PATCH, DELETE, HEAD, OPTIONS"),
    ] {
        let answer = mock.send(preflight(path, method)).await;
        assert_eq!(answer.code, 204);
        assert_eq!(shared_with(&answer), HERE);
        assert_eq!(answer.header("access-control-allow-methods"), methods);
        assert_eq!(answer.header("access-control-allow-headers"), "authorization,x-own");
        assert_eq!(answer.header("access-control-max-age"), "600");
    }
    let private = preflight(KEY, "GET").header("access-control-request-private-network", "true");
    let answer = mock.send(private).await;
    assert_eq!(answer.header("access-control-allow-private-network"), "true");
}

async fn pages_of_an_origin_that_was_named_may() {
    let origins = [
        "capacitor://localhost",
        "tauri://localhost",
        "http://192.168.0.7:5173",
        "https://name-5173.app.github.dev",
    ];
    let allow = |builder: Builder, origin: &&str| builder.allow_origin(origin.parse().unwrap());
    let mock = Mock::of(origins.iter().fold(builder(), allow)).await;
    for origin in origins {
        let asked = preflight("secrets/store", "POST").header("origin", origin);
        let answer = mock.send(asked).await;
        assert_eq!((answer.code, shared_with(&answer)), (204, origin));
        let answer = mock.send(from(mock.call("GET", KEY), origin)).await;
        answer.ok();
        assert_eq!(shared_with(&answer), origin);
        let (_, control) = mock.server.control().unwrap();
        let call = from(mock.call("GET", "/_mock/clock"), origin).bearer(control);
        mock.send(call).await.refused(403, "control_refused");
    }
    for origin in [
        "http://192.168.0.7",
        "http://192.168.0.7:5174",
        "https://192.168.0.7:5173",
        "capacitor://localhost.example.com",
        "https://other.app.github.dev",
    ] {
        let answer = mock.send(from(mock.call("GET", KEY), origin)).await;
        assert_eq!(shared_with(&answer), "", "{origin}");
    }
}

/// A page sees nothing of an answer whose preflight was refused: not even that its address is wrong.
async fn a_preflight_succeeds_whatever_becomes_of_the_request() {
    let mock = Mock::start().await;
    let long = format!("my-app/{}", "x".repeat(17 * 1024));
    for (path, method, code) in [
        ("/api/v2/nowhere", "GET", 404),
        ("my-app/encryption-key/", "GET", 404),
        ("/api/v1//my-app/encryption-key", "GET", 404),
        ("/", "GET", 404),
        ("%ff/encryption-key", "GET", 404),
        ("/openapi.json", "GET", 200),
        (KEY, "DELETE", 405),
        ("secrets/store", "PUT", 405),
        (&long, "GET", 431),
    ] {
        let answer = mock.send(preflight(path, method)).await;
        assert_eq!((answer.code, shared_with(&answer)), (204, HERE), "{path}");
        let methods = answer.header("access-control-allow-methods");
        assert!(methods.split(", ").any(|one| one == method), "{path}: {methods}");
        let answer = mock.send(from(mock.call(method, path), HERE)).await;
        assert_eq!((answer.code, shared_with(&answer)), (code, HERE), "{path}");
    }
    let mistaken = preflight(KEY, "GET").header("access-control-request-method", "no method");
    let answer = mock.send(mistaken).await;
    let methods = answer.header("access-control-allow-methods");
    assert_eq!((answer.code, methods), (204, "GET, HEAD, OPTIONS"));
}

async fn a_preflight_needs_no_token_and_is_not_counted() {
    let mock = Mock::of(builder().limits(Limits::Live)).await;
    for _ in 0..120 {
        let answer = mock.send(preflight(KEY, "GET")).await;
        assert_eq!((answer.code, answer.header("x-ratelimit-limit")), (204, ""));
    }
    let answer = mock.get(KEY).await;
    assert_eq!(answer.header("x-ratelimit-remaining"), "99");
}

async fn refusals_can_be_read_too() {
    let mock = Mock::of(builder().limits(Limits::Live)).await;
    let send = |call: Call| mock.send(from(call, HERE));
    let unknown = send(mock.call("GET", KEY).bearer("nobody")).await;
    assert_eq!((unknown.code, shared_with(&unknown)), (401, HERE));
    let nowhere = send(mock.call("GET", "/nowhere")).await;
    assert_eq!((nowhere.code, shared_with(&nowhere)), (404, HERE));
    for _ in 0..100 {
        mock.get(KEY).await;
    }
    let limited = send(mock.call("GET", KEY)).await;
    assert_eq!((limited.code, shared_with(&limited)), (429, HERE));
    assert!(!limited.header("retry-after").is_empty());
}

async fn what_scripts_need_is_exposed() {
    let mock = Mock::start().await;
    let legacy = "/api/v1/organizations/01ARZ3NDEKTSV4RRFFQ69G5FAV/projects/my-app/encryption-key";
    let answer = mock.send(from(mock.call("GET", legacy), HERE)).await;
    let exposed = answer.header("access-control-expose-headers").to_lowercase();
    let exposed: Vec<_> = exposed.split(", ").collect();
    let safelisted = ["content-type", "content-length", "cache-control"];
    let browsers = ["vary", "strict-transport-security"];
    for name in answer.headers.keys().map(|name| name.as_str()) {
        let hidden = name.starts_with("access-control")
            || name.starts_with("x-content")
            || name.starts_with("x-frame")
            || name.starts_with("x-xss");
        let known = safelisted.contains(&name) || browsers.contains(&name) || hidden;
        assert!(known || exposed.contains(&name), "{name}");
    }
    for name in ["retry-after", "x-mock-choice", "x-mock-fault", "x-mock-warning", "sunset"] {
        assert!(exposed.contains(&name), "{name}");
    }
}

async fn a_fault_is_not_spent_on_a_preflight() {
    let mock = Mock::start().await;
    let fault = json!({"matching": {}, "effect": {"kind": "status", "status": 503}, "times": 1});
    mock.control("faults", fault).await.status(201);
    assert_eq!(mock.send(preflight(KEY, "GET")).await.code, 204);
    let answer = mock.send(from(mock.call("GET", KEY), HERE)).await;
    assert_eq!((answer.code, shared_with(&answer)), (503, HERE));
    assert_eq!(answer.header("x-mock-fault"), "status");
    mock.get(KEY).await.ok();
}

async fn the_control_api_is_not_shared() {
    let mock = Mock::start().await;
    let (_, control) = mock.server.control().unwrap();
    for call in [mock.call("GET", "/_mock/clock"), preflight("/_mock/clock", "GET")] {
        let answer = mock.send(from(call, HERE).bearer(control)).await;
        answer.refused(403, "control_refused");
        assert_eq!(answer.header("access-control-allow-origin"), "");
    }
}
