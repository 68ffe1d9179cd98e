//! What every answer has in common: headers, methods, paths, and bodies that are no JSON.

use std::time::Duration;

use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::support::{Answer, Mock, OTHER, ULID, builder, claims, token};

claims!(
    every_answer_has_the_security_headers_and_the_api_version,
    another_api_version_is_400,
    malformed_json_is_400_with_line_and_column,
    another_media_type_is_415,
    an_empty_body_needs_no_media_type,
    head_is_get_without_a_body,
    options_needs_no_token,
    another_method_is_405_and_names_those_that_work,
    an_unknown_path_is_404_in_the_envelope,
    a_path_that_is_not_utf8_is_404_in_the_envelope,
    the_long_forms_answer_alike_and_announce_their_end,
    a_head_that_is_too_long_is_431_and_is_not_kept,
    a_body_that_never_comes_is_408,
    a_connection_without_a_request_ends,
);

const KEY: &str = "my-app/encryption-key";

async fn every_answer_has_the_security_headers_and_the_api_version() {
    let mock = Mock::start().await;
    let answers = [
        mock.get(KEY).await,
        mock.get("nowhere/encryption-key").await,
        mock.get("/elsewhere").await,
        mock.send(mock.call("GET", KEY).without("authorization")).await,
        mock.send(mock.call("PATCH", KEY)).await,
        mock.send(mock.call("OPTIONS", KEY)).await,
        mock.send(mock.call("DELETE", "my-vault")).await,
        mock.send(mock.call("DELETE", "secrets/versions/11")).await,
        mock.post("secrets/delete", json!({"project": "my-app"})).await,
        mock.get(&format!("/api/v1/organizations/{ULID}/api-keys")).await,
        mock.send(mock.call("GET", KEY).header("x-api-version", "2")).await,
    ];
    for answer in answers {
        for (name, value) in [
            ("x-api-version", "1"),
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("x-xss-protection", "1; mode=block"),
            ("strict-transport-security", "max-age=0"),
        ] {
            assert_eq!(answer.header(name), value, "{} {name}", answer.code);
        }
        let kind = if answer.text.is_empty() { "" } else { "application/json" };
        assert_eq!(answer.header("content-type"), kind);
        assert_eq!(answer.header("access-control-allow-origin"), "");
        assert!(answer.header("date").ends_with("GMT"));
    }
}

async fn another_api_version_is_400() {
    let mock = Mock::start().await;
    for version in ["2", "0", "", "1.0", "v1"] {
        let answer = mock.send(mock.call("GET", KEY).header("x-api-version", version)).await;
        answer.refused(400, "unsupported_api_version");
    }
    mock.send(mock.call("GET", KEY).header("x-api-version", "1")).await.ok();
}

async fn rotate(mock: &Mock, kind: &str, body: &[u8]) -> Answer {
    let call = mock.call("POST", "my-app/encryption-key/rotate");
    mock.send(call.header("content-type", kind).body(body)).await
}

async fn malformed_json_is_400_with_line_and_column() {
    let mock = Mock::start().await;
    let deep = "[".repeat(1000);
    let rows: [(&[u8], &str); 6] = [
        (b"{", "line 1, column 1"),
        (b"{\n  \"history_policy\": keep\n}", "line 2, column 21"),
        (b"{} {}", "line 1, column 4"),
        (b" ", "line 1, column 1"),
        (b"{\"history_policy\": \"\xff\"}", "line 1, column 21"),
        (deep.as_bytes(), "line 1, column 128"),
    ];
    for (body, place) in rows {
        let answer = rotate(&mock, "application/json", body).await;
        let message = answer.refused(400, "malformed_json")["message"].to_string();
        assert!(message.contains(place), "{message}");
    }
}

async fn another_media_type_is_415() {
    let mock = Mock::start().await;
    for kind in ["text/plain", "application/x-www-form-urlencoded", "", "json"] {
        rotate(&mock, kind, b"{}").await.refused(415, "unsupported_media_type");
    }
    let call = mock.call("POST", "my-app/encryption-key/rotate").body("{}");
    mock.send(call).await.refused(415, "unsupported_media_type");
    for kind in ["application/json", "Application/JSON; charset=utf-8", "application/vnd.api+json"]
    {
        rotate(&mock, kind, b"{}").await.ok();
    }
}

