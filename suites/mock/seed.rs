//! The seed's own requests, byte for byte except host and token, against a mock as it starts.

use keyproof::mock::MockServer;
use serde_json::{Value, json};

use super::support::{Answer, Call, Mock, claims};

claims!(
    the_seeds_requests_are_answered_as_it_says_in_its_order,
    the_seeds_client_requests_need_no_read_before_them,
);

const REQUESTS: &str = include_str!("../fixtures/seed/requests.txt");
const HOST: &str = "https://api.dotenv.cloud";

/// A `curl` command of the seed as a request, with another token.
fn request(command: &str, token: &str) -> Call {
    let (line, body) = match command.split_once("-d '") {
        Some((line, body)) => (line, Some(body.strip_suffix('\'').expect("a closing quote"))),
        None => (command, None),
    };
    let words: Vec<_> = line.split([' ', '\n']).collect();
    let url = words.iter().find_map(|word| word.strip_prefix(HOST));
    let method = if words.contains(&"-X") { "POST" } else { "GET" };
    let mut call = Call::new(method, url.expect("a URL")).without("authorization");
    for header in line.split("-H \"").skip(1) {
        let (header, _) = header.split_once('"').expect("a closing quote");
        let (name, value) = header.split_once(": ").expect("a name and a value");
        call = call.header(&name.to_lowercase(), value);
    }
    call = call.by(token);
    match body {
        Some(body) => call.body(body),
        None => call,
    }
}

async fn send(mock: &Mock, number: usize, token: &str) -> Answer {
    let command = commands()[number];
    mock.send(request(command, token)).await
}

fn commands() -> Vec<&'static str> {
    REQUESTS.trim_end().split("\n\n").collect()
}

async fn the_seeds_requests_are_answered_as_it_says_in_its_order() {
    // As it is started without options: the platform's iterations and live limits.
    let mock = Mock::of(MockServer::builder()).await;
    assert_eq!(commands().len(), 6);

    let descriptor = send(&mock, 0, "full").await.ok();
    assert!(descriptor["data"]["attributes"]["content"].is_string());
    let history = send(&mock, 1, "full").await.ok();
    assert_eq!(history["data"][0]["is_active"], true);
    assert_eq!(history["data"][0]["version"], "2");
    let rotated = send(&mock, 2, "full").await.ok();
    assert!(rotated["message"].is_string());
    assert_eq!(rotated["data"]["key"]["attributes"]["version"], "3");

    let rotated = send(&mock, 3, "seed_client").await.ok();
    assert_eq!(rotated["success"], true);
    assert!(rotated["message"].is_string());
    assert_eq!(rotated["data"], json!({"count": 2}));
    let pending = send(&mock, 4, "seed_client").await.ok();
    let ids: Vec<_> = pending["data"].as_array().unwrap().iter().map(|row| &row["id"]).collect();
    assert_eq!(ids[0], 42);
    assert_eq!(pending["meta"]["remaining"], 3, "row 42 and the two blobs just replaced");

    let refused = send(&mock, 5, "seed_client").await;
    refused.refused(422, "key_proof_mismatch");
    let placeholder = "cGJrZGYyJHNoYTI1NiQ2MDAwMDAk...";
    let set = "NmvqZy0aWO8MAZ/l3xHShSRA3IRhdRwM6jCBBHDP+eE=";
    let corrected = commands()[5].replace(placeholder, set);
    let submitted = mock.send(request(&corrected, "seed_client")).await.ok();
    assert_eq!(submitted, json!({"data": {"updated": 1, "remaining": 2}}));
}

async fn the_seeds_client_requests_need_no_read_before_them() {
    let mock = Mock::of(MockServer::builder()).await;
    let pending: Value = send(&mock, 4, "seed_client").await.ok();
    assert_eq!(pending["data"].as_array().unwrap().len(), 1);
    assert_eq!(pending["data"][0]["id"], 42);
    assert_eq!(pending["data"][0]["key_version"], "1");
    send(&mock, 5, "seed_client").await.refused(422, "key_proof_mismatch");
    assert_eq!(send(&mock, 3, "seed_client").await.ok()["data"]["count"], 2);
}
