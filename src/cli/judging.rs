//! What the commands that hold something to a suite have in common: their options, and the way from the
//! cases to the reports.

use std::time::Instant;

use jiff::Timestamp;

use super::expectation::{ExpectationArguments, Expected};
use super::last_run::LastRun;
use super::report::{Destination, Edition, Writing, refuse_stdout, refuse_unwritable};
use super::selection::{SelectionArguments, unselected};
use super::{Trouble, output};
use crate::contract::requirement::Catalogue;
use crate::harness::report::{Document, Report, format_names};
use crate::harness::{
    Case, Conclusion, Exit, Line, Options, Progress, Redactor, Require, Selected, Shard, Silent,
    Suite, run,
};

/// Width of the progress line: a narrow terminal wraps nothing.
const COLUMNS: usize = 80;

/// The options of every such command.
#[derive(Debug, clap::Args)]
pub(super) struct SuiteArguments {
    #[command(flatten)]
    pub(super) selection: SelectionArguments,
    /// Runs, of the selected cases, those that did not pass when they were last run on this target
    #[arg(long)]
    last_failed: bool,
    #[command(flatten)]
    pub(super) expectation: ExpectationArguments,
    /// Makes the run incomplete if the target does not supply this need (or `all`)
    #[arg(long, value_name = "NEED")]
    pub(super) require: Vec<String>,
    /// Runs one part of the selection: I from 1 to N, for as many machines
    #[arg(long, value_name = "I/N")]
    pub(super) shard: Option<Shard>,
    #[arg(long, value_name = "FORMAT=PATH", help = format!(
        "Writes a report. FORMAT: {}; PATH - is standard output", format_names(),
    ))]
    pub(super) report: Vec<Destination>,
    /// Lists the cases of each requirement, not just those that did not pass
    #[arg(long)]
    pub(super) verbose: bool,
}

impl SuiteArguments {
    /// The cases to run and what they are held to. None if they were only to be listed, which is done then.
    /// If there are ids in `quick`, no others are run. Cases that share a key of `together` are in the same shard.
    pub(super) fn plan<C>(
        &self,
        cases: Vec<Case<C>>,
        catalogue: Catalogue,
        quick: Option<&[&str]>,
        last_run: impl FnOnce() -> Result<LastRun, Trouble>,
        together: impl Fn(&Case<C>) -> Option<&'static str>,
    ) -> Result<Option<Plan<C>>, Trouble> {
        let last_failed =
            if self.last_failed { Some(last_run()?.not_passed(&cases)?) } else { None };
        let last_failed = last_failed.as_deref();
        let selected = self.selection.apply(&cases, quick, last_failed, self.shard, together)?;
        let Some(selected) = selected else {
            return Ok(None);
        };
        let require = Require::parse(&self.require, &cases).map_err(unselected)?;
        let expected = self.expectation.read(&cases, &catalogue)?;
        if expected.takes_stdout() {
            refuse_stdout(&self.report)?;
        }
        Ok(Some(Plan { cases, selected, require, catalogue, expected }))
    }

    pub(super) fn refuse_unwritable(&self) -> Result<(), Trouble> {
        refuse_unwritable(&self.report)
    }
}

/// The cases that are to be run, and what they are held to.
pub(super) struct Plan<C> {
    pub(super) cases: Vec<Case<C>>,
    pub(super) selected: Selected,
    pub(super) require: Require,
    pub(super) catalogue: Catalogue,
    expected: Expected,
}

/// One run of a plan.
pub(super) struct Judging<'j, C> {
    plan: &'j Plan<C>,
    suite: &'j SuiteArguments,
    target: RunTarget<'j>,
    started: Timestamp,
    clock: Instant,
}

/// The target of a run, as its reports name it.
pub(super) struct RunTarget<'j> {
    pub(super) name: &'j str,
    pub(super) seed: u64,
    pub(super) redactor: &'j Redactor,
    /// The command that runs a case again.
    pub(super) rerun: &'j (dyn Fn(&str) -> String + Sync),
}

impl<'j, C> Judging<'j, C> {
    pub(super) fn begin(
        plan: &'j Plan<C>,
        suite: &'j SuiteArguments,
        target: RunTarget<'j>,
    ) -> Self {
        let now = Timestamp::now().as_second();
        Self {
            plan,
            suite,
            target,
            started: Timestamp::from_second(now).unwrap_or_default(),
            clock: Instant::now(),
        }
    }

    /// Runs the cases until `stop` is ready. A trace takes the place of the progress line.
    pub(super) async fn run<S: Suite<Context = C>>(
        &self,
        suite: &S,
        concurrency: usize,
        trace: Option<&dyn Progress>,
        stop: impl Future<Output = ()> + Send,
    ) -> Conclusion {
        let line;
        let progress: &dyn Progress = if let Some(trace) = trace {
            trace
        } else if output::Stderr.is_terminal() {
            line = Line::new(output::Stderr, COLUMNS);
            &line
        } else {
            &Silent
        };
        let plan = self.plan;
        let options = Options {
            concurrency,
            require: &plan.require,
            expectations: &plan.expected.expectations,
            progress,
            ..Options::default()
        };
        run(suite, &plan.cases, &plan.selected, &plan.catalogue, options, stop).await
    }

    /// Writes the reports, and the text to whichever of the two standard streams is free. `coda` follows
    /// the verdict, `annex` the text.
    pub(super) fn write(
        &self,
        conclusion: &Conclusion,
        (coda, annex): (&str, &str),
        edition: Edition,
    ) -> Exit {
        let report = Report { coda, annex, ..self.report(conclusion) };
        let document = report.document();
        let writing = self.writing(&document);
        if self.plan.expected.takes_stdout() {
            writing.with_text_on_stderr(edition)
        } else {
            writing.with_text(edition)
        }
    }

    /// Writes the reports that were asked for, and nothing else.
    pub(super) fn write_only(&self, conclusion: &Conclusion, edition: Edition) -> Exit {
        let document = self.report(conclusion).document();
        Writing { verbose: false, ..self.writing(&document) }.without_text(edition)
    }

    fn writing<'w>(&'w self, document: &'w Document) -> Writing<'w> {
        Writing {
            document,
            redactor: self.target.redactor,
            destinations: &self.suite.report,
            verbose: self.suite.verbose,
        }
    }

    fn report<'r>(&'r self, conclusion: &'r Conclusion) -> Report<'r> {
        Report {
            target: self.target.name,
            seed: self.target.seed,
            started: self.started,
            took: self.clock.elapsed(),
            conclusion,
            coda: "",
            annex: "",
            redactor: self.target.redactor,
            rerun: self.target.rerun,
        }
    }

    /// Prints what would bring the expectation file up to date, if that was asked for, and records for
    /// `--last-failed` what passed.
    pub(super) fn keep(&self, conclusion: &Conclusion, last_run: &LastRun) -> Exit {
        let proposed = self.plan.expected.propose(conclusion, self.target.redactor);
        last_run.keep(&self.plan.cases, &conclusion.outcomes);
        proposed.map_or_else(Trouble::report, |()| Exit::Held)
    }
}
