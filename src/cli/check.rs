//! `keyproof check`: holds a server to the contract.

use std::io::IsTerminal as _;
use std::sync::Arc;
use std::time::Instant;

use jiff::Timestamp;

use super::planned::refuse_options;
use super::report::{Destination, write};
use super::signal::first_signal;
use super::target::{Embedded, Foreign, Settings};
use super::{Trouble, output, selection};
use crate::harness::report::Report;
use crate::harness::{
    Case, Exit, Line, Options, Progress, Redactor, Require, Silent, run as run_cases,
};
use crate::mock::Defect;
use crate::suite::server::{self, Budget, Scene, Target, World};

/// Cases that run side by side against a mock of our own.
const SIDE_BY_SIDE: usize = 8;
/// Width of the progress line: a narrow terminal wraps nothing.
const COLUMNS: usize = 80;
/// Members whose values reports withhold, however short.
const WITHHELD_MEMBERS: &[&str] = &[
    "key",
    "token",
    "content",
    "plaintext",
    "key_proof",
    "key_check",
];

/// Holds a server to the contract. Without a URL, flag or environment, that is the embedded mock.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Origin of the server; with KEYPROOF_TOKEN and --org. Loopback addresses only, for now
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// ULID of the organization
    #[arg(long, value_name = "ULID")]
    org: Option<String>,
    #[command(flatten)]
    selection: selection::SelectionArguments,
    /// Makes the run incomplete if the target does not supply this need (or `all`)
    #[arg(long, value_name = "NEED")]
    require: Vec<String>,
    /// Writes a report: text=PATH or json=PATH; PATH - is standard output
    #[arg(long, value_name = "FORMAT=PATH")]
    report: Vec<Destination>,
    /// Makes the embedded mock's ids, keys and salts repeatable
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Breaks the embedded mock in a named way, to see the suite notice
    #[arg(long, value_name = "NAME")]
    defect: Vec<Defect>,
    /// Lists the cases of each requirement, not just those that did not pass
    #[arg(long)]
    verbose: bool,
    #[command(flatten)]
    planned: PlannedOptions,
}

/// Part of the fixed command line, not built yet.
#[derive(Debug, clap::Args)]
struct PlannedOptions {
    #[arg(long, hide = true)]
    project: Option<String>,
    #[arg(long, hide = true)]
    read_only: bool,
    #[arg(long, hide = true)]
    budget: Option<String>,
    #[arg(long, hide = true)]
    cleanup: bool,
    #[arg(long, hide = true)]
    variant: Vec<String>,
    #[arg(long, hide = true)]
    expect: Option<String>,
    #[arg(long, hide = true)]
    update_expect: bool,
    #[arg(long, hide = true)]
    shard: Option<String>,
    #[arg(long, hide = true)]
    last_failed: bool,
    #[arg(long, hide = true)]
    trace: bool,
    #[arg(long, hide = true)]
    snapshots: Option<String>,
    #[arg(long, hide = true)]
    state: Option<String>,
    #[arg(long, hide = true)]
    job_wait: Option<String>,
    #[arg(long, hide = true)]
    shared_org: bool,
    #[arg(long, hide = true)]
    production: bool,
}

impl PlannedOptions {
    fn refuse(&self) -> Result<(), Trouble> {
        refuse_options(&[
            ("--project", self.project.is_some()),
            ("--read-only", self.read_only),
            ("--budget", self.budget.is_some()),
            ("--cleanup", self.cleanup),
            ("--variant", !self.variant.is_empty()),
            ("--expect", self.expect.is_some()),
            ("--update-expect", self.update_expect),
            ("--shard", self.shard.is_some()),
            ("--last-failed", self.last_failed),
            ("--trace", self.trace),
            ("--snapshots", self.snapshots.is_some()),
            ("--state", self.state.is_some()),
            ("--job-wait", self.job_wait.is_some()),
            ("--shared-org", self.shared_org),
            ("--production", self.production),
        ])
    }
}

/// A target and what the command line knows of it.
struct Aim {
    target: Arc<dyn Target>,
    /// As reports name it.
    name: String,
    /// Texts of it that are no secrets.
    public: Vec<String>,
    budget: Budget,
    side_by_side: usize,
}

