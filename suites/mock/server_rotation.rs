//! Rotation of a key that the server keeps.

use keyproof::crypto::seal;
use serde_json::{Value, json};

use super::support::{Mock, blob, claims, descriptor, opens, server_key};

claims!(
    it_is_400_under_client_custody,
    it_gives_the_key_that_the_descriptor_then_returns,
    every_level_opens_under_the_new_key,
    what_it_replaces_becomes_a_version_under_the_old_key,
    keep_leaves_versions_under_the_old_key,
    re_encrypt_moves_every_version,
    a_later_keep_only_moves_the_goal_of_the_job,
    the_projects_setting_decides_without_a_policy,
    a_policy_that_is_not_one_is_422,
    an_opaque_blob_is_carried_over_with_a_warning,
);

/// Reads at most: a job of a handful of versions takes a few milliseconds.
const TRIES: u32 = 10_000;
const ROTATE: &str = "my-app/encryption-key/rotate";

/// Every version of every level of `my-app`: id, action, the version of its key.
async fn versions(mock: &Mock) -> Vec<(String, String, String)> {
    let levels = [
        json!({"project": "my-app"}),
        json!({"project": "my-app", "target": "backend"}),
        json!({"project": "my-app", "target": "backend", "environment": "production"}),
    ];
    versions_at(mock, &levels).await
}

async fn versions_at(mock: &Mock, levels: &[Value]) -> Vec<(String, String, String)> {
    let mut found = Vec::new();
    for level in levels {
        let page = mock.post("secrets/versions", level.clone()).await.ok();
        for row in page["data"].as_array().unwrap() {
            let attribute = |name: &str| row["attributes"][name].as_str().unwrap_or("").to_owned();
            let id = row["id"].as_str().unwrap().to_owned();
            found.push((id, attribute("action"), attribute("encryption_key_version")));
        }
    }
    found
}

async fn levels(mock: &Mock) -> Value {
    let answer = mock.get("my-app/backend/production/secrets").await.ok();
    answer["data"]["attributes"]["levels"].clone()
}

/// Reads the versions until the job has moved them all: its end is not announced.
async fn moved(mock: &Mock, key: &str) -> Vec<(String, String, String)> {
    for _ in 0..TRIES {
        let rows = versions(mock).await;
        if rows.iter().all(|(.., under)| under == key) {
            return rows;
        }
        tokio::task::yield_now().await;
    }
    panic!("the job did not move every version: {:?}", versions(mock).await);
}

async fn it_is_400_under_client_custody() {
    let mock = Mock::start().await;
    for path in ["my-vault/encryption-key/rotate", "my-new-vault/encryption-key/rotate"] {
        let answer = mock.send(mock.call("POST", path)).await;
        answer.refused(400, "client_managed_encryption");
    }
    let history = mock.get("my-vault/encryption-key/history").await.ok();
    assert_eq!(history["data"].as_array().unwrap().len(), 2);
}

async fn it_gives_the_key_that_the_descriptor_then_returns() {
    let mock = Mock::start().await;
    let before = descriptor(&mock.get("my-app/encryption-key").await);
    let body = mock.send(mock.call("POST", ROTATE)).await.ok();
    let after = descriptor(&mock.get("my-app/encryption-key").await);
    let given = &body["data"]["key"]["attributes"];
    for member in ["key", "key_check_salt", "key_check_iterations", "managed", "created_at"] {
        assert_eq!(given[member], after[member], "{member}");
    }
    assert_eq!(given["version"], after["version"].to_string());
    assert_eq!(after["version"], 3);
    assert_ne!(after["key"], before["key"]);
    assert_ne!(after["key_check_salt"], before["key_check_salt"]);
    let text = after["key"].as_str().unwrap();
    assert!(text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit()), "{text}");
}

async fn every_level_opens_under_the_new_key() {
    let mock = Mock::start().await;
    let old = server_key(&descriptor(&mock.get("my-app/encryption-key").await));
    let before = levels(&mock).await;
    mock.post(ROTATE, json!({"history_policy": "keep"})).await.ok();
    let new = server_key(&descriptor(&mock.get("my-app/encryption-key").await));
    let after = levels(&mock).await;
    for level in ["project", "target", "environment"] {
        let (before, after) = (&before[level], &after[level]);
        let text = opens(&old, before["content"].as_str().unwrap());
        assert!(text.is_some());
        assert_eq!(opens(&new, after["content"].as_str().unwrap()), text, "{level}");
        assert_eq!(before["id"], after["id"], "the secret stays the same one");
    }
}

async fn what_it_replaces_becomes_a_version_under_the_old_key() {
    let mock = Mock::start().await;
    let before = levels(&mock).await;
    mock.post(ROTATE, json!({"history_policy": "keep"})).await.ok();
    let rows = mock.post("secrets/versions", json!({"project": "my-app"})).await.ok();
    let newest = &rows["data"][0];
    assert_eq!(newest["attributes"]["action"], "rotate");
    assert_eq!(newest["attributes"]["encryption_key_version"], "2");
    let path = format!("secrets/versions/{}", newest["id"].as_str().unwrap());
    let version = mock.get(&path).await.ok();
    assert_eq!(version["data"]["content"], before["project"]["content"]);
}

