//! The calls that the published command line makes, one after the other, against a fresh mock: with the
//! headers and the bodies of its Go SDK, and what that reads of the answers.

use keyproof::crypto::seal;
use serde_json::{Value, json};

use super::support::{Call, ClientKey, Mock, ULID, claims, descriptor, server_key};

claims!(
    log_in_and_refresh,
    create_a_project_and_push_and_pull,
    push_to_a_server_managed_project,
    rotate_and_read_the_key_history,
    show_diff_restore_delete_and_purge,
    re_encrypt_the_history_until_nothing_remains,
    manage_places,
);

/// As the SDK sends it: a body ends with a line feed and escapes `<`, `>` and `&`.
fn go(method: &str, path: &str, body: Option<Value>) -> Call {
    let call = Call::new(method, path)
        .header("accept", "application/json")
        .header("user-agent", "dotenv-go-sdk/1.0.0")
        .header("x-api-version", "1")
        .header("accept-encoding", "gzip");
    match body {
        None => call,
        Some(body) => {
            let text = body.to_string();
            let text = text.replace('<', "\\u003c").replace('>', "\\u003e");
            let text = text.replace('&', "\\u0026") + "\n";
            call.header("content-type", "application/json").body(text)
        }
    }
}

async fn get(mock: &Mock, path: &str) -> Value {
    mock.send(go("GET", path, None)).await.ok()
}

async fn post(mock: &Mock, path: &str, body: Value) -> Value {
    let answer = mock.send(go("POST", path, Some(body))).await;
    assert!((200..300).contains(&answer.code), "{}", answer.text);
    answer.json()
}

/// RFC 3339 as `time.Time` reads it.
fn is_time(value: &Value) -> bool {
    let text = value.as_str().unwrap_or_default();
    text.ends_with('Z') && text.parse::<jiff::Timestamp>().is_ok()
}

async fn log_in_and_refresh() {
    let mock = Mock::start().await;
    let user = get(&mock, "/api/v1/user").await;
    assert!(user["data"]["id"].is_string());
    let attributes = &user["data"]["attributes"];
    assert!(is_time(&attributes["created_at"]) && is_time(&attributes["updated_at"]));
    assert!(attributes["is_verified"].is_boolean());
    assert_eq!(user["included"][0]["type"], "organizations");
    assert_eq!(user["included"][0]["attributes"]["ulid"], ULID);
    let organizations = get(&mock, "/api/v1/organizations").await;
    let own = &organizations["data"][0];
    for member in ["ulid", "name", "slug"] {
        assert!(own["attributes"][member].is_string(), "{member}");
    }
    // The flat form of the documentation stands beside it.
    assert_eq!((&own["id"], &own["status"]), (&json!(ULID), &json!("active")));
    let one = get(&mock, &format!("/api/v1/organizations/{ULID}")).await;
    assert_eq!(&one["data"], own);
    assert_eq!(get(&mock, "/api/v1/organization").await, one);
}

async fn create_a_project_and_push_and_pull() {
    let mock = Mock::start().await;
    let key = ClientKey::new("<a & b>");
    let mut body = key.fields();
    body["name"] = json!("Shop <&>");
    body["storage_mode"] = json!("client");
    let made = post(&mock, "projects", body).await;
    assert_eq!(made["data"]["attributes"]["encryption_type"], "client");
    let found = get(&mock, "shop").await;
    assert_eq!(found["data"]["attributes"]["slug"], "shop");
    let active = descriptor(&mock.send(go("GET", "shop/encryption-key", None)).await);
    assert_eq!(active["managed"], "client");
    assert_eq!(active["version"], 1);
    assert!(active["key_check_salt"].is_string() && active["key_check_iterations"].is_u64());
    let empty = get(&mock, "shop/secrets").await;
    assert_eq!(empty["data"]["attributes"]["format"], "env");
    assert_eq!(empty["meta"]["merged"], "false");
    let content = key.seal("A=<1>&2");
    let stored = json!({"project": "shop", "content": content, "key_proof": key.proof});
    post(&mock, "secrets/store", stored).await;
    let pulled = get(&mock, "shop/secrets").await;
    let level = &pulled["data"]["attributes"]["levels"]["project"];
    assert_eq!(level["encrypted"], true);
    assert_eq!(level["source"], "shop");
    let opened = key.open(level["content"].as_str().unwrap());
    assert_eq!(opened.as_deref(), Some("A=<1>&2"));
}

async fn push_to_a_server_managed_project() {
    let mock = Mock::start().await;
    let active = descriptor(&mock.send(go("GET", "my-app/encryption-key", None)).await);
    let content = seal(&server_key(&active), b"A=1").unwrap();
    let body = json!({
        "project": "my-app", "target": "backend", "environment": "production", "content": content,
    });
    let stored = post(&mock, "secrets/store", body).await;
    assert_eq!(stored["data"]["level"], "environment");
    let pulled = get(&mock, "my-app/backend/production/secrets").await;
    let level = &pulled["data"]["attributes"]["levels"]["environment"];
    assert_eq!(level["content"], content.as_str());
    assert_eq!(pulled["meta"]["hierarchy"]["environment"], "production");
}

async fn rotate_and_read_the_key_history() {
    let mock = Mock::start().await;
    get(&mock, "my-app/encryption-key").await;
    // Without options the SDK sends neither a body nor a media type.
    let answer = mock.send(go("POST", "my-app/encryption-key/rotate", None)).await;
    let rotated = answer.ok();
    let key = &rotated["data"]["key"];
    assert!(key["id"].is_string());
    assert_eq!(key["attributes"]["version"], "3");
    assert!(is_time(&key["attributes"]["created_at"]));
    let history = get(&mock, "my-app/encryption-key/history").await;
    let rows = history["data"].as_array().unwrap();
    let versions: Vec<_> = rows.iter().map(|row| row["version"].as_str().unwrap()).collect();
    assert_eq!(versions, ["3", "2", "1"]);
    for row in rows {
        assert!(row["is_active"].is_boolean());
        assert!(is_time(&row["created_at"]));
        assert!(row.get("key").is_none());
    }
}

