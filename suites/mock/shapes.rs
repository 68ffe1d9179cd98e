//! Member types as the published Go client decodes them: a wrong one makes it fail or ignore the
//! member (contract, "Field-by-field requirements").

use serde_json::{Value, json};

use super::support::{ClientKey, Mock, blob, claims, descriptor};

claims!(
    a_server_descriptor_is_json_in_a_text_with_a_numeric_version,
    a_client_descriptor_has_the_parameters_and_neither_key_nor_proof,
    history_is_flat_with_textual_versions,
    a_rotation_answers_with_textual_id_and_version,
    pending_rows_have_numeric_ids_and_a_textual_key_version,
    a_project_says_its_slug,
    secrets_come_level_by_level,
    a_store_says_level_source_and_length,
    a_version_list_is_paged_newest_first_with_textual_ids,
    a_version_has_content_and_key_beside_its_attributes,
    timestamps_are_utc_in_whole_seconds,
);

/// Each member, by a JSON pointer, has the type.
#[track_caller]
fn typed(value: &Value, members: &[(&str, &str)]) {
    for (pointer, kind) in members {
        let member = value.pointer(pointer).unwrap_or_else(|| panic!("{pointer} in {value}"));
        let is = match member {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Number(number) if number.is_i64() => "integer",
            Value::Number(_) => "number",
            Value::String(_) => "text",
            Value::Array(_) => "array",
            Value::Object(_) => "object",
        };
        assert_eq!(is, *kind, "{pointer} in {value}");
    }
}

