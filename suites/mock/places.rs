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
    a_change_names_what_changes_and_leaves_the_rest,
    a_new_slug_takes_all_levels_along,
    a_taken_or_wrong_slug_is_422_and_changes_nothing,
    a_deleted_place_takes_its_levels_along,
    a_job_finds_its_project_under_another_slug,
);

async fn a_name_becomes_a_slug_at_every_depth() {
    let mock = Mock::start().await;
    for path in ["projects", "my-shop/targets", "my-shop/my-shop/environments"] {
        let made = mock.post(path, json!({"name": "My  Shop!"})).await.status(201);
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
        mock.post(path, json!({"name": name})).await.invalid(&["name"]);
    }
}

async fn a_name_without_a_slug_or_with_a_reserved_one_is_422() {
    let mock = Mock::start().await;
    let long = "x".repeat(256);
    let wrong = [json!(null), json!(""), json!(" "), json!("☃"), json!(7), json!(long)];
    let reserved = RESERVED_SLUGS.into_iter().map(Value::from);
    for name in wrong.into_iter().chain(reserved) {
        for path in ["projects", "my-app/targets", "my-app/backend/environments"] {
            mock.post(path, json!({"name": name})).await.invalid(&["name"]);
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
        assert!(text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit()), "{text}");
        assert_eq!(key["version"], 1);
    }
    assert_ne!(one["key"], two["key"]);
    assert_ne!(one["key_check_salt"], two["key_check_salt"]);
}

async fn a_given_server_key_is_kept_as_it_is() {
    let mock = Mock::start().await;
    mock.project(json!({"encryption_key": " ключ\n"}), "given").await;
    let key = descriptor(&mock.get("given/encryption-key").await);
    assert_eq!(key["key"], " ключ\n");
    let empty = json!({"name": "empty", "encryption_key": ""});
    mock.post("projects", empty).await.invalid(&["encryption_key"]);
}

async fn a_client_project_needs_a_whole_proof() {
    let mock = Mock::start().await;
    let body = json!({"name": "bare", "storage_mode": "client"});
    let members = ["key_check", "key_check_salt", "key_check_iterations"];
    mock.post("projects", body).await.invalid(&members);
    let mut body = ClientKey::new("p").project();
    body["name"] = "bare".into();
    body["encryption_key"] = "k".into();
    mock.post("projects", body).await.invalid(&["encryption_key"]);
    let body = json!({"name": "bare", "storage_mode": "cloud"});
    mock.post("projects", body).await.invalid(&["storage_mode"]);
    mock.get("bare").await.refused(404, "not_found");
}

async fn a_deleted_project_is_gone_and_its_slug_is_free() {
    let mock = Mock::start().await;
    let deleted = mock.send(mock.call("DELETE", "my-app")).await;
    assert_eq!((deleted.code, deleted.text.as_str()), (204, ""));
    mock.get("my-app/encryption-key").await.refused(404, "not_found");
    mock.get("secrets/versions/11").await.refused(404, "not_found");
    mock.project(json!({}), "my-app").await;
    let history = mock.get("my-app/encryption-key/history").await.ok();
    assert_eq!(history["data"].as_array().unwrap().len(), 1);
    let levels = mock.get("my-app/secrets").await.ok();
    assert_eq!(levels["data"]["attributes"]["levels"], json!({}));
}

async fn a_change_names_what_changes_and_leaves_the_rest() {
    let mock = Mock::start().await;
    for path in ["my-app", "my-app/backend", "my-app/backend/production"] {
        let before = mock.get(path).await.ok();
        for method in ["PUT", "PATCH"] {
            let body = json!({"name": "Another Name", "description": method});
            let changed = mock.send(mock.call(method, path).json(body)).await.ok();
            let attributes = &changed["data"]["attributes"];
            assert_eq!(attributes["name"], "Another Name", "{path}");
            assert_eq!(attributes["description"], method, "{path}");
            assert_eq!(attributes["slug"], before["data"]["attributes"]["slug"]);
            assert_eq!(changed["data"]["id"], before["data"]["id"]);
            assert_eq!(mock.get(path).await.ok(), changed);
        }
        let none = json!({"description": null});
        let changed = mock.send(mock.call("PATCH", path).json(none)).await.ok();
        assert_eq!(changed["data"]["attributes"]["name"], "Another Name");
        assert_eq!(changed["data"]["attributes"]["description"], Value::Null);
    }
    let body = json!({"status": "staging"});
    let path = "my-app/backend/production";
    let changed = mock.send(mock.call("PATCH", path).json(body)).await.ok();
    assert_eq!(changed["data"]["attributes"]["status"], "staging");
    let body = json!({"metadata": {"team": "payments"}});
    let changed = mock.send(mock.call("PATCH", "my-app").json(body)).await.ok();
    assert_eq!(changed["data"]["attributes"]["metadata"]["team"], "payments");
}

