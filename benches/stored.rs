//! Whether what the mock stores makes it slower: four endpoints of a client-managed project, through the
//! router, with more and more old versions that are all pending.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use criterion::Criterion;
use keyproof::crypto::{DataKey, Iterations, KEY_LENGTH, seal};
use keyproof::mock::{Fixture, Limits, MockServer};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use super::mock::{get, post, send};

const STORED: [usize; 3] = [100, 1_000, 10_000];

pub(super) const TOKEN: &str = "a-token-of-the-benchmark";
pub(super) const ORGANIZATION: &str = "/api/v1/01J00000000000000000BENCH1";
const KEY: &str = "/api/v1/01J00000000000000000BENCH1/vault/encryption-key";
const HISTORY: &str = "/api/v1/01J00000000000000000BENCH1/vault/encryption-key/history";
pub(super) const PENDING: &str =
    "/api/v1/01J00000000000000000BENCH1/vault/secrets/re-encrypt-history/pending";
const SUBMIT: &str = "/api/v1/01J00000000000000000BENCH1/vault/secrets/re-encrypt-history";

/// What a page of pending versions holds, unless it is asked for another number.
const PAGE: usize = 50;

pub(super) fn define(criterion: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let mut group = criterion.benchmark_group("mock/stored");
    for stored in STORED {
        let fixture = fixture(stored);
        let router = router(&runtime, &fixture);
        for (name, path) in [("get", KEY), ("history", HISTORY)] {
            group.bench_function(format!("{name}/{stored}"), |b| {
                b.to_async(&runtime).iter(|| send(&router, get(path, TOKEN)));
            });
        }
        group.bench_function(format!("pending/{stored}"), |b| {
            let ask = || post(PENDING, TOKEN, Bytes::from_static(b"{}"));
            b.to_async(&runtime).iter(|| send(&router, ask()));
        });
        let submissions = submissions(&runtime, &router, stored);
        group.bench_function(format!("submit/{stored}"), |b| {
            b.iter_custom(|times| submit(&runtime, &fixture, &submissions, times));
        });
    }
    group.finish();
}

/// A version moves once, so that a mock whose versions have all moved gives way to a fresh one, which is
/// not timed.
fn submit(runtime: &Runtime, fixture: &Fixture, submissions: &[Bytes], mut times: u64) -> Duration {
    let mut took = Duration::ZERO;
    while times > 0 {
        let router = router(runtime, fixture);
        let most = usize::try_from(times).unwrap_or(usize::MAX);
        for body in submissions.iter().take(most) {
            let request = post(SUBMIT, TOKEN, body.clone());
            let begin = Instant::now();
            let answer = runtime.block_on(send(&router, request));
            took += begin.elapsed();
            let answer: Value = serde_json::from_slice(&answer).unwrap();
            assert_eq!(answer["data"]["updated"], 1);
            times -= 1;
        }
    }
    took
}

/// One body for each version, all under the active key.
fn submissions(runtime: &Runtime, router: &Router, stored: usize) -> Vec<Bytes> {
    let history = runtime.block_on(send(router, get(HISTORY, TOKEN)));
    let history: Value = serde_json::from_slice(&history).unwrap();
    let proof = &history["data"][0]["key_check"];
    let first = post(PENDING, TOKEN, Bytes::from_static(b"{}"));
    let page = runtime.block_on(send(router, first));
    let page: Value = serde_json::from_slice(&page).unwrap();
    assert_eq!(page["meta"]["remaining"], stored);
    assert_eq!(page["data"].as_array().unwrap().len(), PAGE);
    let first = page["data"][0]["id"].as_u64().unwrap();
    let blob = seal(&DataKey::from([7; KEY_LENGTH]), b"A=1\n").unwrap();
    let bodies = (first..).take(stored).map(|id| {
        let body = json!({"versions": [{"id": id, "content": blob}], "key_proof": proof});
        Bytes::from(body.to_string())
    });
    bodies.collect()
}

pub(super) fn router(runtime: &Runtime, fixture: &Fixture) -> Router {
    let builder = MockServer::builder()
        .limits(Limits::Off)
        // The same salts, and so the same proof, in each.
        .seed(1)
        .min_iterations(Iterations::try_from(1_000).unwrap())
        .fixture(fixture.clone());
    let _inside = runtime.enter();
    builder.router().unwrap()
}

/// A vault in the middle of a rotation: every version is under the key before the active one.
pub(super) fn fixture(stored: usize) -> Fixture {
    let mut text = format!(
        r#"
[[organization]]
ulid = "01J00000000000000000BENCH1"
name = "Benchmark"

[[organization.token]]
name = "full"
bearer = "{TOKEN}"
abilities = ["*"]

[[organization.project]]
name = "Vault"
custody = "client"

[[organization.project.key]]
key = "the passphrase of last year"
created_at = 2026-01-01T00:00:00Z

[[organization.project.key]]
key = "correct horse battery staple"
created_at = 2026-06-01T00:00:00Z
"#
    );
    for number in 0..stored {
        write!(
            text,
            "\n[[organization.project.version]]\ntext = \"NUMBER={number}\"\nkey = 1\n\
             created_at = 2026-02-01T00:00:00Z\n"
        )
        .unwrap();
    }
    Fixture::parse(&text).unwrap()
}