async fn keep_leaves_versions_under_the_old_key() {
    let mock = Mock::start().await;
    let before = versions(&mock).await;
    mock.post(ROTATE, json!({"history_policy": "keep"})).await.ok();
    // Jobs run in order: once this one is done, none of `my-app` is still to come.
    let later = [json!({"project": "later"})];
    mock.project(json!({}), "later").await;
    let key = server_key(&descriptor(&mock.get("later/encryption-key").await));
    let content = seal(&key, b"x").unwrap();
    let store = json!({"project": "later", "content": content});
    mock.post("secrets/store", store).await.ok();
    let body = json!({"history_policy": "re_encrypt"});
    mock.post("later/encryption-key/rotate", body).await.ok();
    let mut tries = 0;
    while versions_at(&mock, &later).await[0].2 != "2" {
        tries += 1;
        assert!(tries < TRIES, "the later job did not run");
        tokio::task::yield_now().await;
    }
    let after = versions(&mock).await;
    for row in &before {
        assert!(after.contains(row), "{row:?} was moved");
    }
    assert_eq!(after.len(), before.len() + 3);
}

async fn re_encrypt_moves_every_version() {
    let mock = Mock::start().await;
    let count = versions(&mock).await.len();
    mock.post(ROTATE, json!({"history_policy": "re_encrypt"})).await.ok();
    let rows = moved(&mock, "3").await;
    assert_eq!(rows.len(), count + 3, "moved in place, none lost");
    let key = server_key(&descriptor(&mock.get("my-app/encryption-key").await));
    for (id, ..) in rows {
        let version = mock.get(&format!("secrets/versions/{id}")).await.ok();
        assert_eq!(version["data"]["key"]["version"], "3");
        assert!(opens(&key, version["data"]["content"].as_str().unwrap()).is_some(), "{id}");
    }
}

async fn a_later_keep_only_moves_the_goal_of_the_job() {
    let mock = Mock::start().await;
    for policy in ["re_encrypt", "keep", "re_encrypt"] {
        mock.post(ROTATE, json!({"history_policy": policy})).await.ok();
    }
    moved(&mock, "5").await;
}

async fn the_projects_setting_decides_without_a_policy() {
    let mock = Mock::start().await;
    let token = super::support::token("full");
    mock.send(mock.call("POST", ROTATE)).await.ok();
    assert!(versions(&mock).await.iter().any(|(.., key)| key == "1"), "keep is the default");
    let setting = json!({"token": token, "project": "my-app", "history_policy": "re_encrypt"});
    mock.control("project", setting).await.status(204);
    mock.post(ROTATE, json!({})).await.ok();
    moved(&mock, "4").await;
    mock.post(ROTATE, json!({"history_policy": "keep"})).await.ok();
    assert!(versions(&mock).await.iter().any(|(.., key)| key == "4"), "the request decides");
}

async fn a_policy_that_is_not_one_is_422() {
    let mock = Mock::start().await;
    for wrong in [json!("drop"), json!(""), json!("Keep"), json!(1), json!(true), json!([])] {
        let body = json!({"history_policy": wrong});
        mock.post(ROTATE, body).await.invalid(&["history_policy"]);
    }
    for wrong in [json!([1]), json!("keep"), json!(1)] {
        mock.post(ROTATE, wrong).await.invalid(&["body"]);
    }
    assert_eq!(descriptor(&mock.get("my-app/encryption-key").await)["version"], 2);
}

async fn an_opaque_blob_is_carried_over_with_a_warning() {
    let mock = Mock::start().await;
    let store = json!({"project": "my-app", "content": "not a blob"});
    mock.post("secrets/store", store).await.ok();
    let answer = mock.send(mock.call("POST", ROTATE)).await;
    answer.ok();
    assert!(answer.header("x-mock-warning").starts_with("1 opaque"), "{:?}", answer.headers);
    let after = levels(&mock).await;
    assert_eq!(after["project"]["content"], "not a blob");
    let key = server_key(&descriptor(&mock.get("my-app/encryption-key").await));
    assert!(opens(&key, after["target"]["content"].as_str().unwrap()).is_some());
    // What is carried over is not replaced, so that no version of it is made.
    let rows = versions(&mock).await;
    assert_eq!(rows.iter().filter(|(.., key)| key == "2").count(), 4, "{rows:?}");
    let store = json!({"project": "my-app", "content": blob("x")});
    mock.post("secrets/store", store).await.ok();
    let rows = versions(&mock).await;
    assert!(rows.iter().any(|(.., key)| key.is_empty()), "an opaque version names no key");
}