async fn a_new_slug_takes_all_levels_along() {
    let mock = Mock::start().await;
    let stored = mock.get("my-app/backend/production/secrets").await.ok();
    let listed = |target: &str, environment: &str| {
        let body = json!({"project": "shop", "target": target, "environment": environment});
        mock.call("POST", "secrets/versions").json(body)
    };
    for (path, slug) in
        [("my-app", "shop"), ("shop/backend", "api"), ("shop/api/production", "live")]
    {
        let call = mock.call("PATCH", path).json(json!({"slug": slug}));
        let changed = mock.send(call).await.ok();
        assert_eq!(changed["data"]["attributes"]["slug"], slug);
        mock.get(path).await.refused(404, "not_found");
    }
    let moved = mock.get("shop/api/live/secrets").await.ok();
    for level in ["project", "target", "environment"] {
        let content =
            |answer: &Value| answer["data"]["attributes"]["levels"][level]["content"].clone();
        assert_eq!(content(&moved), content(&stored), "{level}");
        assert!(content(&moved).is_string());
    }
    let versions = mock.send(listed("api", "live")).await.ok();
    assert_eq!(versions["meta"]["total"], 2);
    let key = mock.get("shop/encryption-key").await;
    assert_eq!(descriptor(&key)["version"], 2);
}

async fn a_taken_or_wrong_slug_is_422_and_changes_nothing() {
    let mock = Mock::start().await;
    mock.post("my-app/targets", json!({"name": "web"})).await.status(201);
    mock.post("my-app/backend/environments", json!({"name": "local"})).await.status(201);
    for (path, taken) in
        [("my-app", "my-vault"), ("my-app/backend", "web"), ("my-app/backend/production", "local")]
    {
        let before = mock.get(path).await.ok();
        for slug in [taken, "Upper", "", "secrets", "a/b", "a b"] {
            let call = mock.call("PUT", path).json(json!({"slug": slug, "name": "N"}));
            mock.send(call).await.invalid(&["slug"]);
        }
        let body = json!({"slug": 7, "name": "", "description": []});
        let call = mock.call("PATCH", path).json(body);
        mock.send(call).await.invalid(&["name", "slug", "description"]);
        assert_eq!(mock.get(path).await.ok(), before);
    }
}

async fn a_deleted_place_takes_its_levels_along() {
    let mock = Mock::start().await;
    for path in ["my-app/backend/production", "my-app/backend"] {
        mock.send(mock.call("DELETE", path)).await.status(204);
        mock.get(path).await.refused(404, "not_found");
        mock.send(mock.call("DELETE", path)).await.refused(404, "not_found");
    }
    mock.get("secrets/versions/12").await.refused(404, "not_found");
    mock.get("secrets/versions/11").await.ok();
    mock.post("my-app/targets", json!({"name": "backend"})).await.status(201);
    let left = mock.get("my-app/backend/secrets").await.ok();
    let levels = left["data"]["attributes"]["levels"].as_object().unwrap();
    assert_eq!(levels.keys().collect::<Vec<_>>(), ["project"]);
    assert_eq!(mock.get("my-app/targets").await.ok()["data"].as_array().unwrap().len(), 1);
}

async fn a_job_finds_its_project_under_another_slug() {
    let mock = Mock::start().await;
    let rotate = json!({"history_policy": "re_encrypt"});
    mock.post("my-app/encryption-key/rotate", rotate).await.ok();
    let call = mock.call("PATCH", "my-app").json(json!({"slug": "shop"}));
    mock.send(call).await.ok();
    let key = mock.get("shop/encryption-key").await;
    let active = descriptor(&key)["version"].to_string();
    for _ in 0..10_000 {
        let version = mock.get("secrets/versions/11").await.ok();
        if version["data"]["key"]["version"] == active.as_str() {
            return;
        }
    }
    panic!("the job lost its project");
}
