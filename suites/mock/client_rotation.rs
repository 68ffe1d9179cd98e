//! Rotation of a key that the client keeps.

use serde_json::{Value, json};

use super::support::{ClientKey, Mock, blob, claims, descriptor};

claims!(
    it_is_400_under_server_custody,
    an_incomplete_set_is_400_and_names_what_is_wrong,
    an_empty_set_is_right_without_secrets_only,
    the_very_same_proof_is_422,
    a_new_salt_alone_is_a_new_proof,
    it_sets_the_first_verification_of_a_project,
    what_it_replaces_is_pending_under_the_old_key,
    keep_does_not_empty_the_pending_list,
    a_rotated_proof_never_changes,
    ids_are_texts_and_contents_are_bounded,
    a_refused_rotation_changes_nothing,
);

const ROTATE: &str = "my-vault/secrets/rotate-client-keys";
const PROJECT: &str = "01ARZ3NDEKTSV4RRFFQ69G5FC4";
const TARGET: &str = "01ARZ3NDEKTSV4RRFFQ69G5FC5";

/// All that a client can see of the vault.
async fn snapshot(mock: &Mock) -> Value {
    let mut levels = mock.get("my-vault/backend/production/secrets").await.ok();
    levels["meta"]["timestamp"] = Value::Null;
    json!([
        mock.get("my-vault/encryption-key").await.ok(),
        mock.get("my-vault/encryption-key/history").await.ok(),
        levels,
        mock.post("my-vault/secrets/re-encrypt-history/pending", json!({})).await.ok(),
    ])
}

async fn it_is_400_under_server_custody() {
    let mock = Mock::start().await;
    let body = ClientKey::new("new").rotation(&[]);
    let answer = mock.post("my-app/secrets/rotate-client-keys", body).await;
    answer.refused(400, "server_managed_encryption");
    assert_eq!(descriptor(&mock.get("my-app/encryption-key").await)["version"], 2);
}

async fn an_incomplete_set_is_400_and_names_what_is_wrong() {
    let mock = Mock::start().await;
    let before = snapshot(&mock).await;
    let unknown = "01ARZ3NDEKTSV4RRFFQ69G5FB4";
    let rows: [(&[&str], [&[&str]; 3]); 5] = [
        (&[], [&[PROJECT, TARGET], &[], &[]]),
        (&[PROJECT], [&[TARGET], &[], &[]]),
        (&[PROJECT, TARGET, unknown], [&[], &[unknown], &[]]),
        (&[PROJECT, TARGET, PROJECT], [&[], &[], &[PROJECT]]),
        (&[TARGET, TARGET, unknown], [&[PROJECT], &[unknown], &[TARGET]]),
    ];
    for (ids, [missing, unknown, duplicate]) in rows {
        let secrets: Vec<_> = ids.iter().map(|id| (*id, "blob")).collect();
        let body = ClientKey::new("new").rotation(&secrets);
        let refused = mock.post(ROTATE, body).await.refused(400, "incomplete_rotation");
        let details = json!({"missing": missing, "unknown": unknown, "duplicate": duplicate});
        assert_eq!(refused["details"], details);
    }
    assert_eq!(snapshot(&mock).await, before);
}

async fn an_empty_set_is_right_without_secrets_only() {
    let mock = Mock::start().await;
    mock.project(ClientKey::new("first").project(), "bare").await;
    let body = ClientKey::new("second").rotation(&[]);
    let answer = mock.post("bare/secrets/rotate-client-keys", body.clone()).await.ok();
    assert_eq!(answer["data"], json!({"count": 0}));
    mock.post(ROTATE, body).await.refused(400, "incomplete_rotation");
}

async fn the_very_same_proof_is_422() {
    let mock = Mock::start().await;
    let key = ClientKey::new("same");
    mock.project(key.project(), "same").await;
    let answer = mock.post("same/secrets/rotate-client-keys", key.rotation(&[])).await;
    answer.invalid(&["key_check"]);
    assert_eq!(descriptor(&mock.get("same/encryption-key").await)["version"], 1);
}

async fn a_new_salt_alone_is_a_new_proof() {
    let mock = Mock::start().await;
    let key = ClientKey::new("same");
    mock.project(key.project(), "same").await;
    let salted = ClientKey::salted("same", "AAAAAAAAAAAAAAAAAAAAAA==", key.iterations);
    mock.post("same/secrets/rotate-client-keys", salted.rotation(&[])).await.ok();
}

async fn it_sets_the_first_verification_of_a_project() {
    let mock = Mock::start().await;
    let key = ClientKey::new("first");
    let store = json!({"project": "my-new-vault", "content": blob("x"), "key_proof": key.proof});
    let answer = mock.post("secrets/store", store.clone()).await;
    answer.refused(422, "key_proof_required");
    mock.post("my-new-vault/secrets/rotate-client-keys", key.rotation(&[])).await.ok();
    mock.post("secrets/store", store).await.ok();
}

