//! Putting a version back: what the level held before stays, and which key the blob is under then.

use serde_json::{Value, json};

use super::support::{Answer, ClientKey, Mock, claims, descriptor, opens, server_key};

claims!(
    what_the_level_holds_becomes_a_version,
    it_answers_with_the_text_id_of_the_secret,
    a_level_that_was_emptied_holds_the_version_again,
    a_server_seals_a_version_under_a_rotated_key_again,
    a_server_puts_a_version_under_the_active_key_back_as_it_is,
    an_opaque_version_is_put_back_as_it_is_with_a_warning,
    a_server_ignores_content_and_says_so,
    a_client_version_under_the_active_key_needs_no_body,
    a_client_version_under_an_old_key_needs_its_content,
    content_needs_the_proof_of_the_active_key,
    what_a_client_puts_back_is_under_the_active_key,
    a_snapshot_of_an_empty_level_holds_nothing_to_restore,
    it_needs_its_scope_and_a_version_of_the_organization,
    of_two_mistakes_the_earlier_stage_tells,
    restored_blobs_are_part_of_the_next_rotation,
);

async fn restore(mock: &Mock, id: &str, body: Value) -> Answer {
    let call = mock.call("POST", &format!("secrets/versions/{id}/restore"));
    mock.send(match body {
        Value::Null => call,
        body => call.json(body),
    })
    .await
}

/// The project level's secret; null if it holds none.
async fn stored(mock: &Mock, project: &str) -> Value {
    let answer = mock.get(&format!("{project}/secrets")).await.ok();
    answer["data"]["attributes"]["levels"]["project"].clone()
}

/// The project level's versions, newest first.
async fn versions(mock: &Mock, project: &str) -> Vec<Value> {
    let body = json!({"project": project, "per_page": 100});
    let page = mock.post("secrets/versions", body).await.ok();
    page["data"].as_array().unwrap().clone()
}

async fn content_of(mock: &Mock, id: &str) -> Value {
    let version = mock.get(&format!("secrets/versions/{id}")).await.ok();
    version["data"]["content"].clone()
}

fn id(version: &Value) -> String {
    version["id"].as_str().unwrap().to_owned()
}

async fn store(mock: &Mock, project: &str, content: &str, proof: &str) {
    let body = json!({"project": project, "content": content, "key_proof": proof});
    mock.post("secrets/store", body).await.ok();
}

async fn delete(mock: &Mock, project: &str) {
    let answer = mock.post("secrets/delete", json!({"project": project})).await;
    assert_eq!((answer.code, answer.text.as_str()), (204, ""));
}

/// A client-managed project `vault` whose level holds `C=1` under its second key, and has a version
/// `A=1` that is under its first.
async fn vault(mock: &Mock) -> (ClientKey, ClientKey, String) {
    let (old, new) = (ClientKey::new("old"), ClientKey::new("new"));
    mock.project(old.project(), "vault").await;
    store(mock, "vault", &old.seal("A=1\n"), &old.proof).await;
    let secret = stored(mock, "vault").await;
    let rotation = new.rotation(&[(secret["id"].as_str().unwrap(), &new.seal("C=1\n"))]);
    mock.post("vault/secrets/rotate-client-keys", rotation).await.ok();
    let version = id(&versions(mock, "vault").await[0]);
    (old, new, version)
}

async fn what_the_level_holds_becomes_a_version() {
    let mock = Mock::start().await;
    mock.project(json!({}), "shop").await;
    for text in ["one", "two", "three"] {
        store(&mock, "shop", text, "").await;
    }
    let before = versions(&mock, "shop").await;
    let oldest = id(&before[1]);
    restore(&mock, &oldest, Value::Null).await.ok();
    assert_eq!(stored(&mock, "shop").await["content"], "one");
    let after = versions(&mock, "shop").await;
    assert_eq!(after[1..], before[..], "what was there is still there");
    assert_eq!(after[0]["attributes"]["action"], "restore");
    assert_eq!(content_of(&mock, &id(&after[0])).await, "three");
    for body in [json!({}), Value::Null] {
        restore(&mock, &oldest, body).await.ok();
    }
    assert_eq!(versions(&mock, "shop").await.len(), 5);
}

async fn it_answers_with_the_text_id_of_the_secret() {
    let mock = Mock::start().await;
    let answer = restore(&mock, "11", Value::Null).await.ok();
    let secret = stored(&mock, "my-app").await;
    assert!(secret["id"].is_string());
    assert_eq!(
        answer["data"],
        json!({"type": "secrets", "secret_id": secret["id"], "restored_from": "11"})
    );
    assert!(answer["message"].is_string());
}

