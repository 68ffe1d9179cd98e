//! The mock: two endpoints through its router, requests over sockets, start to first answer.
//! Limits are off throughout.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::{Request, StatusCode, header};
use criterion::{BatchSize, Criterion, Throughput};
use keyproof::crypto::{DataKey, KEY_LENGTH, seal};
use keyproof::mock::{Builder, Limits, MockServer};
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use tower::ServiceExt as _;

use super::FEW;
use super::socket::Connection;

// The default fixture, as the mock's banner prints it.
pub(super) const FULL: &str = "dotenv_01ARZ3NDEKTSV4RRFFQ69G5FAV_MOCKfull";
const SEED_CLIENT: &str = "dotenv_01ARZ3NDEKTSV4RRFFQ69G5FAV_MOCKseedClient";
pub(super) const KEY: &str = "/api/v1/01ARZ3NDEKTSV4RRFFQ69G5FAV/my-app/encryption-key";
const HISTORY: &str = "/api/v1/01ARZ3NDEKTSV4RRFFQ69G5FAV/my-app/encryption-key/history";
const SUBMIT: &str = "/api/v1/01ARZ3NDEKTSV4RRFFQ69G5FAV/my-app/secrets/re-encrypt-history";
/// The one version of the seed's client-managed project that is under an older key.
const PENDING: u64 = 42;

/// Kept connections of the socket benchmark, and requests that each of them sends one after another.
const CONNECTIONS: usize = 4;
const REQUESTS: usize = 250;

pub(super) fn define(criterion: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    through_the_router(criterion, &runtime);
    over_sockets(criterion, &runtime);
    start_to_first_answer(criterion, &runtime);
}

fn through_the_router(criterion: &mut Criterion, runtime: &Runtime) {
    let mut group = criterion.benchmark_group("mock");
    let router = fresh().router().unwrap();
    let answer = runtime.block_on(send(&router, get(KEY, FULL)));
    assert_is_descriptor(&answer);
    group.bench_function("get-encryption-key/1", |b| {
        b.to_async(runtime).iter(|| send(&router, get(KEY, FULL)));
    });

    // A version moves once only, so that each submit meets a mock of its own. Making that is not
    // timed, nor is dropping it.
    let body = submission(runtime);
    let prepare = || {
        let router = fresh().router().unwrap();
        (router, post(SUBMIT, SEED_CLIENT, body.clone()))
    };
    let submit = async |(router, request): (Router, Request<Body>)| {
        let answer = send(&router, request).await;
        (router, answer)
    };
    let (_, answer) = runtime.block_on(submit(prepare()));
    let answer: Value = serde_json::from_slice(&answer).unwrap();
    assert_eq!(answer["data"], json!({"updated": 1, "remaining": 0}));
    group.bench_function("submit/1", |b| {
        b.to_async(runtime).iter_batched(prepare, submit, BatchSize::SmallInput);
    });
    group.finish();
}

fn over_sockets(criterion: &mut Criterion, runtime: &Runtime) {
    let mock = runtime.block_on(fresh().start()).unwrap();
    let mut connections: Vec<_> = (0..CONNECTIONS).map(|_| Connection::to(mock.url())).collect();
    for connection in &mut connections {
        assert_is_descriptor(&connection.get(KEY, FULL));
    }
    let mut group = criterion.benchmark_group("mock");
    group.sample_size(FEW);
    group.throughput(Throughput::Elements((CONNECTIONS * REQUESTS) as u64));
    group.bench_function(format!("requests/{CONNECTIONS}"), |b| {
        b.iter(|| {
            thread::scope(|scope| {
                for connection in &mut connections {
                    scope.spawn(|| {
                        for _ in 0..REQUESTS {
                            connection.get(KEY, FULL);
                        }
                    });
                }
            });
        });
    });
    group.finish();
    drop(connections);
    runtime.block_on(mock.shutdown());
}

fn start_to_first_answer(criterion: &mut Criterion, runtime: &Runtime) {
    let mut group = criterion.benchmark_group("mock");
    group.sample_size(FEW);
    group.bench_function("start/in-process", |b| {
        b.iter_custom(|times| (0..times).map(|_| start_in_process(runtime)).sum());
    });
    group.bench_function("start/process", |b| {
        b.iter_custom(|times| (0..times).map(|_| start_process()).sum());
    });
    group.finish();
}

fn start_in_process(runtime: &Runtime) -> Duration {
    let begin = Instant::now();
    let mock = runtime.block_on(fresh().start()).unwrap();
    let answer = Connection::to(mock.url()).get(KEY, FULL);
    let took = begin.elapsed();
    assert_is_descriptor(&answer);
    runtime.block_on(mock.shutdown());
    took
}

/// `keyproof mock --json`, from the spawn on.
fn start_process() -> Duration {
    let begin = Instant::now();
    let mut process = Command::new(env!("CARGO_BIN_EXE_keyproof"))
        .args(["mock", "--json", "--listen", "127.0.0.1:0"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let started: Value = serde_json::from_str(&line).unwrap();
    let answer = Connection::to(started["url"].as_str().unwrap()).get(KEY, FULL);
    let took = begin.elapsed();
    process.kill().unwrap();
    process.wait().unwrap();
    assert_is_descriptor(&answer);
    took
}

pub(super) fn fresh() -> Builder {
    MockServer::builder().limits(Limits::Off)
}

pub(super) fn get(path: &str, token: &str) -> Request<Body> {
    request("GET", path, token).body(Body::empty()).unwrap()
}

pub(super) fn post(path: &str, token: &str, body: Bytes) -> Request<Body> {
    request("POST", path, token)
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(body))
        .unwrap()
}

fn request(method: &str, path: &str, token: &str) -> axum::http::request::Builder {
    Request::builder()
        .method(method)
        .uri(path)
        .header(header::ACCEPT, "application/json")
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
}

pub(super) async fn send(router: &Router, request: Request<Body>) -> Bytes {
    let answer = router.clone().oneshot(request).await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    to_bytes(answer.into_body(), usize::MAX).await.unwrap()
}

/// The pending version under the active key, whose proof the history tells.
fn submission(runtime: &Runtime) -> Bytes {
    let router = fresh().router().unwrap();
    let history = runtime.block_on(send(&router, get(HISTORY, SEED_CLIENT)));
    let history: Value = serde_json::from_slice(&history).unwrap();
    let blob = seal(&DataKey::from([7; KEY_LENGTH]), b"A=1\n").unwrap();
    let body = json!({
        "versions": [{"id": PENDING, "content": blob}],
        "key_proof": history["data"][0]["key_check"],
    });
    body.to_string().into()
}

pub(super) fn assert_is_descriptor(answer: &[u8]) {
    let answer: Value = serde_json::from_slice(answer).unwrap();
    let content = answer["data"]["attributes"]["content"].as_str().unwrap();
    let descriptor: Value = serde_json::from_str(content).unwrap();
    assert_eq!(descriptor["key"]["managed"], "server");
    assert_eq!(descriptor["key"]["version"], 2);
}
