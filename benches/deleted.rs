//! Whether deleting is linear in what goes: through the router, from a project with more and more old
//! versions. Each request meets versions that are there: the mocks that it needs are made untimed.

use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{Request, StatusCode};
use criterion::{Criterion, SamplingMode};
use keyproof::mock::Fixture;
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use tower::ServiceExt as _;

use super::FEW;
use super::mock::{post, send};
use super::stored::{ORGANIZATION, PENDING, TOKEN, fixture, router};

const STORED: [usize; 3] = [1_000, 10_000, 100_000];

/// How long one is measured: what is made untimed takes longer than what is timed.
const SHORT: Duration = Duration::from_millis(300);

pub(super) fn define(criterion: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let mut group = criterion.benchmark_group("mock/deleted");
    group.sampling_mode(SamplingMode::Flat).sample_size(FEW);
    group.warm_up_time(SHORT).measurement_time(SHORT);
    for stored in STORED {
        let fixture = fixture(stored);
        let first = first_version(&runtime, &router(&runtime, &fixture), stored);
        let mut bench = |name: &str, most: u64, request: &dyn Fn(u64) -> Request<Body>| {
            group.bench_function(format!("{name}/{stored}"), |b| {
                b.iter_custom(|times| deleted(&runtime, &fixture, most, request, times));
            });
        };
        bench("purge", 1, &|_| purge());
        bench("project", 1, &|_| delete("/vault"));
        let one = |place| delete(&format!("/secrets/versions/{}", first + place));
        // Nothing else restores a level that is deleted: its last version stays.
        bench("version", stored as u64 - 1, &one);
    }
    group.finish();
}

/// Sends so many requests, as many of them to one mock as there are different ones.
fn deleted(
    runtime: &Runtime,
    fixture: &Fixture,
    most: u64,
    request: &dyn Fn(u64) -> Request<Body>,
    mut times: u64,
) -> Duration {
    let mut took = Duration::ZERO;
    while times > 0 {
        let router = router(runtime, fixture);
        for place in 0..most.min(times) {
            let request = request(place);
            let begin = Instant::now();
            let status = runtime.block_on(status(&router, request));
            took += begin.elapsed();
            assert!(status.is_success(), "{status}");
            times -= 1;
        }
    }
    took
}

async fn status(router: &Router, request: Request<Body>) -> StatusCode {
    router.clone().oneshot(request).await.unwrap().status()
}

/// All versions of the project's own level, none of a target's.
fn purge() -> Request<Body> {
    let path = format!("{ORGANIZATION}/secrets/versions/purge");
    let body = json!({"project": "vault", "confirmed": true});
    post(&path, TOKEN, Bytes::from(body.to_string()))
}

fn delete(path: &str) -> Request<Body> {
    Request::delete(format!("{ORGANIZATION}{path}"))
        .header("authorization", format!("Bearer {TOKEN}"))
        .body(Body::empty())
        .unwrap()
}

/// The row of the oldest version; those of the others follow.
fn first_version(runtime: &Runtime, router: &Router, stored: usize) -> u64 {
    let page = runtime.block_on(send(router, post(PENDING, TOKEN, Bytes::from_static(b"{}"))));
    let page: Value = serde_json::from_slice(&page).unwrap();
    assert_eq!(page["meta"]["remaining"], stored);
    page["data"][0]["id"].as_u64().unwrap()
}