async fn a_level_that_was_emptied_holds_the_version_again() {
    let mock = Mock::start().await;
    mock.project(json!({}), "shop").await;
    store(&mock, "shop", "one", "").await;
    delete(&mock, "shop").await;
    assert_eq!(stored(&mock, "shop").await, Value::Null);
    let kept = versions(&mock, "shop").await;
    let answer = restore(&mock, &id(&kept[0]), Value::Null).await.ok();
    let secret = stored(&mock, "shop").await;
    assert_eq!(secret["content"], "one");
    assert_eq!(answer["data"]["secret_id"], secret["id"]);
    assert_eq!(versions(&mock, "shop").await, kept, "there was nothing to keep");
}

async fn a_server_seals_a_version_under_a_rotated_key_again() {
    let mock = Mock::start().await;
    let first = content_of(&mock, "11").await;
    restore(&mock, "11", Value::Null).await.ok();
    let key = server_key(&descriptor(&mock.get("my-app/encryption-key").await));
    let secret = stored(&mock, "my-app").await;
    assert_ne!(secret["content"], first);
    assert!(opens(&key, secret["content"].as_str().unwrap()).is_some());
    assert_eq!(content_of(&mock, "11").await, first, "the version itself stays");
    let version = mock.get("secrets/versions/11").await.ok();
    assert_eq!(version["data"]["key"]["version"], "1");
}

async fn a_server_puts_a_version_under_the_active_key_back_as_it_is() {
    let mock = Mock::start().await;
    restore(&mock, "13", Value::Null).await.ok();
    let answer = mock.get("my-app/backend/production/secrets").await.ok();
    let level = &answer["data"]["attributes"]["levels"]["environment"];
    assert_eq!(level["content"], content_of(&mock, "13").await);
}

async fn an_opaque_version_is_put_back_as_it_is_with_a_warning() {
    let mock = Mock::start().await;
    mock.project(json!({}), "shop").await;
    store(&mock, "shop", "no blob", "").await;
    delete(&mock, "shop").await;
    let kept = id(&versions(&mock, "shop").await[0]);
    let answer = restore(&mock, &kept, Value::Null).await;
    answer.ok();
    assert!(answer.header("x-mock-warning").contains("opaque"));
    assert_eq!(stored(&mock, "shop").await["content"], "no blob");
}

async fn a_server_ignores_content_and_says_so() {
    let mock = Mock::start().await;
    let body = json!({"content": "mine", "key_proof": "x"});
    let answer = restore(&mock, "13", body).await;
    answer.ok();
    assert!(answer.header("x-mock-warning").contains("content is ignored"));
    let level = mock.get("my-app/backend/production/secrets").await.ok();
    let level = &level["data"]["attributes"]["levels"]["environment"];
    assert_eq!(level["content"], content_of(&mock, "13").await);
}

async fn a_client_version_under_the_active_key_needs_no_body() {
    let mock = Mock::start().await;
    let (_, new, _) = vault(&mock).await;
    store(&mock, "vault", &new.seal("D=1\n"), &new.proof).await;
    let version = id(&versions(&mock, "vault").await[0]);
    let content = content_of(&mock, &version).await;
    restore(&mock, &version, Value::Null).await.ok();
    assert_eq!(stored(&mock, "vault").await["content"], content);
    assert_eq!(new.open(content.as_str().unwrap()).as_deref(), Some("C=1\n"));
}

async fn a_client_version_under_an_old_key_needs_its_content() {
    let mock = Mock::start().await;
    let (_, new, version) = vault(&mock).await;
    let before = (stored(&mock, "vault").await, versions(&mock, "vault").await);
    for body in [Value::Null, json!({}), json!({"key_proof": new.proof})] {
        restore(&mock, &version, body).await.refused(422, "content_required_for_old_key");
    }
    assert_eq!((stored(&mock, "vault").await, versions(&mock, "vault").await), before);
}

