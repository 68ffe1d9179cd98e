//! Projects, targets and environments: names become slugs.

use keyproof::contract::identifier::RESERVED_SLUGS;
use serde_json::{Value, json};

use super::support::{ClientKey, Mock, claims, descriptor};

claims!(
    a_name_becomes_a_slug_at_every_depth,
    a_taken_slug_is_422,
    a_name_without_a_slug_or_with_a_reserved_one_is_422,
    a_server_project_gets_a_key_of_its_own,
    a_given_server_key_is_kept_as_it_is,
    a_client_project_needs_a_whole_proof,
    a_deleted_project_is_gone_and_its_slug_is_free,
);

async fn a_name_becomes_a_slug_at_every_depth() {
    let mock = Mock::start().await;
    for path in [
        "projects",
        "my-shop/targets",
        "my-shop/my-shop/environments",
    ] {
        let made = mock
            .post(path, json!({"name": "My  Shop!"}))
            .await
            .status(201);
        assert_eq!(made["data"]["attributes"]["slug"], "my-shop", "{path}");
        assert_eq!(made["data"]["attributes"]["name"], "My  Shop!");
    }
    let found = mock.get("my-shop/my-shop/my-shop").await.ok();
    assert_eq!(found["data"]["type"], "environments");
    let project = mock.get("my-shop").await.ok();
    assert_eq!(project["data"]["attributes"]["target_count"], 1);
    assert_eq!(project["data"]["attributes"]["environment_count"], 1);
}

async fn a_taken_slug_is_422() {
    let mock = Mock::start().await;
    let rows = [
        ("projects", "My App"),
        ("my-app/targets", "BACKEND"),
        ("my-app/backend/environments", "production!"),
    ];
    for (path, name) in rows {
        mock.post(path, json!({"name": name}))
            .await
            .invalid(&["name"]);
    }
}

async fn a_name_without_a_slug_or_with_a_reserved_one_is_422() {
    let mock = Mock::start().await;
    let long = "x".repeat(256);
    let wrong = [
        json!(null),
        json!(""),
        json!(" "),
        json!("☃"),
        json!(7),
        json!(long),
    ];
    let reserved = RESERVED_SLUGS.into_iter().map(Value::from);
    for name in wrong.into_iter().chain(reserved) {
        for path in ["projects", "my-app/targets", "my-app/backend/environments"] {
            mock.post(path, json!({"name": name}))
                .await
                .invalid(&["name"]);
        }
    }
}

async fn a_server_project_gets_a_key_of_its_own() {
    let mock = Mock::start().await;
    mock.project(json!({}), "one").await;
    mock.project(json!({"storage_mode": "server"}), "two").await;
    let one = descriptor(&mock.get("one/encryption-key").await);
    let two = descriptor(&mock.get("two/encryption-key").await);
    for key in [&one, &two] {
        let text = key["key"].as_str().unwrap();
        assert!(
            text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit()),
            "{text}"
        );
        assert_eq!(key["version"], 1);
    }
    assert_ne!(one["key"], two["key"]);
    assert_ne!(one["key_check_salt"], two["key_check_salt"]);
}

async fn a_given_server_key_is_kept_as_it_is() {
    let mock = Mock::start().await;
    mock.project(json!({"encryption_key": " ключ\n"}), "given")
        .await;
    let key = descriptor(&mock.get("given/encryption-key").await);
    assert_eq!(key["key"], " ключ\n");
    let empty = json!({"name": "empty", "encryption_key": ""});
    mock.post("projects", empty)
        .await
        .invalid(&["encryption_key"]);
}

async fn a_client_project_needs_a_whole_proof() {
    let mock = Mock::start().await;
    let body = json!({"name": "bare", "storage_mode": "client"});
    let members = ["key_check", "key_check_salt", "key_check_iterations"];
    mock.post("projects", body).await.invalid(&members);
    let mut body = ClientKey::new("p").project();
    body["name"] = "bare".into();
    body["encryption_key"] = "k".into();
    mock.post("projects", body)
        .await
        .invalid(&["encryption_key"]);
    let body = json!({"name": "bare", "storage_mode": "cloud"});
    mock.post("projects", body).await.invalid(&["storage_mode"]);
    mock.get("bare").await.refused(404, "not_found");
}

async fn a_deleted_project_is_gone_and_its_slug_is_free() {
    let mock = Mock::start().await;
    let deleted = mock.send(mock.call("DELETE", "my-app")).await;
    assert_eq!((deleted.code, deleted.text.as_str()), (204, ""));
    mock.get("my-app/encryption-key")
        .await
        .refused(404, "not_found");
    mock.get("secrets/versions/11")
        .await
        .refused(404, "not_found");
    mock.project(json!({}), "my-app").await;
    let history = mock.get("my-app/encryption-key/history").await.ok();
    assert_eq!(history["data"].as_array().unwrap().len(), 1);
    let levels = mock.get("my-app/secrets").await.ok();
    assert_eq!(levels["data"]["attributes"]["levels"], json!({}));
}
