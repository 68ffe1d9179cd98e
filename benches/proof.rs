//! The proof at the platform's 600,000 iterations: one, one by each peer, the least time that one can
//! take, one with its data key, and a batch on all cores.

use std::hint::black_box;
use std::thread;
use std::time::Duration;

use criterion::{Criterion, SamplingMode, Throughput};
use keyproof::crypto::{Iterations, derive_key_proof, derive_proof_and_data_key, encoding};

use super::{FEW, peers};

// The vector key_proof/passphrase-platform-iterations.
const KEY: &[u8] = b"correct horse battery staple";
const SALT: &str = "AAECAwQFBgcICQoLDA0ODw==";
const PROOF: &str = "Ky6v4WQhYV5SeZQBXs6dO4s+JghJb/9GV7I9EHGj7dk=";

/// Proofs of a batch. The same everywhere, so that machines can be compared.
const BATCH: usize = 16;

type Derive = fn(&[u8], &[u8], Iterations) -> String;

const IMPLEMENTATIONS: &[(&str, Derive)] = &[
    ("keyproof", derive_key_proof),
    ("pbkdf2", peers::pbkdf2),
    #[cfg(feature = "bench-peers")]
    ("ring", peers::ring),
    #[cfg(feature = "bench-peers")]
    ("aws-lc-rs", peers::aws_lc_rs),
    #[cfg(feature = "bench-peers")]
    ("openssl", peers::openssl),
];

pub(super) fn define(criterion: &mut Criterion) {
    let salt = encoding::decode(SALT).unwrap();
    for (name, derive) in IMPLEMENTATIONS {
        assert_eq!(derive(KEY, &salt, Iterations::PLATFORM), PROOF, "{name}");
    }
    let mut group = criterion.benchmark_group("proof");
    group
        .sample_size(FEW)
        .sampling_mode(SamplingMode::Flat)
        .measurement_time(Duration::from_secs(8));
    for (name, derive) in IMPLEMENTATIONS {
        group.bench_function(format!("one/{name}"), |b| {
            b.iter(|| derive(black_box(KEY), black_box(&salt), Iterations::PLATFORM));
        });
    }
    #[cfg(target_arch = "x86_64")]
    if keyproof::crypto::latency_bound(1).is_some() {
        let count = Iterations::PLATFORM.get();
        group.bench_function("bound/sha-ni", |b| {
            b.iter(|| keyproof::crypto::latency_bound(black_box(count)));
        });
    }
    group.throughput(Throughput::Elements(2));
    group.bench_function("with-data-key", |b| {
        b.iter(|| derive_proof_and_data_key(black_box(KEY), &salt, Iterations::PLATFORM));
    });
    group.throughput(Throughput::Elements(BATCH as u64)).measurement_time(Duration::from_secs(16));
    group.bench_function(format!("batch/{BATCH}"), |b| b.iter(|| batch(&salt)));
    group.finish();
}

/// A batch on all cores: a thread for each proof, which share the processors.
fn batch(salt: &[u8]) {
    thread::scope(|scope| {
        for _ in 0..BATCH {
            scope.spawn(|| {
                let proof = derive_key_proof(black_box(KEY), salt, Iterations::PLATFORM);
                assert_eq!(proof, PROOF);
            });
        }
    });
}
