//! The suite can fail: each defect of the mock is caught by the cases that claim to catch it, for
//! their reason, and no other accuses it. It lets right servers pass: no variant is accused.

mod quick;
mod readme;
mod table;
mod wire;

use std::sync::{Arc, OnceLock};

use keyproof::cli::server::Subject;
use keyproof::harness::selftest::Trial as Proof;
use keyproof::suite::server::selftest::Common;
use libtest_mimic::Failed;

use crate::support::Trial;

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = table::trials();
    trials.extend(readme::trials());
    trials.extend(wire::trials());
    trials.extend(quick::trials());
    // Client keys are derived once for all of them.
    let common = Arc::new(Common::default());
    for subject in Subject::all() {
        let kind = match subject {
            Subject::Wrong(_) => "caught",
            Subject::Right(_) => "not_accused",
        };
        let id = subject.id();
        let name = id.strip_prefix("server/").unwrap_or(&id);
        let common = Arc::clone(&common);
        let trial = move || is_proved(subject, &common);
        trials.push(Trial::test(format!("{kind}/{name}"), trial));
    }
    trials
}

fn is_proved(subject: Subject, common: &Common) -> Result<(), Failed> {
    // One runtime for all: what one trial derives, another may be waiting for.
    static RUNTIME: OnceLock<tokio::runtime::Runtime> = OnceLock::new();
    let runtime = RUNTIME.get_or_init(|| tokio::runtime::Runtime::new().unwrap());
    let proof = runtime.block_on(subject.attempt(common, std::future::pending()))?;
    match Proof::complaint(&proof) {
        None => Ok(()),
        Some(complaint) => Err(complaint.into()),
    }
}
