//! Runs cases of the server suite in process.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use keyproof::harness::report::{Report, Text};
use keyproof::harness::{
    Conclusion, Options, Outcome, Redactor, Require, Selected, Selection, run,
};
use keyproof::suite::server::{self, Budget, Server, ServerSuite, Terms};

/// A run of some cases, and what its reports need.
pub(crate) struct Ran {
    target: &'static str,
    pub(crate) conclusion: Conclusion,
    pub(crate) redactor: Redactor,
    /// Projects and tokens that could not be deleted.
    pub(crate) left: Vec<String>,
}

/// A target with the suite's state about it, for as many runs as are wanted.
pub(crate) struct Bench {
    name: &'static str,
    suite: ServerSuite,
    redactor: Redactor,
}

impl Bench {
    pub(crate) fn new(target: Arc<dyn Server>, name: &'static str, budget: Budget) -> Self {
        let terms = Terms { budget, ..Terms::default() };
        Self::on(target, name, &terms)
    }

    /// On these terms.
    pub(crate) fn on(target: Arc<dyn Server>, name: &'static str, terms: &Terms) -> Self {
        let redactor = Redactor::new(server::WITHHELD_MEMBERS);
        let suite = ServerSuite::new(target, terms, &redactor).unwrap();
        Self { name, suite, redactor }
    }

    /// Runs the cases of these ids, and the sanity cases.
    pub(crate) async fn run(&self, ids: &[&str], side_by_side: usize) -> Ran {
        let cases = server::cases();
        let options =
            Options { concurrency: side_by_side, require: &Require::Nothing, ..Options::default() };
        let catalogue = server::catalogue().unwrap();
        let selected = select(ids);
        let conclusion =
            run(&self.suite, &cases, &selected, &catalogue, options, std::future::pending()).await;
        Ran { target: self.name, conclusion, redactor: self.redactor.clone(), left: Vec::new() }
    }

    /// Runs them and tidies up.
    pub(crate) async fn run_once(self, ids: &[&str], side_by_side: usize) -> Ran {
        let mut ran = self.run(ids, side_by_side).await;
        let left = self.suite.tidy_up().await;
        ran.left = left.0.iter().map(ToString::to_string).collect();
        ran
    }
}

fn select(ids: &[&str]) -> Selected {
    let ids: Vec<String> = ids.iter().map(|&id| id.to_owned()).collect();
    let selection = Selection::parse(&ids, &[], true).unwrap();
    selection.apply(&server::cases()).unwrap()
}

/// A runtime of its own for a test.
pub(crate) fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap()
}

impl Ran {
    pub(crate) fn outcome(&self, id: &str) -> &Outcome {
        self.conclusion.outcome(id).unwrap()
    }

    pub(crate) fn explain(&self, outcome: &Outcome) -> String {
        self.report(|report| Text::default().explain(report, outcome))
    }

    /// What `make` makes of the report of the run.
    pub(crate) fn report<T>(&self, make: impl FnOnce(&Report<'_>) -> T) -> T {
        let rerun = |id: &str| format!("cargo test --test all -- --exact server::{id}");
        make(&Report {
            target: self.target,
            seed: 0,
            started: Timestamp::UNIX_EPOCH,
            took: Duration::ZERO,
            conclusion: &self.conclusion,
            coda: "",
            annex: "",
            redactor: &self.redactor,
            rerun: &rerun,
        })
    }
}
