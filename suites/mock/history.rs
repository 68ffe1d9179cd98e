//! The history of a project's keys.

use serde_json::{Value, json};

use super::support::{ClientKey, Mock, claims};

claims!(
    the_active_key_is_first_then_by_descending_number,
    no_server_key_material_is_ever_in_it,
    exactly_one_key_is_active_and_only_the_others_were_rotated,
);

async fn twelve(mock: &Mock) -> Vec<Value> {
    for _ in 0..10 {
        mock.send(mock.call("POST", "my-app/encryption-key/rotate")).await.ok();
    }
    let body = mock.get("my-app/encryption-key/history").await.ok();
    body["data"].as_array().unwrap().clone()
}

async fn the_active_key_is_first_then_by_descending_number() {
    let mock = Mock::start().await;
    let expected: Vec<_> = (1..=12).rev().map(|version| json!(version.to_string())).collect();
    let entries = twelve(&mock).await;
    let found: Vec<_> = entries.iter().map(|entry| entry["version"].clone()).collect();
    assert_eq!(found, expected);
    mock.project(ClientKey::new("1").project(), "vault").await;
    for number in 2..=12 {
        let body = ClientKey::new(&number.to_string()).rotation(&[]);
        mock.post("vault/secrets/rotate-client-keys", body).await.ok();
    }
    let body = mock.get("vault/encryption-key/history").await.ok();
    let entries = body["data"].as_array().unwrap();
    let found: Vec<_> = entries.iter().map(|entry| entry["version"].clone()).collect();
    assert_eq!(found, expected);
}

async fn no_server_key_material_is_ever_in_it() {
    let mock = Mock::start().await;
    let entries = twelve(&mock).await;
    let expected = ["version", "managed", "is_active", "created_at", "rotated_at"];
    for entry in &entries[1..] {
        let members: Vec<_> = entry.as_object().unwrap().keys().collect();
        assert_eq!(members, expected);
    }
}

async fn exactly_one_key_is_active_and_only_the_others_were_rotated() {
    let mock = Mock::start().await;
    for entry in twelve(&mock).await {
        let active = entry["version"] == "12";
        assert_eq!(entry["is_active"], active);
        assert_eq!(entry.get("rotated_at").is_none(), active);
    }
}
