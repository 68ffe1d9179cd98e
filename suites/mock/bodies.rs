//! Bodies: how long they may be, how they may be sent, and what all of them together take.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::atomic::{AtomicUsize, Ordering};

use keyproof::contract::request::Rules;
use keyproof::contract::route::{Endpoint, ROUTES};
use serde_json::json;

use super::process::Running;
use super::support::{Call, Direct, Mock, ULID, builder, claims, token};

claims!(
    a_body_is_long_only_where_secrets_travel,
    a_compressed_body_is_415_and_told_what_is_taken,
    identity_is_no_compression,
    what_there_is_no_room_for_is_503_and_fits_later,
    the_parsed_form_counts_and_what_nobody_reads_does_not,
    a_long_body_is_read_off_the_threads_that_serve,
    a_client_rotation_takes_a_bounded_number_of_secrets,
    a_state_that_is_put_back_counts_too,
    large_bodies_are_bounded_together_and_hold_nobody_up,
);

const MEBIBYTE: usize = 1024 * 1024;
const ROTATE: &str = "my-vault/secrets/rotate-client-keys";

/// A JSON object of so many bytes.
fn padded(length: usize) -> Vec<u8> {
    let mut body = b"{}".to_vec();
    body.resize(length, b' ');
    body
}

/// `{"name":[0,0,...]}` of about so many bytes.
fn zeros(name: &str, length: usize) -> String {
    format!("{{\"{name}\":[{}0]}}", "0,".repeat(length / 2))
}

fn posted(path: &str, body: impl Into<Vec<u8>>) -> Call {
    let call = Call::new("POST", path).header("content-type", "application/json");
    call.body(body)
}

async fn a_body_is_long_only_where_secrets_travel() {
    for route in ROUTES.iter().filter(|route| route.request.is_some()) {
        let long = matches!(
            route.endpoint,
            Endpoint::StoreSecrets
                | Endpoint::RotateClientKeys
                | Endpoint::SubmitReencrypted
                | Endpoint::RestoreVersion
        );
        let most = if long { 32 * MEBIBYTE } else { MEBIBYTE };
        let project = match route.custody {
            Some(keyproof::contract::custody::Custody::Client) => "my-vault",
            _ => "my-app",
        };
        let path = fill(route.path, project);
        let direct = Direct::of(builder());
        // One that is taken may change what the path names.
        for (length, is_taken) in [(most + 1, false), (most, true)] {
            let call = Call::new(route.method.name(), &path)
                .header("content-type", "application/json")
                .body(padded(length));
            let answer = direct.send(call).await;
            assert_eq!(answer.code != 413, is_taken, "{path} {length}: {}", answer.text);
        }
    }
}

/// A path of the default fixture.
fn fill(path: &str, project: &str) -> String {
    path.replace("{organization}", ULID)
        .replace("{project}", project)
        .replace("{target}", "backend")
        .replace("{environment}", "production")
        .replace("{version}", "11")
        .replace("{api_key}", "1")
}

async fn a_compressed_body_is_415_and_told_what_is_taken() {
    let mock = Mock::start().await;
    let body = json!({"project": "my-app", "content": "x"}).to_string();
    for (coding, display) in
        [("gzip", "gzip"), ("br", "br"), ("identity, GZIP", "GZIP"), ("x-own", "x-own")]
    {
        let call = posted("secrets/store", body.clone()).header("content-encoding", coding);
        let answer = mock.send(call.header("origin", "http://localhost:1")).await;
        let refused = answer.refused(415, "unsupported_content_encoding");
        let message = refused["message"].as_str().unwrap();
        assert!(message.contains(&format!("Content-Encoding: {display}.")), "{message}");
        assert_eq!(answer.header("accept-encoding"), "identity");
        let exposed = answer.header("access-control-expose-headers");
        assert!(exposed.contains("Accept-Encoding"), "{exposed}");
    }
    let stored = mock.get("my-app/secrets").await.ok();
    let content = &stored["data"]["attributes"]["levels"]["project"]["content"];
    assert_ne!(content, "x");
    // Another media type is no matter of compression.
    let call = posted("secrets/store", body).header("content-type", "text/plain");
    let answer = mock.send(call).await;
    answer.refused(415, "unsupported_media_type");
    assert_eq!(answer.header("accept-encoding"), "");
}

async fn identity_is_no_compression() {
    let mock = Mock::start().await;
    let body = json!({"project": "my-app", "content": "x"}).to_string();
    for coding in ["identity", "Identity", "identity,identity", ""] {
        let call = posted("secrets/store", body.clone()).header("content-encoding", coding);
        mock.send(call).await.ok();
    }
    // Where there is no body there is nothing that is compressed.
    let call = Call::new("POST", "my-app/encryption-key/rotate").header("content-encoding", "gzip");
    mock.send(call).await.ok();
}

async fn what_there_is_no_room_for_is_503_and_fits_later() {
    const CHOSEN: &str = "chosen-by-whoever-starts-the-mock";
    let builder = builder().body_memory(4 * MEBIBYTE).control_token(CHOSEN.parse().unwrap());
    let direct = Direct::of(builder);
    let whole = || posted("secrets/store", padded(3 * MEBIBYTE));
    direct.send(whole()).await.invalid(&["project", "content"]);
    // Its body has been read, and it waits: what it takes is known, whatever else the machine does.
    let begun = direct.begin(posted("secrets/store", padded(2 * MEBIBYTE)));
    let dumped = posted("/_mock/state/restore", padded(3 * MEBIBYTE));
    for call in [whole(), dumped.bearer(CHOSEN).header("host", "localhost")] {
        let answer = direct.send(call).await;
        answer.refused(503, "overloaded");
        assert_eq!(answer.header("retry-after"), "1");
    }
    let small = json!({"project": "my-app", "content": "x"});
    direct.post("secrets/store", small).await.ok();
    begun.finish().await.invalid(&["project", "content"]);
    direct.send(whole()).await.invalid(&["project", "content"]);
}

