//! Emptying a level, and deleting versions for good.

use keyproof::mock::Clock;
use serde_json::{Value, json};

use super::support::{
    Answer, Call, ClientKey, Direct, Mock, ULID, builder, claims, descriptor, opens, server_key,
};

claims!(
    an_emptied_level_keeps_a_version_of_what_it_held,
    other_levels_are_left_alone,
    emptying_an_empty_level_keeps_a_snapshot_that_is_never_pending,
    without_a_backup_nothing_is_left,
    no_backup_needs_confirmation_and_a_scope_of_its_own,
    a_deletion_needs_no_proof_and_is_not_held,
    a_rotation_prepared_for_a_deleted_secret_does_not_bring_it_back,
    a_deleted_secret_is_no_part_of_a_client_rotation,
    a_version_is_deleted_for_good,
    the_last_version_of_a_deleted_secret_is_protected,
    a_purge_is_of_a_level_or_of_the_project,
    a_purge_needs_confirmation,
    refusals_change_nothing,
);

const LEVELS: [&str; 3] =
    ["my-app/secrets", "my-app/backend/secrets", "my-app/backend/production/secrets"];

fn deepest() -> Value {
    json!({"project": "my-app", "target": "backend", "environment": "production"})
}

fn with(mut body: Value, more: Value) -> Value {
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

async fn levels(mock: &Mock) -> Value {
    let answer = mock.get(LEVELS[2]).await.ok();
    answer["data"]["attributes"]["levels"].clone()
}

async fn versions(mock: &Mock, level: Value) -> Vec<Value> {
    let page = mock.post("secrets/versions", level).await.ok();
    page["data"].as_array().unwrap().clone()
}

async fn everything(mock: &Mock) -> Value {
    let mut seen = vec![levels(mock).await];
    for level in [
        json!({"project": "my-app"}),
        json!({"project": "my-app", "target": "backend"}),
        deepest(),
        json!({"project": "my-vault"}),
    ] {
        seen.push(versions(mock, level).await.into());
    }
    seen.into()
}

fn ids(versions: &[Value]) -> Vec<&str> {
    versions.iter().map(|version| version["id"].as_str().unwrap()).collect()
}

async fn delete(mock: &Mock, body: Value) {
    gone(&mock.post("secrets/delete", body).await);
}

#[track_caller]
fn gone(answer: &Answer) {
    assert_eq!((answer.code, answer.text.as_str()), (204, ""));
}

/// A token with these abilities.
async fn minted(mock: &Mock, abilities: &[&str]) -> String {
    let keys = format!("/api/v1/organizations/{ULID}/api-keys");
    let body = json!({"name": "limited", "abilities": abilities});
    let made = mock.post(&keys, body).await.status(201);
    made["token"]["token"].as_str().unwrap().to_owned()
}

async fn an_emptied_level_keeps_a_version_of_what_it_held() {
    let mock = Mock::start().await;
    let before = levels(&mock).await["environment"]["content"].clone();
    let rows = versions(&mock, deepest()).await;
    delete(&mock, deepest()).await;
    assert!(levels(&mock).await.get("environment").is_none());
    let after = versions(&mock, deepest()).await;
    assert_eq!(after[1..], rows[..]);
    assert_eq!(after[0]["attributes"]["action"], "delete");
    assert_eq!(after[0]["attributes"]["encryption_key_version"], "2");
    let kept = mock.get(&format!("secrets/versions/{}", ids(&after)[0])).await.ok();
    assert_eq!(kept["data"]["content"], before);
    let project = mock.get("my-app").await.ok();
    assert_eq!(project["data"]["attributes"]["secret_count"], 2);
}

async fn other_levels_are_left_alone() {
    let mock = Mock::start().await;
    let before = levels(&mock).await;
    delete(&mock, json!({"project": "my-app", "target": "backend"})).await;
    let after = levels(&mock).await;
    assert!(after.get("target").is_none());
    for level in ["project", "environment"] {
        assert_eq!(after[level], before[level]);
    }
}

async fn emptying_an_empty_level_keeps_a_snapshot_that_is_never_pending() {
    let mock = Mock::start().await;
    let (old, new) = (ClientKey::new("old"), ClientKey::new("new"));
    mock.project(old.project(), "vault").await;
    delete(&mock, json!({"project": "vault"})).await;
    let rows = versions(&mock, json!({"project": "vault"})).await;
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0]["attributes"]["size_bytes"], 0);
    mock.post("vault/secrets/rotate-client-keys", new.rotation(&[])).await.ok();
    let pending = mock.post("vault/secrets/re-encrypt-history/pending", json!({})).await.ok();
    assert_eq!(pending, json!({"data": [], "meta": {"remaining": 0}}));
    let id: i64 = ids(&rows)[0].parse().unwrap();
    let version = mock.get(&format!("secrets/versions/{id}")).await.ok();
    assert_eq!(version["data"]["content"], "");
    assert_eq!(version["data"]["key"], Value::Null);
    // Nor is it moved by who names it all the same.
    let submit = json!({
        "versions": [{"id": id, "content": new.seal("x")}], "key_proof": new.proof,
    });
    let moved = mock.post("vault/secrets/re-encrypt-history", submit).await.ok();
    assert_eq!(moved["data"], json!({"updated": 0, "remaining": 0}));
    assert_eq!(mock.get(&format!("secrets/versions/{id}")).await.ok(), version);
}