async fn show_diff_restore_delete_and_purge() {
    let mock = Mock::start().await;
    let listed = json!({"project": "my-app", "target": "backend", "environment": "production", "per_page": 1});
    let page = post(&mock, "secrets/versions", listed).await;
    let meta = &page["meta"];
    for member in ["current_page", "last_page", "per_page", "total"] {
        assert!(meta[member].is_u64(), "{member}");
    }
    let id = page["data"][0]["id"].as_str().unwrap();
    let version = get(&mock, &format!("secrets/versions/{id}")).await;
    assert!(version["data"]["content"].is_string());
    assert!(version["data"]["key"]["version"].is_string());
    let restore = go("POST", &format!("secrets/versions/{id}/restore"), None);
    let restored = mock.send(restore).await.ok();
    assert_eq!(restored["data"]["restored_from"], id);
    let level = json!({"project": "my-app", "target": "backend", "environment": "production"});
    let deleted = mock.send(go("POST", "secrets/delete", Some(level.clone()))).await;
    assert_eq!((deleted.code, deleted.text.as_str()), (204, ""));
    let mut purge = level;
    purge["confirmed"] = json!(true);
    let purged = post(&mock, "secrets/versions/purge", purge).await;
    assert!(purged["data"]["purged_count"].as_u64().unwrap() > 0);
    // Without a backup it has to be confirmed.
    let hard = |confirmed: bool| {
        let body = json!({"project": "my-app", "no_backup": true, "confirmed": confirmed});
        go("POST", "secrets/delete", Some(body))
    };
    mock.send(hard(false)).await.invalid(&["confirmed"]);
    assert_eq!(mock.send(hard(true)).await.code, 204);
    mock.get("secrets/versions/11").await.refused(404, "not_found");
}

async fn re_encrypt_the_history_until_nothing_remains() {
    let mock = Mock::start().await;
    let (old, new) = (ClientKey::new("old"), ClientKey::new("new"));
    mock.project(old.project(), "shop").await;
    for text in ["A=1", "A=2", "A=3"] {
        let body = json!({"project": "shop", "content": old.seal(text), "key_proof": old.proof});
        post(&mock, "secrets/store", body).await;
    }
    let level = get(&mock, "shop/secrets").await;
    let id = &level["data"]["attributes"]["levels"]["project"]["id"];
    let mut rotation = new.fields();
    rotation["secrets"] = json!([{"id": id, "content": new.seal("A=3")}]);
    post(&mock, "shop/secrets/rotate-client-keys", rotation).await;
    get(&mock, "shop/encryption-key").await;
    let history = get(&mock, "shop/encryption-key/history").await;
    let mut texts = Vec::new();
    loop {
        let list = json!({"limit": 2});
        let page = post(&mock, "shop/secrets/re-encrypt-history/pending", list).await;
        assert!(page["meta"]["remaining"].is_u64());
        let rows = page["data"].as_array().unwrap();
        if rows.is_empty() {
            break;
        }
        let versions: Vec<_> = rows
            .iter()
            .map(|row| {
                assert_eq!(row["key_version"], history["data"][1]["version"]);
                let text = old.open(row["content"].as_str().unwrap()).unwrap();
                let content = new.seal(&text);
                texts.push(text);
                json!({"id": row["id"].as_u64().unwrap(), "content": content})
            })
            .collect();
        let submit = json!({"versions": versions, "key_proof": new.proof});
        let done = post(&mock, "shop/secrets/re-encrypt-history", submit).await;
        assert_eq!(done["data"]["updated"], rows.len());
        if done["data"]["remaining"] == 0 {
            break;
        }
    }
    assert_eq!(texts, ["A=1", "A=2", "A=3"]);
}

async fn manage_places() {
    let mock = Mock::start().await;
    let target = json!({"name": "web", "description": ""});
    post(&mock, "my-app/targets", target).await;
    let environment = json!({"name": "staging", "status": "staging"});
    post(&mock, "my-app/web/environments", environment).await;
    let targets = get(&mock, "my-app/targets").await;
    assert_eq!(targets["data"].as_array().unwrap().len(), 2);
    let environments = get(&mock, "my-app/web/environments").await;
    assert_eq!(environments["data"][0]["attributes"]["status"], "staging");
    let renamed = go("PATCH", "my-app/web", Some(json!({"name": "Web"})));
    mock.send(renamed).await.ok();
    for path in ["my-app/web/staging", "my-app/web", "my-app"] {
        let answer = mock.send(go("DELETE", path, None)).await;
        assert_eq!((answer.code, answer.text.as_str()), (204, ""), "{path}");
    }
    // The long forms serve reads of what is left.
    let legacy = format!("/api/v1/organizations/{ULID}/projects/my-vault/targets");
    let answer = mock.send(go("GET", &legacy, None)).await;
    assert_eq!(answer.header("deprecation"), "true");
    assert_eq!(answer.ok()["data"][0]["attributes"]["slug"], "backend");
    let write = go("POST", &legacy, Some(json!({"name": "x"})));
    let refused = mock.send(write).await;
    assert_eq!(refused.header("allow"), "GET, HEAD, OPTIONS");
    refused.refused(405, "method_not_allowed");
}
