//! The console, pages that call the mock, and the adapter that is a page, in headless Chromium.

// A test that cannot go on has nothing to recover.
#![allow(clippy::unwrap_used)]

mod adapter;
mod console;
mod cors;
mod driver;
mod page;
mod readme;

use libtest_mimic::{Arguments, Failed, Trial};

fn main() {
    // Whoever was first in this process has done the same.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let arguments = Arguments::from_args();
    let mut trials = console::trials();
    trials.extend(adapter::trials());
    trials.extend(cors::trials());
    trials.extend(readme::trials());
    trials.push(Trial::test("the_browser_is_there", driver::is_there));
    libtest_mimic::run(&arguments, trials).exit();
}

/// A test by its name.
fn trial<F>(name: &'static str, test: impl FnOnce() -> F + Send + 'static) -> Trial
where
    F: Future<Output = ()>,
{
    Trial::test(name, move || {
        driver::is_there()?;
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        runtime.block_on(test());
        Ok::<_, Failed>(())
    })
}

/// The tests of a topic: functions of its module.
macro_rules! claims {
    ($($name:ident),+ $(,)?) => {
        pub(crate) fn trials() -> Vec<libtest_mimic::Trial> {
            vec![$(crate::trial(
                concat!(module_path!(), "::", stringify!($name)).split_once("::").unwrap().1,
                $name,
            )),+]
        }
    };
}
use claims;
