//! Versions that the client has sealed again.

use serde_json::{Value, json};

use super::support::{Answer, ClientKey, Mock, claims};

claims!(
    it_is_400_under_server_custody,
    it_moves_what_it_names_in_place,
    an_unknown_or_foreign_id_is_422_and_nothing_is_moved,
    a_duplicate_id_is_422_and_nothing_is_moved,
    a_version_on_the_current_key_is_skipped_and_not_counted,
    a_batch_has_1_to_100_versions,
    ids_are_integers_and_contents_are_bounded,
    a_stale_proof_is_a_conflict_and_any_other_a_mismatch,
);

/// A project `vault` whose one secret was written `writes` times and then rotated.
async fn vault(mock: &Mock, writes: usize) -> (ClientKey, ClientKey, Vec<i64>) {
    let (old, new) = (ClientKey::new("old"), ClientKey::new("new"));
    mock.project(old.project(), "vault").await;
    for number in 0..writes {
        let content = old.seal(&number.to_string());
        let body = json!({"project": "vault", "content": content, "key_proof": old.proof});
        mock.post("secrets/store", body).await.ok();
    }
    let levels = mock.get("vault/secrets").await.ok();
    let id = levels["data"]["attributes"]["levels"]["project"]["id"].as_str().unwrap().to_owned();
    let body = new.rotation(&[(&id, &new.seal("current"))]);
    mock.post("vault/secrets/rotate-client-keys", body).await.ok();
    let rows = pending(mock).await;
    let ids = rows["data"].as_array().unwrap().iter().map(|row| row["id"].as_i64().unwrap());
    (old, new, ids.collect())
}

async fn pending(mock: &Mock) -> Value {
    let path = "vault/secrets/re-encrypt-history/pending";
    mock.post(path, json!({"limit": 100})).await.ok()
}

async fn submit(mock: &Mock, ids: &[i64], key: &ClientKey) -> Answer {
    let versions: Vec<_> =
        ids.iter().map(|id| json!({"id": id, "content": key.seal("x")})).collect();
    let body = json!({"versions": versions, "key_proof": key.proof});
    mock.post("vault/secrets/re-encrypt-history", body).await
}

async fn it_is_400_under_server_custody() {
    let mock = Mock::start().await;
    let body = json!({"versions": [{"id": 11, "content": "x"}], "key_proof": "x"});
    let answer = mock.post("my-app/secrets/re-encrypt-history", body).await;
    answer.refused(400, "server_managed_encryption");
    assert_eq!(mock.get("secrets/versions/11").await.ok()["data"]["key"]["version"], "1");
}

async fn it_moves_what_it_names_in_place() {
    let mock = Mock::start().await;
    let (_, new, ids) = vault(&mock, 3).await;
    let answer = submit(&mock, &ids[..2], &new).await.ok();
    assert_eq!(answer, json!({"data": {"updated": 2, "remaining": 1}}));
    for id in &ids[..2] {
        let version = mock.get(&format!("secrets/versions/{id}")).await.ok();
        assert_eq!(version["data"]["key"]["version"], "2");
        assert!(new.open(version["data"]["content"].as_str().unwrap()).is_some());
    }
    let rows = mock.post("secrets/versions", json!({"project": "vault"})).await.ok();
    assert_eq!(rows["meta"]["total"], 3);
}

async fn an_unknown_or_foreign_id_is_422_and_nothing_is_moved() {
    let mock = Mock::start().await;
    let (_, new, ids) = vault(&mock, 2).await;
    let before = pending(&mock).await;
    // 21 is another project's, 42 another organization's.
    for wrong in [999_999, 21, 42, 0, -1, i64::MIN] {
        submit(&mock, &[ids[0], wrong], &new).await.invalid(&["versions.1.id"]);
    }
    let members = ["versions.0.id", "versions.2.id"];
    submit(&mock, &[21, ids[0], 42], &new).await.invalid(&members);
    assert_eq!(pending(&mock).await, before);
}

async fn a_duplicate_id_is_422_and_nothing_is_moved() {
    let mock = Mock::start().await;
    let (_, new, ids) = vault(&mock, 2).await;
    let before = pending(&mock).await;
    submit(&mock, &[ids[0], ids[1], ids[0]], &new).await.invalid(&["versions.2.id"]);
    assert_eq!(pending(&mock).await, before);
}

async fn a_version_on_the_current_key_is_skipped_and_not_counted() {
    let mock = Mock::start().await;
    let (_, new, ids) = vault(&mock, 2).await;
    submit(&mock, &ids[..1], &new).await.ok();
    let path = format!("secrets/versions/{}", ids[0]);
    let before = mock.get(&path).await.ok();
    let answer = submit(&mock, &ids, &new).await.ok();
    assert_eq!(answer["data"], json!({"updated": 1, "remaining": 0}));
    assert_eq!(mock.get(&path).await.ok(), before, "its content stays");
    let answer = submit(&mock, &ids, &new).await.ok();
    assert_eq!(answer["data"], json!({"updated": 0, "remaining": 0}));
}

async fn a_batch_has_1_to_100_versions() {
    let mock = Mock::start().await;
    let (_, new, ids) = vault(&mock, 101).await;
    submit(&mock, &[], &new).await.invalid(&["versions"]);
    let more: Vec<_> = ids.iter().copied().chain([1]).collect();
    submit(&mock, &more, &new).await.invalid(&["versions"]);
    assert_eq!(ids.len(), 100);
    let answer = submit(&mock, &ids, &new).await.ok();
    assert_eq!(answer["data"], json!({"updated": 100, "remaining": 1}));
}

async fn ids_are_integers_and_contents_are_bounded() {
    let mock = Mock::start().await;
    let (_, new, ids) = vault(&mock, 1).await;
    let long = "x".repeat(2 * 1024 * 1024 + 1);
    let rows = [
        (json!([{"id": ids[0].to_string(), "content": "x"}]), "versions.0.id"),
        (json!([{"id": 1.5, "content": "x"}]), "versions.0.id"),
        (json!([{"id": u64::MAX, "content": "x"}]), "versions.0.id"),
        (json!([{"content": "x"}]), "versions.0.id"),
        (json!([{"id": ids[0], "content": ""}]), "versions.0.content"),
        (json!([{"id": ids[0], "content": long}]), "versions.0.content"),
        (json!([{"id": ids[0]}]), "versions.0.content"),
        (json!([7]), "versions.0"),
        (json!("x"), "versions"),
    ];
    for (versions, member) in rows {
        let body = json!({"versions": versions, "key_proof": new.proof});
        let answer = mock.post("vault/secrets/re-encrypt-history", body).await;
        answer.invalid(&[member]);
    }
    assert_eq!(pending(&mock).await["meta"]["remaining"], 1);
}

async fn a_stale_proof_is_a_conflict_and_any_other_a_mismatch() {
    let mock = Mock::start().await;
    let (old, new, ids) = vault(&mock, 1).await;
    submit(&mock, &ids, &old).await.refused(422, "key_version_conflict");
    submit(&mock, &ids, &ClientKey::new("any")).await.refused(422, "key_proof_mismatch");
    assert_eq!(pending(&mock).await["meta"]["remaining"], 1);
    submit(&mock, &ids, &new).await.ok();
}