async fn an_empty_body_needs_no_media_type() {
    let mock = Mock::start().await;
    mock.send(mock.call("POST", "my-app/encryption-key/rotate")).await.ok();
    rotate(&mock, "text/plain", b"").await.ok();
    let path = "my-vault/secrets/re-encrypt-history/pending";
    mock.send(mock.call("POST", path)).await.ok();
    mock.send(mock.call("POST", "secrets/store")).await.invalid(&["project", "content"]);
}

async fn head_is_get_without_a_body() {
    let mock = Mock::start().await;
    let get = mock.get(KEY).await;
    let head = mock.send(mock.call("HEAD", KEY)).await;
    assert_eq!((head.code, head.text.as_str()), (200, ""));
    assert_eq!(head.header("content-length"), get.text.len().to_string());
    let refused = mock.send(mock.call("HEAD", KEY).without("authorization")).await;
    assert_eq!((refused.code, refused.text.as_str()), (401, ""));
    let post = mock.send(mock.call("HEAD", "secrets/store")).await;
    assert_eq!((post.code, post.header("allow")), (405, "POST, OPTIONS"));
}

async fn options_needs_no_token() {
    let mock = Mock::start().await;
    for (path, allow) in [
        (KEY, "GET, HEAD, OPTIONS"),
        ("secrets/store", "POST, OPTIONS"),
        ("projects", "GET, POST, HEAD, OPTIONS"),
        ("my-app", "GET, PUT, PATCH, DELETE, HEAD, OPTIONS"),
    ] {
        let call = mock.call("OPTIONS", path).without("authorization");
        let answer = mock.send(call.header("x-api-version", "2")).await;
        assert_eq!((answer.code, answer.text.as_str()), (204, ""));
        assert_eq!(answer.header("allow"), allow);
        assert_eq!(answer.header("x-ratelimit-limit"), "", "it is not counted");
    }
    let answer = mock.send(mock.call("OPTIONS", "/elsewhere")).await;
    answer.refused(404, "not_found");
}

async fn another_method_is_405_and_names_those_that_work() {
    let mock = Mock::start().await;
    for (method, path, allow) in [
        ("POST", KEY, "GET, HEAD, OPTIONS"),
        ("DELETE", "my-app/encryption-key/history", "GET, HEAD, OPTIONS"),
        ("GET", "my-app/encryption-key/rotate", "POST, OPTIONS"),
        ("PUT", "my-app/secrets/rotate-client-keys", "POST, OPTIONS"),
        ("GET", "secrets/store", "POST, OPTIONS"),
        ("POST", "my-app", "GET, PUT, PATCH, DELETE, HEAD, OPTIONS"),
        ("TRACE", "projects", "GET, POST, HEAD, OPTIONS"),
        ("QUERY", "projects", "GET, POST, HEAD, OPTIONS"),
    ] {
        let answer = mock.send(mock.call(method, path).without("authorization")).await;
        answer.refused(405, "method_not_allowed");
        assert_eq!(answer.header("allow"), allow, "{path}");
    }
}

async fn an_unknown_path_is_404_in_the_envelope() {
    let mock = Mock::start().await;
    let paths = [
        "/".to_owned(),
        "/api/v1".to_owned(),
        "/api/v2/x/y/encryption-key".to_owned(),
        format!("/api/v1/{ULID}"),
        format!("/api/v1/{ULID}/my-app/encryption-key/"),
        format!("/api/v1/{ULID}/a/b/c/d/e"),
    ];
    for path in paths {
        mock.get(&path).await.refused(404, "not_found");
    }
}

async fn a_path_that_is_not_utf8_is_404_in_the_envelope() {
    let mock = Mock::start().await;
    for path in ["%FF/encryption-key", "my-app/%C3%28/secrets", "my-app%00/encryption-key"] {
        let answer = mock.get(path).await;
        answer.refused(404, "not_found");
        assert_eq!(answer.header("x-api-version"), "1");
    }
    mock.get("my%2Dapp/encryption-key").await.ok();
}