async fn without_a_backup_nothing_is_left() {
    let mock = Mock::start().await;
    let body = with(deepest(), json!({"no_backup": true, "confirmed": true}));
    let others = versions(&mock, json!({"project": "my-app"})).await;
    delete(&mock, body).await;
    assert!(levels(&mock).await.get("environment").is_none());
    assert!(versions(&mock, deepest()).await.is_empty());
    for id in ["12", "13"] {
        mock.get(&format!("secrets/versions/{id}")).await.refused(404, "not_found");
    }
    assert_eq!(versions(&mock, json!({"project": "my-app"})).await, others);
}

async fn no_backup_needs_confirmation_and_a_scope_of_its_own() {
    let mock = Mock::start().await;
    let before = everything(&mock).await;
    let writer = minted(&mock, &["secret:write"]).await;
    let purger = minted(&mock, &["secret:purge"]).await;
    let purge = json!({"no_backup": true, "confirmed": true});
    let send = |bearer: &str, more: Value| {
        let call = mock.call("POST", "secrets/delete").bearer(bearer);
        mock.send(call.json(with(deepest(), more)))
    };
    send(&writer, purge.clone()).await.refused(403, "insufficient_permissions");
    send(&purger, json!({})).await.refused(403, "insufficient_permissions");
    for more in [json!({"no_backup": true}), json!({"no_backup": true, "confirmed": false})] {
        send(&purger, more).await.invalid(&["confirmed"]);
    }
    let call = mock.call("POST", "secrets/delete").by("key_rotate");
    mock.send(call.json(deepest())).await.refused(403, "insufficient_permissions");
    assert_eq!(everything(&mock).await, before);
    gone(&send(&writer, json!({"confirmed": true})).await);
    gone(&send(&purger, purge).await);
}

async fn a_deletion_needs_no_proof_and_is_not_held() {
    let mock = Mock::start().await;
    let body = json!({"token": super::support::token("full"), "project": "my-vault"});
    mock.control("hold", body).await.ok();
    delete(&mock, json!({"project": "my-vault"})).await;
    let answer = mock.get("my-vault/secrets").await.ok();
    assert_eq!(answer["data"]["attributes"]["levels"], json!({}));
}

async fn a_rotation_prepared_for_a_deleted_secret_does_not_bring_it_back() {
    let clock = Clock::driven("2026-07-01T00:00:00Z".parse().unwrap());
    let direct = Direct::of(builder().clock(clock));
    let store = |content: &str| json!({"project": "shop", "content": content});
    direct.post("projects", json!({"name": "shop"})).await.status(201);
    let answer = direct.get("shop/encryption-key").await;
    let key = server_key(&descriptor(&answer));
    let seal = |text: &str| keyproof::crypto::seal(&key, text.as_bytes()).unwrap();
    direct.post("secrets/store", store(&seal("one"))).await.ok();
    let rotating = direct.begin(Call::new("POST", "shop/encryption-key/rotate"));
    gone(&direct.post("secrets/delete", json!({"project": "shop"})).await);
    direct.post("secrets/store", store(&seal("two"))).await.ok();
    rotating.finish().await.ok();
    let after = server_key(&descriptor(&direct.get("shop/encryption-key").await));
    let stored = direct.get("shop/secrets").await.ok();
    let content = &stored["data"]["attributes"]["levels"]["project"]["content"];
    assert_eq!(opens(&after, content.as_str().unwrap()).as_deref(), Some("two"));
}

async fn a_deleted_secret_is_no_part_of_a_client_rotation() {
    let mock = Mock::start().await;
    let (old, new) = (ClientKey::new("old"), ClientKey::new("new"));
    mock.project(old.project(), "vault").await;
    let store = json!({"project": "vault", "content": old.seal("x"), "key_proof": old.proof});
    mock.post("secrets/store", store).await.ok();
    let stored = mock.get("vault/secrets").await.ok();
    let id = stored["data"]["attributes"]["levels"]["project"]["id"].clone();
    delete(&mock, json!({"project": "vault"})).await;
    let path = "vault/secrets/rotate-client-keys";
    let named = new.rotation(&[(id.as_str().unwrap(), "y")]);
    mock.post(path, named).await.refused(400, "incomplete_rotation");
    assert_eq!(mock.post(path, new.rotation(&[])).await.ok()["data"]["count"], 0);
    let pending = mock.post("vault/secrets/re-encrypt-history/pending", json!({})).await.ok();
    assert_eq!(pending["meta"]["remaining"], 1, "what was deleted can be moved");
}

