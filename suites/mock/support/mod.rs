//! What every topic needs: a mock to talk to, calls and answers, a client's side of the crypto, and
//! the mock as a router.

mod answer;
mod call;
mod direct;
mod keys;
mod server;

use std::sync::LazyLock;

use tokio::runtime::Runtime;

pub(crate) use answer::Answer;
pub(crate) use call::Call;
pub(crate) use direct::{Direct, trace_of};
pub(crate) use keys::{ClientKey, blob, descriptor, opens, server_key};
pub(crate) use server::{FEWEST, Mock, OTHER, ULID, builder, token};

/// One runtime for all trials: each blocks its own thread on it.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("threads can be started")
});

/// Runs a test to its end.
pub(crate) fn run(test: impl Future<Output = ()>) {
    RUNTIME.block_on(test);
}

/// The named test functions as trials: `topic::claim`.
macro_rules! claims {
    ($($name:ident),* $(,)?) => {
        pub(crate) fn trials() -> Vec<crate::support::Trial> {
            let topic = module_path!().rsplit("::").next().unwrap_or_default();
            vec![$(crate::support::Trial::test(
                format!("{topic}::{}", stringify!($name)),
                || {
                    $crate::mock::support::run($name());
                    Ok(())
                },
            )),*]
        }
    };
}
pub(crate) use claims;
