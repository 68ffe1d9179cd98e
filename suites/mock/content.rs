//! Contents: how long, of which form, and under which key a stored blob is.

use keyproof::crypto::wrong::Sealing;
use keyproof::crypto::{DataKey, pad_key, seal};
use serde_json::{Value, json};

use super::support::{
    Call, ClientKey, Direct, Mock, blob, builder, claims, descriptor, opens, server_key,
};

claims!(
    content_is_text_from_one_byte_to_two_mebibytes,
    a_body_past_32_mebibytes_is_413,
    a_body_past_32_mebibytes_is_answered_over_a_socket,
    a_refusal_reaches_a_client_that_still_sends,
    strict_demands_a_sealed_blob,
    strict_refuses_what_opens_under_no_key,
    strict_names_members_that_nobody_reads,
    lenient_ignores_members_that_nobody_reads,
    what_no_key_opens_is_kept_byte_for_byte,
    what_no_key_opens_is_told_with_the_mistake_that_made_it,
    a_blob_under_the_active_key_is_kept_byte_for_byte,
    a_blob_under_a_rotated_key_is_moved_to_the_active_one,
    an_environment_needs_a_target,
    no_backup_keeps_no_version,
    the_first_write_of_a_level_makes_no_version,
);

const MEBIBYTE: usize = 1024 * 1024;

async fn store(mock: &Mock, content: &str) -> super::support::Answer {
    mock.post("secrets/store", json!({"project": "my-app", "content": content})).await
}

async fn stored(mock: &Mock) -> String {
    let answer = mock.get("my-app/secrets").await.ok();
    answer["data"]["attributes"]["levels"]["project"]["content"].as_str().unwrap().to_owned()
}

async fn content_is_text_from_one_byte_to_two_mebibytes() {
    let mock = Mock::start().await;
    let rows = [
        (json!("x"), true),
        (json!(" "), true),
        (json!("x".repeat(2 * MEBIBYTE)), true),
        (json!("x".repeat(2 * MEBIBYTE + 1)), false),
        (json!("é".repeat(MEBIBYTE + 1)), false),
        (json!(""), false),
        (json!(null), false),
        (json!(1), false),
        (json!({"a": 1}), false),
    ];
    for (content, taken) in rows {
        let body = json!({"project": "my-app", "content": content});
        let answer = mock.post("secrets/store", body).await;
        if taken {
            answer.ok()
        } else {
            answer.invalid(&["content"])
        };
    }
}

/// A JSON body of so many bytes.
fn padded(length: usize) -> Vec<u8> {
    let mut body = br#"{"project":"my-app","content":"x"}"#.to_vec();
    body.resize(length, b' ');
    body
}

async fn a_body_past_32_mebibytes_is_413() {
    let direct = Direct::of(builder());
    let call = Call::new("POST", "secrets/store").header("content-type", "application/json");
    direct.send(call.clone().body(padded(32 * MEBIBYTE))).await.ok();
    let answer = direct.send(call.body(padded(32 * MEBIBYTE + 1))).await;
    answer.refused(413, "payload_too_large");
}

async fn a_body_past_32_mebibytes_is_answered_over_a_socket() {
    let mock = Mock::start().await;
    for extra in [1, 8 * MEBIBYTE] {
        let call = mock.call("POST", "secrets/store").header("content-type", "application/json");
        let answer = mock.send(call.body(padded(32 * MEBIBYTE + extra))).await;
        answer.refused(413, "payload_too_large");
    }
    mock.get("my-app/secrets").await.ok();
}

async fn a_refusal_reaches_a_client_that_still_sends() {
    let mock = Mock::start().await;
    for _ in 0..5 {
        let calls = [
            (mock.call("POST", "secrets/store").by("expired"), 401),
            (mock.call("POST", "nowhere/encryption-key/rotate"), 404),
            (mock.call("POST", "secrets/store").by("key_rotate"), 403),
            (mock.call("PATCH", "secrets/store"), 405),
            (mock.call("POST", "/elsewhere"), 404),
            (mock.call("GET", "my-app/encryption-key"), 200),
            (mock.call("POST", "/_mock/reset"), 403),
        ];
        for (call, code) in calls {
            mock.send(call.body(padded(8 * MEBIBYTE))).await.status(code);
        }
    }
}

