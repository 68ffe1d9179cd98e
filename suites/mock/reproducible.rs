//! Many mocks in one process, and what a seed makes of them.

use keyproof::mock::Clock;
use serde_json::{Value, json};

use super::support::{ClientKey, Mock, builder, claims, descriptor, token};

claims!(
    two_hundred_mocks_start_and_stop_in_one_task,
    a_shut_down_mock_lets_its_port_go,
    a_dropped_mock_lets_its_clients_down_at_once,
    one_seed_gives_the_same_ids_and_keys_again,
    organizations_do_not_disturb_each_other,
    without_a_seed_no_two_mocks_are_alike,
    a_reset_begins_the_stream_again,
);

async fn two_hundred_mocks_start_and_stop_in_one_task() {
    for _ in 0..100 {
        drop(builder().start().await.unwrap());
    }
    let mut all = Vec::new();
    for _ in 0..100 {
        all.push(builder().start().await.unwrap());
    }
    let urls: std::collections::BTreeSet<_> =
        all.iter().map(|mock| mock.url().to_owned()).collect();
    assert_eq!(urls.len(), all.len());
    drop(all);
    Mock::start().await.get("my-app").await.ok();
}

async fn a_shut_down_mock_lets_its_port_go() {
    let mock = Mock::start().await;
    mock.get("my-app").await.ok();
    let address: std::net::SocketAddr =
        mock.server.url().trim_start_matches("http://").parse().unwrap();
    mock.server.shutdown().await;
    let again = Mock::of(builder().listen(address)).await;
    again.get("my-app").await.ok();
}

async fn a_dropped_mock_lets_its_clients_down_at_once() {
    let Mock { server, http } = Mock::start().await;
    let url = format!("{}/_mock/health", server.url());
    http.get(&url).send().await.unwrap().bytes().await.unwrap();
    drop(server);
    let mut tries = 0;
    while http.get(&url).send().await.is_ok() {
        tries += 1;
        assert!(tries < 10_000, "it still answers");
        tokio::task::yield_now().await;
    }
}

/// What an organization draws in a few requests.
async fn draws(mock: &Mock, name: &str, path: &str) -> Vec<Value> {
    let send = |method: &str, below: &str, body: Value| {
        mock.send(mock.call(method, &format!("{path}{below}")).by(name).json(body))
    };
    let mut found = vec![send("POST", "projects", json!({"name": "New"})).await.status(201)];
    let key = descriptor(&send("GET", "new/encryption-key", Value::Null).await);
    found.push(key);
    let store = json!({"project": "new", "content": "x"});
    send("POST", "secrets/store", store).await.ok();
    found.push(send("POST", "new/encryption-key/rotate", json!({})).await.ok());
    let levels = send("GET", "new/secrets", Value::Null).await.ok();
    found.push(levels["data"].clone());
    found
}

async fn seeded(seed: u64) -> Mock {
    let clock = Clock::driven("2026-07-01T00:00:00Z".parse().unwrap());
    Mock::of(builder().seed(seed).clock(clock)).await
}

async fn one_seed_gives_the_same_ids_and_keys_again() {
    let (one, again, other) = (seeded(7).await, seeded(7).await, seeded(8).await);
    let first = draws(&one, "full", "").await;
    assert_eq!(draws(&again, "full", "").await, first);
    let other = draws(&other, "full", "").await;
    assert_ne!(other[0]["data"]["id"], first[0]["data"]["id"]);
    assert_ne!(other[1]["key"], first[1]["key"]);
    for mock in [&one, &again] {
        mock.send(mock.call("POST", "my-app/encryption-key/rotate")).await.ok();
    }
    let path = "my-app/backend/production/secrets";
    assert_eq!(one.get(path).await.ok()["data"], again.get(path).await.ok()["data"], "the IVs too");
}

async fn organizations_do_not_disturb_each_other() {
    let (quiet, busy) = (seeded(7).await, seeded(7).await);
    let other = format!("/api/v1/{}/", super::support::OTHER);
    let seed_client = draws(&busy, "seed_client", "").await;
    let theirs = draws(&busy, "other_organization", &other).await;
    let expected = draws(&quiet, "full", "").await;
    assert_eq!(draws(&busy, "full", "").await, expected);
    let keys = [&seed_client, &theirs, &expected].map(|draws| draws[1]["key"].clone());
    assert!(keys[0] != keys[1] && keys[1] != keys[2] && keys[0] != keys[2]);
}

async fn without_a_seed_no_two_mocks_are_alike() {
    let (one, two) = (Mock::start().await, Mock::start().await);
    let (first, second) = (draws(&one, "full", "").await, draws(&two, "full", "").await);
    assert_ne!(first[1]["key"], second[1]["key"]);
}

async fn a_reset_begins_the_stream_again() {
    let mock = seeded(7).await;
    let first = draws(&mock, "full", "").await;
    let rotated = ClientKey::new("p").rotation(&[]);
    mock.post("my-new-vault/secrets/rotate-client-keys", rotated).await.ok();
    mock.control("reset", json!({"token": token("full")})).await;
    assert_eq!(draws(&mock, "full", "").await, first);
}
