//! What a mock pays for misbehaviour that is not its own: nothing that can be measured.

use axum::Router;
use criterion::Criterion;
use keyproof::mock::Defect;
use tokio::runtime::Runtime;

use super::mock::{FULL, KEY, assert_is_descriptor, fresh, get, send};

pub(super) fn define(criterion: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let mut group = criterion.benchmark_group("mock");
    let honest = fresh().router().unwrap();
    // A defect of another endpoint.
    let other = fresh().defect(Defect::SubmitMiscounts).router().unwrap();
    for (name, router) in [("none", honest), ("other-endpoint", other)] {
        let answer = runtime.block_on(ask(&router));
        assert_is_descriptor(&answer);
        group.bench_function(format!("misbehaviour/{name}"), |b| {
            b.to_async(&runtime).iter(|| ask(&router));
        });
    }
    group.finish();
}

async fn ask(router: &Router) -> axum::body::Bytes {
    send(router, get(KEY, FULL)).await
}