async fn strict_demands_a_sealed_blob() {
    let mock = Mock::of(builder().strict(true)).await;
    let key = ClientKey::new("p");
    mock.project(key.project(), "vault").await;
    let short = keyproof::crypto::encoding::encode([0; 27]);
    let blob = key.seal("");
    for wrong in ["plain", &short, blob.trim_end_matches('='), &format!("{blob}\n")] {
        let body = json!({"project": "vault", "content": wrong, "key_proof": key.proof});
        mock.post("secrets/store", body).await.invalid(&["content"]);
    }
    let body = json!({"project": "vault", "content": blob, "key_proof": key.proof});
    mock.post("secrets/store", body).await.ok();
}

async fn strict_refuses_what_opens_under_no_key() {
    let mock = Mock::of(builder().strict(true)).await;
    let before = stored(&mock).await;
    store(&mock, &blob("x")).await.invalid(&["content"]);
    assert_eq!(stored(&mock).await, before);
    let key = server_key(&descriptor(&mock.get("my-app/encryption-key").await));
    store(&mock, &seal(&key, b"x").unwrap()).await.ok();
}

async fn strict_names_members_that_nobody_reads() {
    let mock = Mock::of(builder().strict(true)).await;
    let path = "my-app/encryption-key/rotate";
    let answer = mock.post(path, json!({"policy": 1, "ünknown\n": 2})).await;
    answer.ok();
    let warning = r"unknown members ignored: policy, \u{fc}nknown\n";
    assert_eq!(answer.header("x-mock-warning"), warning);
    let answer = mock.post(path, json!({"history_policy": null})).await;
    assert_eq!(answer.header("x-mock-warning"), "");
    let long = mock.post(path, json!({"ü".repeat(100_000): 1})).await;
    assert!(long.header("x-mock-warning").len() < 1100, "clients bound headers");
    let key = ClientKey::new("p");
    mock.project(key.project(), "vault").await;
    let body = json!({"project": "vault", "content": key.seal("x"), "key_proof": key.proof});
    mock.post("secrets/store", body).await.ok();
    let levels = mock.get("vault/secrets").await.ok();
    let id = levels["data"]["attributes"]["levels"]["project"]["id"].as_str().unwrap().to_owned();
    let new = ClientKey::new("new");
    let mut body = new.rotation(&[(&id, &new.seal("x"))]);
    body["secrets"][0]["level"] = json!("project");
    let answer = mock.post("vault/secrets/rotate-client-keys", body).await;
    answer.ok();
    let warning = "unknown members ignored: secrets.0.level";
    assert_eq!(answer.header("x-mock-warning"), warning);
}

async fn lenient_ignores_members_that_nobody_reads() {
    let mock = Mock::start().await;
    let body = json!({"history_policy": "keep", "colour": "red"});
    let answer = mock.post("my-app/encryption-key/rotate", body).await;
    answer.ok();
    assert_eq!(answer.header("x-mock-warning"), "");
}

async fn what_no_key_opens_is_kept_byte_for_byte() {
    let mock = Mock::start().await;
    for content in [" padded \r\n", "KEY=plain\n", &blob("x"), "k7sBvP2xQ1m9Yb3eGf8nRwTzA4=="] {
        store(&mock, content).await.ok();
        assert_eq!(stored(&mock).await, content);
    }
}

