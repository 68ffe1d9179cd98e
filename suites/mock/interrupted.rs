//! What a request that stops halfway, or is overtaken, leaves behind.

use std::io::Write as _;
use std::net::TcpStream;

use keyproof::crypto::{Iterations, seal};
use serde_json::{Value, json};

use super::support::{Call, Direct, Mock, builder, claims, descriptor, opens, server_key, token};

claims!(
    a_rotation_whose_client_goes_away_leaves_nothing,
    reads_are_answered_while_a_rotation_is_in_progress,
    rotations_at_once_are_made_one_after_the_other,
    a_write_that_a_rotation_overtakes_is_brought_onto_the_new_key,
    a_write_does_not_reach_a_project_that_took_the_slug,
    a_rotation_does_not_reach_a_project_that_took_the_slug,
    a_body_that_breaks_off_changes_nothing,
    connections_that_close_leave_a_whole_state,
);

const ROTATE: &str = "fresh/encryption-key/rotate";

/// A mock with a project whose data key was not yet derived.
async fn fresh() -> Direct {
    let direct = Direct::of(builder());
    direct.post("projects", json!({"name": "fresh"})).await.status(201);
    direct
}

async fn key(direct: &Direct) -> Value {
    descriptor(&direct.get("fresh/encryption-key").await)
}

async fn stored(direct: &Direct) -> String {
    let body = direct.get("fresh/secrets").await.ok();
    let content = &body["data"]["attributes"]["levels"]["project"]["content"];
    content.as_str().unwrap_or_default().to_owned()
}

/// Writes a blob that the project's key opens.
async fn write(direct: &Direct, text: &str) {
    let call = writing(direct, text).await;
    direct.send(call).await.ok();
}

async fn writing(direct: &Direct, text: &str) -> Call {
    let content = seal(&server_key(&key(direct).await), text.as_bytes()).unwrap();
    let body = json!({"project": "fresh", "content": content});
    Call::new("POST", "secrets/store").json(body)
}

async fn snapshot(direct: &Direct) -> Value {
    json!([
        key(direct).await,
        direct.get("fresh/encryption-key/history").await.ok(),
        stored(direct).await,
        direct.post("secrets/versions", json!({"project": "fresh"})).await.ok(),
    ])
}

async fn replace(direct: &Direct) {
    assert_eq!(direct.send(Call::new("DELETE", "fresh")).await.code, 204);
    direct.post("projects", json!({"name": "fresh"})).await.status(201);
}

async fn a_rotation_whose_client_goes_away_leaves_nothing() {
    let direct = fresh().await;
    write(&direct, "x").await;
    let before = snapshot(&direct).await;
    for _ in 0..3 {
        drop(direct.begin(Call::new("POST", ROTATE)));
        assert_eq!(snapshot(&direct).await, before);
    }
    let rotated = direct.post(ROTATE, json!({})).await.ok();
    assert_eq!(rotated["data"]["key"]["attributes"]["version"], "2");
}

async fn reads_are_answered_while_a_rotation_is_in_progress() {
    let direct = fresh().await;
    write(&direct, "x").await;
    let before = snapshot(&direct).await;
    let rotation = direct.begin(Call::new("POST", ROTATE));
    assert_eq!(snapshot(&direct).await, before, "the state before, whole");
    rotation.finish().await.ok();
    assert_eq!(key(&direct).await["version"], 2);
}

async fn rotations_at_once_are_made_one_after_the_other() {
    let direct = fresh().await;
    write(&direct, "x").await;
    let mut begun = Vec::new();
    for _ in 0..5 {
        begun.push(direct.begin(Call::new("POST", ROTATE)));
    }
    for (rotation, version) in begun.into_iter().rev().zip(2..) {
        let rotated = rotation.finish().await.ok();
        let attributes = &rotated["data"]["key"]["attributes"];
        assert_eq!(attributes["version"], version.to_string());
        let text = opens(&server_key(attributes), &stored(&direct).await);
        assert_eq!(text.as_deref(), Some("x"));
    }
    let rows = direct.post("secrets/versions", json!({"project": "fresh"})).await.ok();
    assert_eq!(rows["meta"]["total"], 5);
}

async fn a_write_that_a_rotation_overtakes_is_brought_onto_the_new_key() {
    let direct = fresh().await;
    let call = writing(&direct, "x").await;
    let write = direct.begin(call);
    direct.post(ROTATE, json!({})).await.ok();
    write.finish().await.ok();
    let text = opens(&server_key(&key(&direct).await), &stored(&direct).await);
    assert_eq!(text.as_deref(), Some("x"));
}

async fn a_write_does_not_reach_a_project_that_took_the_slug() {
    let direct = fresh().await;
    let call = writing(&direct, "x").await;
    let write = direct.begin(call);
    replace(&direct).await;
    write.finish().await;
    // Wherever it ended, no blob names a key that does not open it: a rotation would stumble.
    direct.post(ROTATE, json!({})).await.ok();
    direct.post(ROTATE, json!({})).await.ok();
}

async fn a_rotation_does_not_reach_a_project_that_took_the_slug() {
    let direct = fresh().await;
    write(&direct, "old").await;
    let rotation = direct.begin(Call::new("POST", ROTATE));
    replace(&direct).await;
    write(&direct, "new").await;
    rotation.finish().await;
    let text = opens(&server_key(&key(&direct).await), &stored(&direct).await);
    assert_eq!(text.as_deref(), Some("new"));
}

/// A connection over which a rotation of `my-app` was sent, its body up to some place.
fn connection(mock: &Mock, body: &str, length: usize) -> TcpStream {
    let authority = mock.server.url().trim_start_matches("http://");
    let mut stream = TcpStream::connect(authority).unwrap();
    let request = format!(
        "POST /api/v1/{}/my-app/encryption-key/rotate HTTP/1.1\r\nHost: {authority}\r\n\
         Authorization: Bearer {}\r\nContent-Type: application/json\r\n\
         Content-Length: {length}\r\n\r\n{body}",
        mock.server.organization(),
        token("full"),
    );
    stream.write_all(request.as_bytes()).unwrap();
    stream
}

async fn a_body_that_breaks_off_changes_nothing() {
    let mock = Mock::start().await;
    let before = mock.get("my-app/encryption-key/history").await.ok();
    for body in ["", "{", r#"{"history_policy":"#] {
        drop(connection(&mock, body, 28));
        let after = mock.get("my-app/encryption-key/history").await.ok();
        assert_eq!(after, before);
    }
}

async fn connections_that_close_leave_a_whole_state() {
    let iterations = Iterations::try_from(20_000).unwrap();
    let mock = Mock::of(builder().min_iterations(iterations)).await;
    for _ in 0..10 {
        drop(connection(&mock, "{}", 2));
    }
    // Some of them may still be at work: what is read between two equal histories is one state.
    let mut tries = 0;
    let (history, key, levels) = loop {
        let before = mock.get("my-app/encryption-key/history").await.ok();
        let key = descriptor(&mock.get("my-app/encryption-key").await);
        let path = "my-app/backend/production/secrets";
        let levels = mock.get(path).await.ok()["data"]["attributes"]["levels"].clone();
        if mock.get("my-app/encryption-key/history").await.ok() == before {
            break (before, key, levels);
        }
        tries += 1;
        assert!(tries < 1000, "the rotations do not end");
    };
    assert_eq!(history["data"][0]["version"], key["version"].to_string());
    for level in levels.as_object().unwrap().values() {
        let text = opens(&server_key(&key), level["content"].as_str().unwrap());
        assert!(text.is_some(), "{level}");
    }
}