fn members(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

async fn a_server_descriptor_is_json_in_a_text_with_a_numeric_version() {
    let mock = Mock::start().await;
    let answer = mock.get("my-app/encryption-key").await;
    let body = answer.ok();
    assert_eq!(body["data"]["type"], "encryption_keys");
    typed(&body, &[("/data/id", "text"), ("/data/attributes/encrypted", "boolean")]);
    assert_eq!(body["data"]["attributes"]["format"], "json");
    let key = descriptor(&answer);
    assert_eq!(key["managed"], "server");
    assert_eq!(key["version"], 2);
    typed(
        &key,
        &[
            ("/key", "text"),
            ("/key_check_salt", "text"),
            ("/key_check_iterations", "integer"),
            ("/created_at", "text"),
        ],
    );
    assert!(key.get("key_check").is_none());
}

async fn a_client_descriptor_has_the_parameters_and_neither_key_nor_proof() {
    let mock = Mock::start().await;
    let key = descriptor(&mock.get("my-vault/encryption-key").await);
    let expected = ["managed", "key_check_salt", "key_check_iterations", "version", "created_at"];
    assert_eq!(members(&key), expected);
    assert_eq!(key["managed"], "client");
    assert_eq!(key["version"], 2);
    assert_eq!(key["key_check_iterations"], 600_000);
    let unverified = descriptor(&mock.get("my-new-vault/encryption-key").await);
    assert_eq!(members(&unverified), ["managed", "version", "created_at"]);
}

async fn history_is_flat_with_textual_versions() {
    let mock = Mock::start().await;
    let server = mock.get("my-app/encryption-key/history").await.ok();
    let expected = ["version", "managed", "is_active", "created_at"];
    assert_eq!(members(&server["data"][0]), expected);
    assert_eq!(members(&server["data"][1])[..4], expected);
    assert_eq!(members(&server["data"][1])[4..], ["rotated_at"]);
    let client = mock.get("my-vault/encryption-key/history").await.ok();
    for entry in client["data"].as_array().unwrap() {
        typed(
            entry,
            &[
                ("/version", "text"),
                ("/key_check", "text"),
                ("/key_check_salt", "text"),
                ("/key_check_iterations", "integer"),
                ("/is_active", "boolean"),
                ("/created_at", "text"),
            ],
        );
    }
}

async fn a_rotation_answers_with_textual_id_and_version() {
    let mock = Mock::start().await;
    let body = mock.send(mock.call("POST", "my-app/encryption-key/rotate")).await.ok();
    typed(
        &body,
        &[
            ("/message", "text"),
            ("/data/key/id", "text"),
            ("/data/key/attributes/id", "integer"),
            ("/data/key/attributes/version", "text"),
            ("/data/key/attributes/key", "text"),
            ("/data/key/attributes/is_active", "boolean"),
            ("/data/key/attributes/created_at", "text"),
        ],
    );
    assert_eq!(body["data"]["key"]["type"], "encryption-keys");
}

async fn pending_rows_have_numeric_ids_and_a_textual_key_version() {
    let mock = Mock::start().await;
    let body = mock.post("my-vault/secrets/re-encrypt-history/pending", json!({})).await.ok();
    assert_eq!(body["data"].as_array().unwrap().len(), 2);
    for row in body["data"].as_array().unwrap() {
        assert_eq!(members(row), ["id", "content", "key_version"]);
        typed(row, &[("/id", "integer"), ("/content", "text"), ("/key_version", "text")]);
    }
    typed(&body, &[("/meta/remaining", "integer")]);
}

async fn a_project_says_its_slug() {
    let mock = Mock::start().await;
    let body = mock.get("my-app").await.ok();
    assert_eq!(body["data"]["attributes"]["slug"], "my-app");
    let list = mock.get("projects").await.ok();
    let slugs: Vec<_> = list["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|project| project["attributes"]["slug"].as_str().unwrap())
        .collect();
    assert_eq!(slugs, ["my-app", "my-new-vault", "my-vault"]);
}

async fn secrets_come_level_by_level() {
    let mock = Mock::start().await;
    let rows: [(&str, &[(&str, &str)]); 3] = [
        ("my-app/secrets", &[("project", "my-app")]),
        ("my-app/backend/secrets", &[("project", "my-app"), ("target", "backend")]),
        (
            "my-app/backend/production/secrets",
            &[("project", "my-app"), ("target", "backend"), ("environment", "production")],
        ),
    ];
    for (path, expected) in rows {
        let body = mock.get(path).await.ok();
        assert_eq!(body["data"]["attributes"]["format"], "env");
        typed(&body, &[("/meta/merged", "text"), ("/meta/hierarchy/project", "text")]);
        let levels = body["data"]["attributes"]["levels"].as_object().unwrap();
        let found: Vec<_> = levels
            .iter()
            .map(|(name, level)| {
                let kinds = [("/encrypted", "boolean"), ("/content", "text"), ("/id", "text")];
                typed(level, &kinds);
                (name.as_str(), level["source"].as_str().unwrap())
            })
            .collect();
        assert_eq!(found, expected, "{path}");
    }
    let hierarchy = &mock.get("my-app/backend/secrets").await.ok()["meta"]["hierarchy"];
    assert_eq!(*hierarchy, json!({"project": "my-app", "target": "backend", "environment": null}));
}

async fn a_store_says_level_source_and_length() {
    let mock = Mock::start().await;
    let content = blob("A=1\n");
    let body = json!({
        "project": "my-app", "target": "backend", "environment": "production", "content": content,
    });
    let answer = mock.post("secrets/store", body).await.ok();
    assert_eq!(
        answer["data"],
        json!({
            "type": "secrets", "level": "environment", "source": "production", "bytes": content.len(),
        })
    );
}

async fn a_version_list_is_paged_newest_first_with_textual_ids() {
    let mock = Mock::start().await;
    let body = json!({"project": "my-vault", "per_page": 1});
    let page = mock.post("secrets/versions", body).await.ok();
    assert_eq!(
        page["meta"],
        json!({
            "current_page": 1, "per_page": 1, "total": 2, "last_page": 2,
        })
    );
    let row = &page["data"][0];
    assert_eq!(row["id"], "22");
    assert_eq!(row["attributes"]["is_client_encrypted"], true);
    assert_eq!(row["attributes"]["encryption_key_version"], "1");
    typed(row, &[("/attributes/size_bytes", "integer"), ("/attributes/action", "text")]);
    let body = json!({"project": "my-vault", "per_page": 1, "page": 2});
    assert_eq!(mock.post("secrets/versions", body).await.ok()["data"][0]["id"], "21");
    for (member, wrong) in [("page", json!(0)), ("per_page", json!(101)), ("per_page", json!("1"))]
    {
        let mut body = json!({"project": "my-vault"});
        body[member] = wrong;
        mock.post("secrets/versions", body).await.invalid(&[member]);
    }
}

async fn a_version_has_content_and_key_beside_its_attributes() {
    let mock = Mock::start().await;
    let version = mock.get("secrets/versions/21").await.ok();
    assert_eq!(version["data"]["id"], "21");
    assert_eq!(version["data"]["key"]["version"], "1");
    assert_eq!(version["data"]["key"]["is_active"], false);
    typed(&version, &[("/data/content", "text"), ("/data/key/key_check", "text")]);
    let vault = ClientKey::salted(
        "an older passphrase of my-vault",
        version["data"]["key"]["key_check_salt"].as_str().unwrap(),
        600_000,
    );
    assert_eq!(version["data"]["key"]["key_check"], vault.proof);
    assert!(vault.open(version["data"]["content"].as_str().unwrap()).is_some());
    let server = mock.get("secrets/versions/11").await.ok();
    assert!(server["data"]["key"].get("key").is_none(), "no server key in a version");
    for unknown in ["9999", "0", "x", "42"] {
        let path = format!("secrets/versions/{unknown}");
        mock.get(&path).await.refused(404, "not_found");
    }
}

async fn timestamps_are_utc_in_whole_seconds() {
    let mock = Mock::start().await;
    let key = descriptor(&mock.get("my-app/encryption-key").await);
    assert_eq!(key["created_at"], "2026-06-11T00:00:00Z");
    let rotated = mock.send(mock.call("POST", "my-app/encryption-key/rotate")).await.ok();
    let time = rotated["data"]["key"]["attributes"]["created_at"].as_str().unwrap().to_owned();
    assert_eq!(time.len(), "2026-06-11T00:00:00Z".len(), "{time}");
    assert!(time.ends_with('Z') && time.parse::<jiff::Timestamp>().is_ok(), "{time}");
}