async fn what_no_key_opens_is_told_with_the_mistake_that_made_it() {
    let (mock, strict) = (Mock::start().await, Mock::of(builder().strict(true)).await);
    let key = descriptor(&mock.get("my-app/encryption-key").await);
    let padded = DataKey::from(&pad_key(key["key"].as_str().unwrap().as_bytes()));
    let right = server_key(&key);
    let expected = "the content opens under no key of this project and was stored as it is";
    let mut rows = vec![
        (seal(&padded, b"A=1\n").unwrap(), ": it is sealed under padKey(key), which".to_owned()),
        ("A=1".to_owned(), ": it is no base64 of IV, ciphertext and tag".to_owned()),
        (blob("x"), String::new()),
    ];
    for &made in Sealing::ALL {
        // Without a tag there is nothing to tell it by, and what is sealed as another text opens.
        if !matches!(made, Sealing::CtrWithoutTag | Sealing::Utf16Text) {
            let content = made.seal(&right, &[0xff; 16], b"A=1\n").unwrap();
            rows.push((content, format!(": {}", made.words().replace('‖', "|"))));
        }
    }
    for (content, why) in rows {
        let answer = store(&mock, &content).await;
        answer.ok();
        let warning = answer.header("x-mock-warning");
        assert!(warning.starts_with(&format!("{expected}{why}")), "{why}: {warning}");
        assert_eq!(warning.len() > expected.len(), !why.is_empty(), "{warning}");
        assert_eq!(stored(&mock).await, content);
        let refused = store(&strict, &content).await.invalid(&["content"]);
        let is_blob =
            keyproof::crypto::encoding::decode(&content).is_ok_and(|blob| blob.len() >= 28);
        let message = refused["message"].as_str().unwrap();
        assert!(!is_blob || message.contains(&why), "{why}: {message}");
    }
    // What opens is no matter.
    let answer = store(&mock, &seal(&right, b"A=1\n").unwrap()).await;
    assert_eq!(answer.header("x-mock-warning"), "");
}

async fn a_blob_under_the_active_key_is_kept_byte_for_byte() {
    let mock = Mock::start().await;
    let key = server_key(&descriptor(&mock.get("my-app/encryption-key").await));
    let content = seal(&key, b"A=1\n").unwrap();
    store(&mock, &content).await.ok();
    assert_eq!(stored(&mock).await, content);
}

async fn a_blob_under_a_rotated_key_is_moved_to_the_active_one() {
    let mock = Mock::start().await;
    let old = server_key(&descriptor(&mock.get("my-app/encryption-key").await));
    for _ in 0..2 {
        mock.send(mock.call("POST", "my-app/encryption-key/rotate")).await.ok();
    }
    let content = seal(&old, b"A=1\n").unwrap();
    let answer = store(&mock, &content).await.ok();
    assert_eq!(answer["data"]["bytes"], content.len());
    let new = server_key(&descriptor(&mock.get("my-app/encryption-key").await));
    assert_eq!(opens(&new, &stored(&mock).await).as_deref(), Some("A=1\n"));
    store(&mock, &content).await.ok();
    let rows = mock.post("secrets/versions", json!({"project": "my-app"})).await.ok();
    assert_eq!(rows["data"][0]["attributes"]["encryption_key_version"], "4");
}

async fn an_environment_needs_a_target() {
    let mock = Mock::start().await;
    let body = json!({"project": "my-app", "environment": "production", "content": "x"});
    mock.post("secrets/store", body.clone()).await.invalid(&["target"]);
    mock.post("secrets/versions", body).await.invalid(&["target"]);
    let answer = mock.post("secrets/store", json!({})).await;
    answer.invalid(&["project", "content"]);
}

async fn versions(mock: &Mock) -> Value {
    let rows = mock.post("secrets/versions", json!({"project": "my-app"})).await.ok();
    rows["meta"]["total"].clone()
}

async fn no_backup_keeps_no_version() {
    let mock = Mock::start().await;
    let before = versions(&mock).await;
    let body = json!({"project": "my-app", "content": "x", "no_backup": true});
    mock.post("secrets/store", body).await.ok();
    assert_eq!(versions(&mock).await, before);
    assert_eq!(stored(&mock).await, "x");
    let body = json!({"project": "my-app", "content": "x", "no_backup": "yes"});
    mock.post("secrets/store", body).await.invalid(&["no_backup"]);
}

async fn the_first_write_of_a_level_makes_no_version() {
    let mock = Mock::start().await;
    mock.project(json!({}), "bare").await;
    for total in [0, 1, 2] {
        let body = json!({"project": "bare", "content": "x"});
        mock.post("secrets/store", body).await.ok();
        let rows = mock.post("secrets/versions", json!({"project": "bare"})).await.ok();
        assert_eq!(rows["meta"]["total"], total);
    }
}