async fn the_long_forms_answer_alike_and_announce_their_end() {
    let mock = Mock::start().await;
    let rows = [
        ("projects", "projects"),
        ("my-app", "projects/my-app"),
        (KEY, "projects/my-app/encryption-key"),
        ("my-app/encryption-key/history", "projects/my-app/encryption-key/history"),
        ("my-app/backend", "projects/my-app/targets/backend"),
        ("my-app/backend/production", "projects/my-app/targets/backend/environments/production"),
        ("my-app/secrets", "projects/my-app/secrets"),
        ("my-app/backend/secrets", "projects/my-app/targets/backend/secrets"),
        (
            "my-app/backend/production/secrets",
            "projects/my-app/targets/backend/environments/production/secrets",
        ),
    ];
    for (short, long) in rows {
        let long = format!("/api/v1/organizations/{ULID}/{long}");
        let (new, old) = (mock.get(short).await, mock.get(&long).await);
        assert_eq!(new.ok()["data"], old.ok()["data"]);
        assert_eq!(new.header("deprecation"), "");
        assert_eq!(new.header("sunset"), "");
        assert_eq!(old.header("deprecation"), "true");
        let sunset = old.header("sunset");
        let parser = jiff::fmt::rfc2822::DateTimeParser::new();
        assert!(sunset.ends_with(" GMT") && parser.parse_timestamp(sunset).is_ok(), "{sunset}");
    }
    let rotate = format!("/api/v1/organizations/{ULID}/projects/my-app/encryption-key/rotate");
    mock.send(mock.call("POST", &rotate)).await.refused(404, "not_found");
    let write = format!("/api/v1/organizations/{ULID}/projects");
    let answer = mock.post(&write, json!({"name": "x"})).await;
    answer.refused(405, "method_not_allowed");
    assert_eq!(answer.header("allow"), "GET, HEAD, OPTIONS");
    let foreign = format!("/api/v1/organizations/{OTHER}/projects");
    let answer = mock.get(&foreign).await;
    answer.refused(404, "not_found");
    assert_eq!(answer.header("deprecation"), "true");
}

async fn a_head_that_is_too_long_is_431_and_is_not_kept() {
    let mock = Mock::start().await;
    let call = mock.call("GET", "my-app").header("x-long", &"a".repeat(20_000));
    let answer = mock.send(call).await;
    assert!(!answer.header("x-mock-choice").is_empty());
    answer.refused(431, "header_fields_too_large");
    let journal = mock.server.tenant(&token("full")).unwrap().journal();
    let kept = journal.last().unwrap();
    assert_eq!((kept.status, kept.headers.len()), (Some(431), 0));
    mock.get("my-app").await.ok();
}

/// A mock that waits for nobody, and what a socket hears of it that says `head` and no more.
async fn heard(head: &str) -> String {
    let short = Duration::from_millis(100);
    let mock = Mock::of(builder().patience(short, short)).await;
    let address = mock.server.url().strip_prefix("http://").unwrap().to_owned();
    let mut socket = TcpStream::connect(address).await.unwrap();
    socket.write_all(head.as_bytes()).await.unwrap();
    let mut heard = String::new();
    socket.read_to_string(&mut heard).await.unwrap();
    heard
}

async fn a_body_that_never_comes_is_408() {
    let token = token("full");
    let head = format!(
        "POST /api/v1/{ULID}/projects HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/json\r\nContent-Length: 9\r\n\r\n{{"
    );
    let heard = heard(&head).await;
    assert!(heard.starts_with("HTTP/1.1 408 "), "{heard}");
    assert!(heard.contains("\"error\":\"request_timeout\""), "{heard}");
}

async fn a_connection_without_a_request_ends() {
    for head in ["", "GET /api/v1/user HTTP/1.1\r\nHost:"] {
        assert_eq!(heard(head).await, "");
    }
    // One that has had its answer ends as well.
    let answered = heard("GET /api/v1/user HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
    assert!(answered.starts_with("HTTP/1.1 401 "), "{answered}");
}