/// On a runtime whose threads for long work are all busy it waits, and so does nobody else.
async fn a_long_body_is_read_off_the_threads_that_serve() {
    const CHOSEN: &str = "chosen-by-whoever-starts-the-mock";
    let direct = Direct::of(builder().control_token(CHOSEN.parse().unwrap()));
    let rotation = posted(ROTATE, zeros("a", 2 * MEBIBYTE));
    let begun = direct.begin(rotation);
    direct.get("my-app/encryption-key").await.ok();
    begun.finish().await.status(422);
    let state = posted("/_mock/state/restore", zeros("a", 2 * MEBIBYTE));
    let begun = direct.begin(state.bearer(CHOSEN).header("host", "localhost"));
    direct.get("my-app/encryption-key").await.ok();
    begun.finish().await.invalid(&["body"]);
}

async fn the_parsed_form_counts_and_what_nobody_reads_does_not() {
    let mock = Mock::of(builder().body_memory(6 * MEBIBYTE)).await;
    let proof = ["key_check", "key_check_salt", "key_check_iterations"];
    let all: Vec<_> = std::iter::once("secrets").chain(proof).collect();
    for name in ["a", "key_proof"] {
        let answer = mock.send(posted(ROTATE, zeros(name, 4 * MEBIBYTE))).await;
        answer.invalid(&all);
    }
    // A list of which the items are read is a list.
    let answer = mock.send(posted(ROTATE, zeros("secrets", 4 * MEBIBYTE))).await;
    answer.refused(503, "overloaded");
    let answer = mock.send(posted(ROTATE, zeros("a", 5 * MEBIBYTE))).await;
    answer.invalid(&all);
}

async fn a_client_rotation_takes_a_bounded_number_of_secrets() {
    let mock = Mock::start().await;
    let answer = mock.send(posted(ROTATE, zeros("secrets", 32 * MEBIBYTE - 20))).await;
    let body = answer.status(422);
    let message = &body["errors"]["secrets"][0];
    assert_eq!(message, "The secrets field must have 0 to 100000 items.");
    // What is wrong with each of very many is not told of each.
    let many = zeros("secrets", 2 * 50_000);
    let body = mock.send(posted(ROTATE, many)).await.status(422);
    assert_eq!(body["errors"].as_object().unwrap().len(), 1000);
    let rules = Rules { minimum_iterations: 1, strict: false };
    let schema =
        keyproof::contract::request::schema::<keyproof::contract::request::RotateClientKeys>(rules);
    assert_eq!(schema["properties"]["secrets"]["maxItems"], 100_000);
}

async fn a_state_that_is_put_back_counts_too() {
    let mock = Mock::of(builder().body_memory(6 * MEBIBYTE)).await;
    let dumped = mock.control("state/dump", json!({})).await.ok();
    mock.control("state/restore", dumped).await.ok();
    let (_, control) = mock.server.control().unwrap();
    let call = posted("/_mock/state/restore", zeros("organizations", 2 * MEBIBYTE));
    let answer = mock.send(call.bearer(control)).await;
    answer.refused(503, "overloaded");
}

/// The most memory that a process has had. KiB.
fn peak(process: u32) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// Sends a body over a connection of its own. The status of the answer.
fn status_of(url: &str, path: &str, body: &str) -> u16 {
    let mut stream = TcpStream::connect(url.strip_prefix("http://").unwrap()).unwrap();
    let (bearer, length) = (token("full"), body.len());
    write!(
        stream,
        "POST /api/v1/{ULID}/{path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
         Authorization: Bearer {bearer}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
    )
    .unwrap();
    stream.write_all(body.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.split(' ').nth(1).unwrap().parse().unwrap()
}

async fn large_bodies_are_bounded_together_and_hold_nobody_up() {
    let mock = Running::start(&["--listen", "127.0.0.1:0", "--limits", "off"]);
    let url = mock.line["url"].as_str().unwrap().to_owned();
    let body = std::sync::Arc::new(zeros("a", 32 * MEBIBYTE - 20));
    let left = std::sync::Arc::new(AtomicUsize::new(4));
    let senders: Vec<_> = (0..4)
        .map(|_| {
            let (url, body, left) = (url.clone(), body.clone(), left.clone());
            std::thread::spawn(move || {
                let status = status_of(&url, ROTATE, &body);
                left.fetch_sub(1, Ordering::AcqRel);
                status
            })
        })
        .collect();
    let http = reqwest::Client::new();
    let (mut answered, mut longest) = (0, std::time::Duration::ZERO);
    while left.load(Ordering::Acquire) > 0 {
        let began = std::time::Instant::now();
        let key = http.get(format!("{url}/api/v1/{ULID}/my-app/encryption-key"));
        let answer = key.bearer_auth(token("full")).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        longest = longest.max(began.elapsed());
        answered += 1;
    }
    for sender in senders {
        // What there is no room for is asked for again.
        let status = sender.join().unwrap();
        assert!([422, 503].contains(&status), "{status}");
    }
    let peak = peak(mock.id());
    assert!(peak < 320 * 1024, "{peak} KiB");
    // A machine under load is slow, but one that waits for a body is slower by far.
    assert!(answered > 3, "{answered} answers, the longest after {longest:?}");
    mock.signal("TERM");
    assert_eq!(mock.end().0, Some(0));
}