async fn content_needs_the_proof_of_the_active_key() {
    let mock = Mock::start().await;
    let (old, new, version) = vault(&mock).await;
    store(&mock, "vault", &new.seal("D=1\n"), &new.proof).await;
    let current = id(&versions(&mock, "vault").await[0]);
    let before = (stored(&mock, "vault").await, versions(&mock, "vault").await);
    let content = new.seal("A=1\n");
    let wrong = ClientKey::new("wrong").proof;
    let rows = [
        (json!({"content": content}), "key_proof_required"),
        (json!({"content": content, "key_proof": wrong}), "key_proof_mismatch"),
        (json!({"content": content, "key_proof": old.proof}), "key_proof_mismatch"),
        (json!({"content": content, "key_proof": ""}), "key_proof_mismatch"),
        (json!({"key_proof": wrong}), "key_proof_mismatch"),
    ];
    for (body, code) in rows {
        for version in [&version, &current] {
            restore(&mock, version, body.clone()).await.refused(422, code);
        }
    }
    restore(&mock, &version, json!({"content": "", "key_proof": 1}))
        .await
        .invalid(&["content", "key_proof"]);
    assert_eq!((stored(&mock, "vault").await, versions(&mock, "vault").await), before);
    restore(&mock, &version, json!({"content": content, "key_proof": new.proof})).await.ok();
    assert_eq!(stored(&mock, "vault").await["content"], content);
}

async fn what_a_client_puts_back_is_under_the_active_key() {
    let mock = Mock::start().await;
    let (_, new, version) = vault(&mock).await;
    let pending = mock.post("vault/secrets/re-encrypt-history/pending", json!({})).await.ok();
    let body = json!({"content": new.seal("A=1\n"), "key_proof": new.proof});
    restore(&mock, &version, body).await.ok();
    store(&mock, "vault", &new.seal("E=1\n"), &new.proof).await;
    let newest = &versions(&mock, "vault").await[0];
    assert_eq!(newest["attributes"]["encryption_key_version"], "2");
    let content = content_of(&mock, &id(newest)).await;
    assert_eq!(new.open(content.as_str().unwrap()).as_deref(), Some("A=1\n"));
    let after = mock.post("vault/secrets/re-encrypt-history/pending", json!({})).await.ok();
    assert_eq!(after, pending, "the version itself still waits");
}

async fn a_snapshot_of_an_empty_level_holds_nothing_to_restore() {
    let mock = Mock::start().await;
    mock.project(json!({}), "shop").await;
    delete(&mock, "shop").await;
    let empty = id(&versions(&mock, "shop").await[0]);
    restore(&mock, &empty, Value::Null).await.invalid(&["version"]);
    assert_eq!(stored(&mock, "shop").await, Value::Null);
}

async fn it_needs_its_scope_and_a_version_of_the_organization() {
    let mock = Mock::start().await;
    let before = stored(&mock, "my-app").await;
    let call = mock.call("POST", "secrets/versions/11/restore");
    mock.send(call.by("read_only")).await.refused(403, "insufficient_permissions");
    // 42 is a version of the other organization of this ULID.
    for unknown in ["42", "0", "9999", "x", "-1", "purge"] {
        restore(&mock, unknown, Value::Null).await.refused(404, "not_found");
    }
    assert_eq!(stored(&mock, "my-app").await, before);
}

async fn of_two_mistakes_the_earlier_stage_tells() {
    let mock = Mock::start().await;
    let (_, new, version) = vault(&mock).await;
    restore(&mock, "9999", json!({"content": 1})).await.refused(404, "not_found");
    let text = mock.call("POST", &format!("secrets/versions/{version}/restore")).body("{");
    mock.send(text).await.refused(415, "unsupported_media_type");
    restore(&mock, &version, json!({"content": 1, "key_proof": "x"})).await.invalid(&["content"]);
    restore(&mock, &version, json!({"key_proof": "x"})).await.refused(422, "key_proof_mismatch");
    let body = json!({"key_proof": new.proof});
    restore(&mock, &version, body).await.refused(422, "content_required_for_old_key");
}

async fn restored_blobs_are_part_of_the_next_rotation() {
    let mock = Mock::start().await;
    delete(&mock, "my-app").await;
    restore(&mock, "11", Value::Null).await.ok();
    let key = server_key(&descriptor(&mock.get("my-app/encryption-key").await));
    let text = opens(&key, stored(&mock, "my-app").await["content"].as_str().unwrap());
    mock.post("my-app/encryption-key/rotate", json!({"history_policy": "keep"})).await.ok();
    let next = server_key(&descriptor(&mock.get("my-app/encryption-key").await));
    let after = stored(&mock, "my-app").await;
    assert!(text.is_some());
    assert_eq!(opens(&next, after["content"].as_str().unwrap()), text);
}
