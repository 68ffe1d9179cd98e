//! What the crypto and the mock cost. `benches/README.md` says what each id means.
#![allow(clippy::unwrap_used, reason = "a benchmark that cannot go on has nothing to measure")]

mod blob;
mod deleted;
mod honest;
mod mock;
mod peers;
mod proof;
mod socket;
mod stored;
mod tenants;

use std::time::Duration;

use criterion::Criterion;

fn main() {
    let mut criterion = Criterion::default()
        .warm_up_time(Duration::from_secs(1))
        .measurement_time(Duration::from_secs(3))
        .configure_from_args();
    proof::define(&mut criterion);
    blob::define(&mut criterion);
    mock::define(&mut criterion);
    honest::define(&mut criterion);
    stored::define(&mut criterion);
    deleted::define(&mut criterion);
    tenants::define(&mut criterion);
    criterion.final_summary();
}

/// Samples of what takes milliseconds or more. Criterion takes no fewer.
const FEW: usize = 10;
