//! The list of versions that a client has still to seal again.

use serde_json::{Value, json};

use super::support::{ClientKey, Mock, claims};

claims!(
    it_is_400_under_server_custody,
    the_limit_is_1_to_100_and_50_by_default,
    it_is_oldest_first_across_keys,
    remaining_counts_the_page_too,
    a_page_ends_before_16_mebibytes_and_is_never_empty,
    it_lists_nothing_under_the_active_key,
);

const MEBIBYTE: usize = 1024 * 1024;

/// A project `vault` with so many versions of a content, all pending.
async fn vault(mock: &Mock, versions: usize, content: &str) -> ClientKey {
    let old = ClientKey::new("old");
    mock.project(old.project(), "vault").await;
    for _ in 0..versions {
        write(mock, &old, content).await;
    }
    let new = ClientKey::new("new");
    rotate(mock, &new, "current").await;
    new
}

async fn write(mock: &Mock, key: &ClientKey, content: &str) {
    let body = json!({"project": "vault", "content": content, "key_proof": key.proof});
    mock.post("secrets/store", body).await.ok();
}

async fn rotate(mock: &Mock, to: &ClientKey, content: &str) {
    let levels = mock.get("vault/secrets").await.ok();
    let id = levels["data"]["attributes"]["levels"]["project"]["id"].as_str().unwrap().to_owned();
    let body = to.rotation(&[(&id, content)]);
    mock.post("vault/secrets/rotate-client-keys", body).await.ok();
}

async fn pending(mock: &Mock, body: Value) -> (Vec<i64>, Value) {
    let page = mock.post("vault/secrets/re-encrypt-history/pending", body).await.ok();
    let rows = page["data"].as_array().unwrap();
    let ids = rows.iter().map(|row| row["id"].as_i64().unwrap()).collect();
    (ids, page["meta"]["remaining"].clone())
}

async fn it_is_400_under_server_custody() {
    let mock = Mock::start().await;
    let answer = mock.post("my-app/secrets/re-encrypt-history/pending", json!({})).await;
    answer.refused(400, "server_managed_encryption");
}

async fn the_limit_is_1_to_100_and_50_by_default() {
    let mock = Mock::start().await;
    vault(&mock, 102, "x").await;
    for (body, rows) in [
        (json!({}), 50),
        (json!({"limit": null}), 50),
        (json!({"limit": 1}), 1),
        (json!({"limit": 50}), 50),
        (json!({"limit": 100}), 100),
    ] {
        assert_eq!(pending(&mock, body).await.0.len(), rows);
    }
    let path = "vault/secrets/re-encrypt-history/pending";
    let bare = mock.send(mock.call("POST", path)).await.ok();
    assert_eq!(bare["data"].as_array().unwrap().len(), 50);
    for wrong in [json!(0), json!(101), json!(-1), json!("50"), json!(50.5), json!(true)] {
        mock.post(path, json!({"limit": wrong})).await.invalid(&["limit"]);
    }
}

async fn it_is_oldest_first_across_keys() {
    let mock = Mock::start().await;
    let mut key = vault(&mock, 2, "x").await;
    for passphrase in ["third", "fourth"] {
        write(&mock, &key, "y").await;
        key = ClientKey::new(passphrase);
        rotate(&mock, &key, "current").await;
    }
    let (ids, remaining) = pending(&mock, json!({"limit": 100})).await;
    assert_eq!(remaining, ids.len());
    assert_eq!(ids.len(), 2 + 2 * 2);
    assert!(ids.is_sorted(), "{ids:?}");
    assert_eq!(pending(&mock, json!({"limit": 3})).await.0, ids[..3]);
}

async fn remaining_counts_the_page_too() {
    let mock = Mock::start().await;
    let key = vault(&mock, 3, "x").await;
    let path = "vault/secrets/re-encrypt-history";
    for left in [3, 2, 1] {
        let (ids, remaining) = pending(&mock, json!({"limit": 1})).await;
        assert_eq!(remaining, left);
        let body = json!({
            "versions": [{"id": ids[0], "content": key.seal("x")}], "key_proof": key.proof,
        });
        let answer = mock.post(path, body).await.ok();
        assert_eq!(answer["data"], json!({"updated": 1, "remaining": left - 1}));
    }
    assert_eq!(pending(&mock, json!({})).await, (Vec::new(), json!(0)));
}

async fn a_page_ends_before_16_mebibytes_and_is_never_empty() {
    let mock = Mock::start().await;
    vault(&mock, 9, &"x".repeat(2 * MEBIBYTE)).await;
    let (ids, remaining) = pending(&mock, json!({"limit": 100})).await;
    assert_eq!((ids.len(), remaining), (8, json!(9)));
}

async fn it_lists_nothing_under_the_active_key() {
    let mock = Mock::start().await;
    let key = vault(&mock, 1, "x").await;
    for _ in 0..3 {
        write(&mock, &key, "y").await;
    }
    assert_eq!(pending(&mock, json!({})).await.1, 1);
}
