//! Runs cases of the sdk suite in process, against an adapter that is one of its own.

use std::time::Duration;

use jiff::Timestamp;
use keyproof::adapter::{Launcher, Pace, Session};
use keyproof::harness::report::{Report, Text};
use keyproof::harness::{Conclusion, Options, Outcome, Redactor, Selection};
use keyproof::suite::sdk::{self, World};

pub(crate) const fn keyproof() -> &'static str {
    env!("CARGO_BIN_EXE_keyproof")
}

/// A run of some cases.
pub(crate) struct Ran {
    pub(crate) conclusion: Conclusion,
    redactor: Redactor,
}

/// Runs the cases that the globs select, all without any.
pub(crate) fn run(command: Vec<String>, globs: &[String]) -> Ran {
    let runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = { runtime }.enable_all().build().unwrap();
    runtime.block_on(async {
        let launcher = Launcher {
            keyproof: keyproof().into(),
            command: command.into_iter().map(Into::into).collect(),
        };
        // Of the derivations none is slow: whatever takes 3 s will never be answered.
        let pace = Pace::with_floor(Duration::from_secs(3));
        let session = Session::start(launcher, false, pace).await.unwrap();
        let width = session.width();
        let redactor = Redactor::new(&[]);
        let world = World::new(session, 0, &redactor);
        let cases = sdk::cases().unwrap();
        let selected = Selection::parse(globs, &[], false).unwrap().apply(&cases);
        let options = Options {
            concurrency: width,
            ..Options::default()
        };
        let conclusion = keyproof::harness::run(
            &world,
            &cases,
            &selected.unwrap(),
            &sdk::catalogue().unwrap(),
            options,
            std::future::pending(),
        )
        .await;
        world.session().close().await;
        Ran {
            conclusion,
            redactor,
        }
    })
}

impl Ran {
    pub(crate) fn outcome(&self, id: &str) -> &Outcome {
        let mut outcomes = self.conclusion.outcomes.iter();
        outcomes.find(|outcome| outcome.id == id).unwrap()
    }

    pub(crate) fn explain(&self, outcome: &Outcome) -> String {
        let report = Report {
            target: "adapter",
            seed: 0,
            started: Timestamp::UNIX_EPOCH,
            took: Duration::ZERO,
            conclusion: &self.conclusion,
            coda: "",
            redactor: &self.redactor,
            rerun: &|id| format!("cargo test --test sdk -- --exact {id}"),
        };
        Text::default().explain(&report, outcome)
    }
}
