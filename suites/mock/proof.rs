//! The proof of a client-managed key: its fields, and what a write without the right one is told.

use serde_json::{Value, json};

use super::support::{ClientKey, Mock, blob, claims};

claims!(
    each_field_of_a_proof_is_held_to_its_form,
    the_fewest_iterations_are_the_configured_ones,
    a_write_without_a_proof_is_key_proof_required,
    a_write_with_a_wrong_proof_is_key_proof_mismatch_and_stores_nothing,
    the_proof_of_a_rotated_key_is_a_mismatch_on_a_write,
    a_proof_is_compared_as_text,
    without_verification_every_proof_is_key_proof_required,
    a_server_project_minds_no_proof,
);

async fn each_field_of_a_proof_is_held_to_its_form() {
    let mock = Mock::start().await;
    let of = |length: usize| json!(keyproof::crypto::encoding::encode(vec![1; length]));
    let urlsafe = json!(format!("{}_=", "-".repeat(42)));
    let spare = json!(format!("{}B=", "A".repeat(42)));
    let checks = [
        of(31),
        of(33),
        of(0),
        urlsafe,
        spare,
        json!(1),
        json!(null),
        json!([]),
        json!(format!("{} ", of(32).as_str().unwrap())),
        json!(of(32).as_str().unwrap().trim_end_matches('=')),
    ];
    let salts = [of(15), of(17), of(0), json!(16), json!(null), json!("not base64")];
    let counts = [
        json!(999),
        json!(0),
        json!(-1),
        json!("1000"),
        json!(1000.0),
        json!(1000.5),
        json!(4_294_967_296_i64),
        json!(u64::MAX),
        json!(null),
        json!(true),
    ];
    let rows =
        [("key_check", &checks[..]), ("key_check_salt", &salts), ("key_check_iterations", &counts)];
    for (member, values) in rows {
        for value in values {
            let mut body = ClientKey::new("new").rotation(&[]);
            body[member] = value.clone();
            let path = "my-new-vault/secrets/rotate-client-keys";
            mock.post(path, body.clone()).await.invalid(&[member]);
            body["storage_mode"] = "client".into();
            body["name"] = "refused".into();
            mock.post("projects", body).await.invalid(&[member]);
        }
    }
    let body = json!({"secrets": []});
    let members = ["key_check", "key_check_salt", "key_check_iterations"];
    mock.post("my-new-vault/secrets/rotate-client-keys", body).await.invalid(&members);
}

async fn the_fewest_iterations_are_the_configured_ones() {
    let live = Mock::of(keyproof::mock::MockServer::builder()).await;
    for (iterations, taken) in [(599_999, false), (600_000, true), (600_001, true)] {
        let mut body = ClientKey::new("any").rotation(&[]);
        body["key_check_iterations"] = iterations.into();
        let answer = live.post("my-new-vault/secrets/rotate-client-keys", body).await;
        if taken {
            answer.ok()
        } else {
            answer.invalid(&["key_check_iterations"])
        };
    }
}

/// A project with a blob, and its key.
async fn vault(mock: &Mock) -> ClientKey {
    let key = ClientKey::new("right");
    mock.project(key.project(), "vault").await;
    store(mock, json!(key.proof)).await.ok();
    key
}

async fn store(mock: &Mock, proof: Value) -> super::support::Answer {
    let body = json!({"project": "vault", "content": blob("x"), "key_proof": proof});
    mock.post("secrets/store", body).await
}

async fn state(mock: &Mock) -> Value {
    let mut levels = mock.get("vault/secrets").await.ok();
    levels["meta"]["timestamp"] = Value::Null;
    let versions = mock.post("secrets/versions", json!({"project": "vault"})).await.ok();
    json!([levels, versions])
}

async fn a_write_without_a_proof_is_key_proof_required() {
    let mock = Mock::start().await;
    vault(&mock).await;
    let before = state(&mock).await;
    store(&mock, json!(null)).await.refused(422, "key_proof_required");
    let body = json!({"project": "vault", "content": "x"});
    mock.post("secrets/store", body).await.refused(422, "key_proof_required");
    let body = json!({"versions": [{"id": 1, "content": "x"}]});
    let answer = mock.post("vault/secrets/re-encrypt-history", body).await;
    answer.refused(422, "key_proof_required");
    assert_eq!(state(&mock).await, before);
}

async fn a_write_with_a_wrong_proof_is_key_proof_mismatch_and_stores_nothing() {
    let mock = Mock::start().await;
    vault(&mock).await;
    let before = state(&mock).await;
    for wrong in [json!(ClientKey::new("wrong").proof), json!(""), json!("x")] {
        store(&mock, wrong).await.refused(422, "key_proof_mismatch");
    }
    store(&mock, json!(7)).await.invalid(&["key_proof"]);
    assert_eq!(state(&mock).await, before);
}

async fn the_proof_of_a_rotated_key_is_a_mismatch_on_a_write() {
    let mock = Mock::start().await;
    let old = vault(&mock).await;
    let id = state(&mock).await[0]["data"]["attributes"]["levels"]["project"]["id"].clone();
    let new = ClientKey::new("new");
    let body = new.rotation(&[(id.as_str().unwrap(), &new.seal("x"))]);
    mock.post("vault/secrets/rotate-client-keys", body).await.ok();
    store(&mock, json!(old.proof)).await.refused(422, "key_proof_mismatch");
    store(&mock, json!(new.proof)).await.ok();
}

async fn a_proof_is_compared_as_text() {
    let mock = Mock::start().await;
    let key = vault(&mock).await;
    let spellings = [
        key.proof.trim_end_matches('=').to_owned(),
        format!("{} ", key.proof),
        format!("\n{}", key.proof),
    ];
    for spelling in spellings {
        store(&mock, json!(spelling)).await.refused(422, "key_proof_mismatch");
    }
}

async fn without_verification_every_proof_is_key_proof_required() {
    let mock = Mock::start().await;
    for proof in [json!(null), json!("x"), json!(ClientKey::new("any").proof)] {
        let body = json!({"project": "my-new-vault", "content": "x", "key_proof": proof});
        mock.post("secrets/store", body).await.refused(422, "key_proof_required");
        let body = json!({"versions": [{"id": 1, "content": "x"}], "key_proof": proof});
        let answer = mock.post("my-new-vault/secrets/re-encrypt-history", body).await;
        answer.refused(422, "key_proof_required");
    }
}

async fn a_server_project_minds_no_proof() {
    let mock = Mock::start().await;
    let body = json!({"project": "my-app", "content": "x", "key_proof": "anything"});
    mock.post("secrets/store", body).await.ok();
}
