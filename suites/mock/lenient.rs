//! What is taken for what it is not: each time `X-Mock-Warning` says so, and a strict mock refuses.

use serde_json::{Value, json};

use super::support::{Answer, Call, Mock, blob, builder, claims};

claims!(
    an_empty_list_is_a_body_without_members_where_none_is_needed,
    an_empty_list_is_an_object_inside_a_body_too,
    an_empty_slug_names_no_level,
    an_environment_needs_a_target_that_is_not_empty,
    a_parameter_that_nobody_reads_is_named,
    a_parameter_that_is_read_is_not_named,
    what_a_client_made_up_stays_in_one_short_line,
);

const ROTATE: &str = "my-app/encryption-key/rotate";
const PENDING: &str = "my-vault/secrets/re-encrypt-history/pending";

async fn strict() -> Mock {
    Mock::of(builder().strict(true)).await
}

fn warning(answer: &Answer) -> &str {
    answer.header("x-mock-warning")
}

async fn an_empty_list_is_a_body_without_members_where_none_is_needed() {
    let (mock, strict) = (Mock::start().await, strict().await);
    for body in ["[]", "null"] {
        let expected = format!("the body {body} was taken as one without members: send {{}}");
        for (method, path) in [
            ("POST", ROTATE),
            ("POST", PENDING),
            ("POST", "secrets/versions/11/restore"),
            ("PATCH", "my-app"),
            ("PATCH", "my-app/backend"),
        ] {
            let json: Value = serde_json::from_str(body).unwrap();
            let call = || Call::new(method, path).json(json.clone());
            let answer = mock.send(call()).await;
            answer.ok();
            assert_eq!(warning(&answer), expected, "{path}");
            strict.send(call()).await.invalid(&["body"]);
        }
        // Where members have to be there, it is no object.
        for path in ["secrets/store", "projects"] {
            let json: Value = serde_json::from_str(body).unwrap();
            mock.post(path, json).await.invalid(&["body"]);
        }
    }
    mock.post(ROTATE, json!([1])).await.invalid(&["body"]);
}

async fn an_empty_list_is_an_object_inside_a_body_too() {
    let (mock, strict) = (Mock::start().await, strict().await);
    let retrieve = json!({"project": "my-app", "action": "decrypt", "filters": []});
    let answer = mock.post("secrets/retrieve", retrieve.clone()).await;
    answer.ok();
    let expected = "the filters field [] was taken as an object without members";
    assert_eq!(warning(&answer), expected);
    let refused = strict.post("secrets/retrieve", retrieve).await;
    refused.invalid(&["filters"]);
    let update = || Call::new("PATCH", "my-app").json(json!({"metadata": []}));
    let answer = mock.send(update()).await;
    assert_eq!(answer.ok()["data"]["attributes"]["metadata"], json!({}));
    let expected = "the metadata field [] was taken as an object without members";
    assert_eq!(warning(&answer), expected);
    strict.send(update()).await.invalid(&["metadata"]);
}

async fn an_empty_slug_names_no_level() {
    let (mock, strict) = (Mock::start().await, strict().await);
    let empty = |name: &str| format!("the {name} field is empty text and was taken as absent");
    let calls = [
        ("secrets/store", json!({"content": blob("x")}), 200),
        ("secrets/retrieve", json!({}), 200),
        ("secrets/versions", json!({}), 200),
        ("secrets/versions/purge", json!({"confirmed": true}), 200),
        ("secrets/delete", json!({}), 204),
    ];
    for (path, mut body, code) in calls {
        body["project"] = "my-app".into();
        body["target"] = "".into();
        let answer = mock.post(path, body.clone()).await;
        answer.status(code);
        assert!(warning(&answer).starts_with(&empty("target")), "{path}");
        if path == "secrets/store" {
            assert_eq!(answer.json()["data"]["level"], "project");
            // What a strict mock says of the blob is not the matter here.
            body["content"] = json!("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
        }
        strict.post(path, body.clone()).await.refused(404, "not_found");
        body["environment"] = "".into();
        let answer = mock.post(path, body.clone()).await;
        let both = format!("{}; {}", empty("target"), empty("environment"));
        assert!(warning(&answer).starts_with(&both), "{path}");
        body["target"] = "backend".into();
        let answer = mock.post(path, body).await;
        answer.status(code);
        assert!(warning(&answer).starts_with(&empty("environment")), "{path}");
    }
    let stored = mock.get("my-app/backend/production/secrets").await.ok();
    let levels = stored["data"]["attributes"]["levels"].as_object().unwrap();
    assert_eq!(Vec::from_iter(levels.keys()), ["environment"]);
}

async fn an_environment_needs_a_target_that_is_not_empty() {
    let mock = Mock::start().await;
    let body = json!({
        "project": "my-app", "target": "", "environment": "production", "content": blob("x"),
    });
    mock.post("secrets/store", body).await.invalid(&["target"]);
}

async fn a_parameter_that_nobody_reads_is_named() {
    let mock = Mock::start().await;
    let expected = |names: &str| format!("unknown query parameters ignored: {names}");
    for (path, names) in [
        ("projects?per_page=1&sort=-name&page=2&sort=name", "page, per_page, sort"),
        ("my-app/targets?filter%5Bname%5D=x", "filter[name]"),
        ("my-app/secrets?decrypt=true&Decrypt=1&", "Decrypt"),
        ("my-app/encryption-key?a", "a"),
        ("secrets/versions/11?force=true", "force"),
    ] {
        let answer = mock.get(path).await;
        answer.ok();
        assert_eq!(warning(&answer), expected(names), "{path}");
    }
    let listed = mock.post("secrets/versions?per_page=1", json!({"project": "my-vault"}));
    let answer = listed.await;
    assert_eq!(answer.ok()["meta"]["per_page"], 25, "the body says it");
    assert_eq!(warning(&answer), expected("per_page"));
    let refused = mock.get("nowhere?page=1").await;
    refused.refused(404, "not_found");
    assert_eq!(warning(&refused), expected("page"));
}

async fn a_parameter_that_is_read_is_not_named() {
    let mock = Mock::start().await;
    let read = "my-app/secrets?decrypt=true&merge=both&raw=false";
    for call in [
        Call::new("GET", read),
        Call::new("GET", "my-app?"),
        Call::new("DELETE", "secrets/versions/11?force=true"),
    ] {
        assert_eq!(warning(&mock.send(call).await), "");
    }
}

async fn what_a_client_made_up_stays_in_one_short_line() {
    let mock = Mock::start().await;
    let answer = mock.get("my-app?a%0d%0aSet-Cookie:%20b=1&%c3%bc=2&%1b[31m").await;
    answer.ok();
    let expected = r"unknown query parameters ignored: \u{1b}[31m, a\r\nSet-Cookie: b, \u{fc}";
    assert_eq!(warning(&answer), expected);
    assert_eq!(answer.header("set-cookie"), "");
    let many: Vec<_> = (0..1500).map(|number| format!("n{number}")).collect();
    let answer = mock.get(&format!("my-app?{}", many.join("&"))).await;
    answer.ok();
    assert!(warning(&answer).ends_with("..."));
    assert!(warning(&answer).len() < 1100, "clients bound headers");
}
