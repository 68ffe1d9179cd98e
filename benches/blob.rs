//! Sealing and opening a blob, base64 and a fresh IV included.

use std::hint::black_box;

use criterion::{Criterion, Throughput};
use keyproof::crypto::{DataKey, KEY_LENGTH, open, seal};

const SIZES: [(&str, usize); 2] = [("1KiB", 1 << 10), ("64KiB", 64 << 10)];

pub(super) fn define(criterion: &mut Criterion) {
    let key = DataKey::from([7; KEY_LENGTH]);
    let mut group = criterion.benchmark_group("blob");
    for (name, size) in SIZES {
        let plaintext = vec![b'k'; size];
        let blob = seal(&key, &plaintext).unwrap();
        assert_eq!(*open(&key, &blob).unwrap(), plaintext);
        group.throughput(Throughput::Bytes(size as u64));
        group.bench_function(format!("seal/{name}"), |b| {
            b.iter(|| seal(&key, black_box(&plaintext)).unwrap());
        });
        group.bench_function(format!("open/{name}"), |b| {
            b.iter(|| open(&key, black_box(&blob)).unwrap());
        });
    }
    group.finish();
}