pub(super) fn run(arguments: &Arguments) -> Result<Exit, Trouble> {
    arguments.planned.refuse()?;
    let cases = server::cases();
    let Some(selected) = arguments.selection.apply(&cases)? else {
        return Ok(Exit::Held);
    };
    let mut require = Require::parse(&arguments.require, &cases).map_err(selection::unselected)?;
    let foreign = Foreign::read(arguments.url.as_deref(), arguments.org.as_deref())?;
    if foreign.is_some() && !arguments.defect.is_empty() {
        return Err(Trouble::usage(
            "--defect breaks the embedded mock: leave out --url, or the defect",
        ));
    }
    if foreign.is_none() {
        require = Require::All;
    }
    super::runtime()?.block_on(async {
        let aim = aim(arguments, foreign).await?;
        judge(arguments, &cases, &selected, &require, aim).await
    })
}

async fn aim(arguments: &Arguments, foreign: Option<Foreign>) -> Result<Aim, Trouble> {
    if let Some(foreign) = foreign {
        return Ok(Aim {
            name: foreign.url().to_owned(),
            target: Arc::new(foreign),
            public: Vec::new(),
            budget: Budget::DEFAULT,
            side_by_side: 1,
        });
    }
    let settings = Settings {
        seed: seed(arguments),
        defects: arguments.defect.clone(),
    };
    let embedded = Embedded::start(settings).await.map_err(|error| {
        Trouble::unreachable(format!("the embedded mock did not start: {error}"))
    })?;
    Ok(Aim {
        name: "embedded mock".to_owned(),
        public: embedded.public_texts(),
        target: Arc::new(embedded),
        budget: Budget::UNBOUNDED,
        side_by_side: SIDE_BY_SIDE,
    })
}

/// The seed that was given, or 0: a run without one is repeatable too.
fn seed(arguments: &Arguments) -> u64 {
    arguments.seed.unwrap_or(0)
}

async fn judge(
    arguments: &Arguments,
    cases: &[Case<Scene>],
    selected: &crate::harness::Selected,
    require: &Require,
    aim: Aim,
) -> Result<Exit, Trouble> {
    let fault = |error: String| Trouble::unreachable(error);
    let catalogue = server::catalogue().map_err(fault)?;
    let redactor = Redactor::new(WITHHELD_MEMBERS);
    for text in &aim.public {
        redactor.allow(text);
    }
    crate::harness::redact_panics(redactor.clone());
    let world = World::new(Arc::clone(&aim.target), aim.budget, &redactor).map_err(fault)?;
    let line;
    let progress: &dyn Progress = if std::io::stderr().is_terminal() {
        line = Line::new(std::io::stderr(), COLUMNS);
        &line
    } else {
        &Silent
    };
    let options = Options {
        concurrency: aim.side_by_side,
        require,
        progress,
        ..Options::default()
    };
    let stop = first_signal()?;
    let started = Timestamp::from_second(Timestamp::now().as_second()).unwrap_or_default();
    let clock = Instant::now();
    let conclusion = run_cases(&world, cases, selected, &catalogue, options, stop).await;
    let left = world.tidy_up().await;
    if !left.is_empty() {
        output::warn(&format!("could not delete: {}", left.join(", ")));
    }
    let rerun = |id: &str| rerun(arguments, &aim, id);
    let report = Report {
        target: &aim.name,
        seed: seed(arguments),
        started,
        took: clock.elapsed(),
        conclusion: &conclusion,
        coda: "",
        annex: "",
        redactor: &redactor,
        rerun: &rerun,
    };
    Ok(write(&report, &arguments.report, arguments.verbose))
}

fn rerun(arguments: &Arguments, aim: &Aim, id: &str) -> String {
    let mut command = "keyproof check".to_owned();
    if aim.name == aim.target.url() {
        command.push_str(&format!(
            " --url {} --org {}",
            aim.target.url(),
            aim.target.organization()
        ));
    }
    for defect in &arguments.defect {
        command.push_str(&format!(" --defect {}", defect.name()));
    }
    command.push_str(&format!(" --run {id} --exact --seed {}", seed(arguments)));
    command
}
