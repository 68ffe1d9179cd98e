//! Two hundred tests, each in an organization of its own: on one mock, and shared between two.

use std::thread;

use criterion::{Criterion, Throughput};
use keyproof::mock::{Limits, MockServer};
use tokio::runtime::Runtime;

use super::FEW;
use super::socket::Connection;

/// Tests, and the threads that run them.
const TESTS: usize = 200;
const THREADS: usize = 4;
/// Requests of one test.
const REQUESTS: usize = 20;

pub(super) fn define(criterion: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let mut group = criterion.benchmark_group("mock");
    group.sample_size(FEW);
    group.throughput(Throughput::Elements(TESTS as u64));
    for (count, name) in [(1, "one"), (2, "two")] {
        let start = || runtime.block_on(MockServer::builder().limits(Limits::Off).start());
        let mocks: Vec<MockServer> = (0..count).map(|_| start().unwrap()).collect();
        group.bench_function(format!("tenants/{name}"), |b| b.iter(|| run(&mocks)));
        for mock in mocks {
            runtime.block_on(mock.shutdown());
        }
    }
    group.finish();
}

fn run(mocks: &[MockServer]) {
    thread::scope(|scope| {
        for number in 0..THREADS {
            scope.spawn(move || {
                let mock = &mocks[number % mocks.len()];
                let mut connection = Connection::to(mock.url());
                for _ in 0..TESTS / THREADS {
                    let tenant = mock.isolate().unwrap();
                    let path = format!("/api/v1/{}/my-app/secrets", tenant.ulid());
                    for _ in 0..REQUESTS {
                        connection.get(&path, &tenant.token("full").unwrap());
                    }
                    assert_eq!(tenant.journal().len(), REQUESTS);
                    tenant.remove();
                }
            });
        }
    });
}