async fn a_version_is_deleted_for_good() {
    let mock = Mock::start().await;
    gone(&mock.send(mock.call("DELETE", "secrets/versions/21")).await);
    mock.get("secrets/versions/21").await.refused(404, "not_found");
    mock.send(mock.call("DELETE", "secrets/versions/21")).await.refused(404, "not_found");
    let rows = versions(&mock, json!({"project": "my-vault"})).await;
    assert_eq!(ids(&rows), ["22"]);
    let pending = mock.post("my-vault/secrets/re-encrypt-history/pending", json!({})).await.ok();
    assert_eq!(pending["meta"]["remaining"], 1);
    assert_eq!(pending["data"][0]["id"], 22);
}

async fn the_last_version_of_a_deleted_secret_is_protected() {
    let mock = Mock::start().await;
    let level = json!({"project": "my-app"});
    delete(&mock, level.clone()).await;
    delete(&mock, level.clone()).await;
    let rows = versions(&mock, level.clone()).await;
    let [empty, last, first] = ids(&rows)[..] else {
        panic!("three versions: {rows:?}");
    };
    let send = |id: &str, query: &str| {
        mock.send(mock.call("DELETE", &format!("secrets/versions/{id}{query}")))
    };
    gone(&send(first, "").await);
    for query in ["", "?force=false"] {
        send(last, query).await.refused(422, "version_protected");
    }
    gone(&send(empty, "").await);
    send(last, "").await.refused(422, "version_protected");
    assert_eq!(ids(&versions(&mock, level.clone()).await), [last]);
    gone(&send(last, "?force=true").await);
    assert!(versions(&mock, level).await.is_empty());
    // In the body too.
    delete(&mock, json!({"project": "my-app", "target": "backend"})).await;
    let rows = versions(&mock, json!({"project": "my-app", "target": "backend"})).await;
    let call = mock.call("DELETE", &format!("secrets/versions/{}", ids(&rows)[0]));
    let forced = mock.send(call.clone().json(json!({"force": "yes"}))).await;
    forced.invalid(&["force"]);
    gone(&mock.send(call.json(json!({"force": true}))).await);
}

async fn a_purge_is_of_a_level_or_of_the_project() {
    let mock = Mock::start().await;
    let confirmed = json!({"confirmed": true});
    let before = levels(&mock).await;
    for (body, count) in [
        (with(deepest(), confirmed.clone()), 2),
        (with(deepest(), confirmed.clone()), 0),
        (json!({"project": "my-app", "confirmed": true, "scope": "level"}), 1),
        (json!({"project": "my-vault", "confirmed": true, "scope": "project"}), 3),
    ] {
        let answer = mock.post("secrets/versions/purge", body).await.ok();
        assert_eq!(answer["data"], json!({"purged_count": count}));
    }
    assert_eq!(levels(&mock).await, before, "what the levels hold stays");
    let pending = mock.post("my-vault/secrets/re-encrypt-history/pending", json!({})).await.ok();
    assert_eq!(pending["meta"]["remaining"], 0);
}

async fn a_purge_needs_confirmation() {
    let mock = Mock::start().await;
    let before = everything(&mock).await;
    for (more, member) in [
        (json!({}), "confirmed"),
        (json!({"confirmed": false}), "confirmed"),
        (json!({"confirmed": true, "scope": "all"}), "scope"),
    ] {
        let body = with(json!({"project": "my-app"}), more);
        mock.post("secrets/versions/purge", body).await.invalid(&[member]);
    }
    assert_eq!(everything(&mock).await, before);
}

async fn refusals_change_nothing() {
    let mock = Mock::start().await;
    let before = everything(&mock).await;
    for path in ["secrets/delete", "secrets/versions/purge"] {
        for body in [
            json!({"project": "nowhere", "confirmed": true}),
            json!({"project": "my-app", "target": "nowhere", "confirmed": true}),
        ] {
            mock.post(path, body).await.refused(404, "not_found");
        }
        mock.post(path, json!({"confirmed": true, "environment": "x"}))
            .await
            .invalid(&["project", "target"]);
        let call = mock.call("POST", path).by("read_only");
        mock.send(call.json(deepest())).await.refused(403, "insufficient_permissions");
    }
    let call = mock.call("DELETE", "secrets/versions/11").by("read_only");
    mock.send(call).await.refused(403, "insufficient_permissions");
    mock.send(mock.call("DELETE", "secrets/versions/42")).await.refused(404, "not_found");
    assert_eq!(everything(&mock).await, before);
}