async fn what_it_replaces_is_pending_under_the_old_key() {
    let mock = Mock::start().await;
    let before = mock.get("my-vault/backend/secrets").await.ok();
    let old = |level: &str| before["data"]["attributes"]["levels"][level]["content"].clone();
    let key = ClientKey::new("new");
    let body = key.rotation(&[(TARGET, &key.seal("T=1\n")), (PROJECT, &key.seal("P=1\n"))]);
    assert_eq!(mock.post(ROTATE, body).await.ok()["data"]["count"], 2);
    let after = mock.get("my-vault/backend/secrets").await.ok();
    for (level, text) in [("project", "P=1\n"), ("target", "T=1\n")] {
        let found = &after["data"]["attributes"]["levels"][level];
        assert_eq!(key.open(found["content"].as_str().unwrap()).as_deref(), Some(text));
    }
    let pending = mock.post("my-vault/secrets/re-encrypt-history/pending", json!({})).await.ok();
    // Two were under the first key, one more under the second, and the two blobs just replaced.
    assert_eq!(pending["meta"]["remaining"], 5);
    for level in ["project", "target"] {
        let rows = pending["data"].as_array().unwrap();
        let row = rows.iter().find(|row| row["content"] == old(level)).expect("it is pending");
        assert_eq!(row["key_version"], "2");
        let version = mock.get(&format!("secrets/versions/{}", row["id"])).await.ok();
        assert_eq!(version["data"]["attributes"]["action"], "rotate");
    }
}

async fn keep_does_not_empty_the_pending_list() {
    let mock = Mock::start().await;
    for (passphrase, policy, remaining) in [("one", "keep", 5), ("two", "re_encrypt", 7)] {
        let key = ClientKey::new(passphrase);
        let mut body = key.rotation(&[(TARGET, "t"), (PROJECT, "p")]);
        body["history_policy"] = policy.into();
        mock.post(ROTATE, body).await.ok();
        let path = "my-vault/secrets/re-encrypt-history/pending";
        let pending = mock.post(path, json!({})).await.ok();
        assert_eq!(pending["meta"]["remaining"], remaining, "{policy}");
    }
}

async fn a_rotated_proof_never_changes() {
    let mock = Mock::start().await;
    let keys = ["one", "two", "three"].map(ClientKey::new);
    mock.project(keys[0].project(), "vault").await;
    for key in &keys[1..] {
        mock.post("vault/secrets/rotate-client-keys", key.rotation(&[])).await.ok();
    }
    let history = mock.get("vault/encryption-key/history").await.ok();
    for (entry, key) in history["data"].as_array().unwrap().iter().rev().zip(&keys) {
        assert_eq!(entry["key_check"], key.proof);
        assert_eq!(entry["key_check_salt"], key.salt);
        assert_eq!(entry["key_check_iterations"], key.iterations);
    }
}

async fn ids_are_texts_and_contents_are_bounded() {
    let mock = Mock::start().await;
    let mut body = ClientKey::new("new").fields();
    for (secrets, members) in [
        (json!([{"id": 42, "content": "x"}]), &["secrets.0.id"][..]),
        (json!([{"id": "a", "content": 1}]), &["secrets.0.content"]),
        (json!([{"id": "a", "content": ""}]), &["secrets.0.content"]),
        (json!([{"id": "a", "content": "x"}, {}]), &["secrets.1.id", "secrets.1.content"]),
        (json!(["a"]), &["secrets.0"]),
        (json!({}), &["secrets"]),
        (json!(null), &["secrets"]),
    ] {
        body["secrets"] = secrets;
        mock.post(ROTATE, body.clone()).await.invalid(members);
    }
    body["secrets"] = json!([]);
    body["history_policy"] = json!("drop");
    mock.post(ROTATE, body).await.invalid(&["history_policy"]);
}

async fn a_refused_rotation_changes_nothing() {
    let mock = Mock::start().await;
    let before = snapshot(&mock).await;
    let good = ClientKey::new("new").rotation(&[(TARGET, "t"), (PROJECT, "p")]);
    for (member, wrong) in [
        ("key_check", json!("AAAA")),
        ("key_check_salt", json!(7)),
        ("key_check_iterations", json!(999)),
        ("secrets", json!([{"id": TARGET, "content": "t"}])),
    ] {
        let mut body = good.clone();
        body[member] = wrong;
        let answer = mock.post(ROTATE, body).await;
        assert!([400, 422].contains(&answer.code), "{}", answer.text);
    }
    assert_eq!(snapshot(&mock).await, before);
    mock.post(ROTATE, good).await.ok();
}
