//! `keyproof check`: holds a server to the contract.

mod connection;
mod journal;
mod outline;
mod staging;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::FutureExt as _;
use jiff::Timestamp;

use super::config::{Given, Section};
use super::expectation::{ExpectationArguments, Expected};
use super::guest::{Guest, Manner};
use super::last_run::LastRun;
use super::named::parser;
use super::report::{
    Destination, refuse_shared, refuse_stdout, refuse_unwritable, write, write_aside, write_only,
};
use super::signal::first_signal_to_tidy_up;
use super::{Trouble, environment, output, selection};
use crate::cli::check::connection::ConnectionArguments;
use crate::cli::check::outline::Kept;
use crate::cli::check::staging::{StagingArguments, stopped};
use crate::cli::server::{Embedded, Foreign, Settings};
use crate::contract::requirement::Catalogue;
use crate::harness::report::{Report, Trace};
use crate::harness::{
    Case, Conclusion, Ending, Exit, Line, Options, Progress, Redactor, Require, Shard, Silent,
    World as _, run as run_cases,
};
use crate::mock::{Defect, Variant};
use crate::suite::server::{self, Repeats, Scene, Target, Terms, World};

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
#[command(after_help = environment::help("check"))]
pub(super) struct Arguments {
    /// Origin of the server; with KEYPROOF_TOKEN and --org. https, but for loopback addresses
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// ULID of the organization
    #[arg(long, value_name = "ULID")]
    org: Option<String>,
    #[command(flatten)]
    selection: selection::SelectionArguments,
    #[command(flatten)]
    last_failed: selection::LastFailedArguments,
    #[command(flatten)]
    expectation: ExpectationArguments,
    /// Makes the run incomplete if the target does not supply this need (or `all`)
    #[arg(long, value_name = "NEED")]
    require: Vec<String>,
    /// Runs one part of the selection: I from 1 to N, for as many machines
    #[arg(long, value_name = "I/N")]
    shard: Option<Shard>,
    /// Writes a report. FORMAT: text, json, ndjson, junit, tap, html, markdown, github; PATH - is
    /// standard output
    #[arg(long, value_name = "FORMAT=PATH")]
    report: Vec<Destination>,
    /// Makes the embedded mock's ids, keys and salts repeatable
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Breaks the embedded mock in a named way, to see the suite notice; `keyproof selftest --list` has
    /// the names
    #[arg(long, value_name = "NAME", value_parser = parser::<Defect>(), hide_possible_values = true)]
    defect: Vec<Defect>,
    /// Writes each request and its answer to standard error, without secrets; cases run one by one
    #[arg(long)]
    trace: bool,
    /// Has the embedded mock keep the contract in another way, where the contract leaves the choice;
    /// `keyproof selftest --list` has the names
    #[arg(long, value_name = "NAME", value_parser = parser::<Variant>(), hide_possible_values = true)]
    variant: Vec<Variant>,
    /// Lists the cases of each requirement, not just those that did not pass
    #[arg(long)]
    verbose: bool,
    /// Keeps the outline of the server's answers in this folder, and tells what has changed in it
    #[arg(long, value_name = "DIR")]
    snapshots: Option<PathBuf>,
    #[command(flatten)]
    staging: StagingArguments,
    #[command(flatten)]
    connection: ConnectionArguments,
}

impl Arguments {
    /// Takes from the section of `keyproof.toml` what the command line leaves open.
    pub(super) fn fill(&mut self, section: Section) {
        section.fill(Given {
            seed: &mut self.seed,
            selection: &mut self.selection,
            expectation: &mut self.expectation,
            report: &mut self.report,
            require: &mut self.require,
            verbose: &mut self.verbose,
        });
    }
}

/// A target and what the command line knows of it.
struct Aim {
    target: Arc<dyn Target>,
    /// The same, if it is somebody's server.
    foreign: Option<Arc<Foreign>>,
    /// As reports name it.
    name: String,
    /// Texts of it that are no secrets.
    public: Vec<String>,
    terms: Terms,
    side_by_side: usize,
}

pub(super) fn run(arguments: &Arguments) -> Result<Exit, Trouble> {
    refuse_shared(&arguments.report)?;
    let cases = server::cases();
    let last_failed = if arguments.last_failed.last_failed {
        let foreign = Foreign::read(arguments.url.as_deref(), arguments.org.as_deref())?;
        Some(last_run(arguments, foreign.as_ref()).not_passed(&cases)?)
    } else {
        None
    };
    let Some(selected) = arguments.selection.apply(
        &cases,
        last_failed.as_deref(),
        arguments.shard,
        server::together,
    )?
    else {
        return Ok(Exit::Held);
    };
    let mut require = Require::parse(&arguments.require, &cases).map_err(selection::unselected)?;
    let foreign = Foreign::read(arguments.url.as_deref(), arguments.org.as_deref())?;
    if foreign.is_some() && !arguments.defect.is_empty() {
        return Err(Trouble::usage(
            "--defect breaks the embedded mock: leave out --url, or the defect",
        ));
    }
    if foreign.is_some() && !arguments.variant.is_empty() {
        return Err(Trouble::usage(
            "--variant is a choice of the embedded mock: leave out --url, or the variant",
        ));
    }
    if foreign.is_none() {
        let given = arguments.staging.given().or(arguments.connection.given());
        if let Some(option) = given {
            return Err(Trouble::usage(format!(
                "{option} is for a server by URL: give --url, --org and KEYPROOF_TOKEN"
            )));
        }
    }
    // A variant may take away what a case needs, and is right all the same.
    if foreign.is_none() && arguments.variant.is_empty() {
        require = Require::All;
    }
    let catalogue = server::catalogue().map_err(Trouble::unreachable)?;
    let expected = arguments.expectation.read(&cases, &catalogue)?;
    if expected.takes_stdout() {
        refuse_stdout(&arguments.report)?;
    }
    refuse_unwritable(&arguments.report)?;
    arguments.staging.refuse_unwritable()?;
    super::runtime()?.block_on(async {
        let redactor = output::redactor().withholding(WITHHELD_MEMBERS);
        let aim = aim(arguments, foreign, &redactor).await?;
        let held_to = (&require, &expected);
        judge(arguments, &cases, &selected, held_to, aim, &redactor).await
    })
}

/// What is kept of runs against this target. The embedded mock with a defect or a variant is a
/// target of its own.
fn last_run(arguments: &Arguments, foreign: Option<&Foreign>) -> LastRun {
    let mut identity = match foreign {
        Some(foreign) => format!("{} {}", foreign.url(), foreign.organization()),
        None => "embedded mock".to_owned(),
    };
    for defect in &arguments.defect {
        identity.push_str(&format!(" --defect {}", defect.name()));
    }
    for variant in &arguments.variant {
        identity.push_str(&format!(" --variant {}", variant.name()));
    }
    let folder = arguments.staging.state.as_deref();
    LastRun::new(folder, "check", &identity, &identity)
}

async fn aim(
    arguments: &Arguments,
    foreign: Option<Foreign>,
    redactor: &Redactor,
) -> Result<Aim, Trouble> {
    if let Some(mut foreign) = foreign {
        let staging = &arguments.staging;
        staging.apply(&mut foreign)?;
        let foreign = Arc::new(foreign);
        return Ok(Aim {
            name: foreign.url().to_owned(),
            target: Arc::clone(&foreign) as Arc<dyn Target>,
            foreign: Some(foreign),
            public: Vec::new(),
            terms: Terms {
                budget: staging.budget(),
                allowance: staging
                    .allowance(arguments.shard.map_or(1, |shard| shard.count().get())),
                connection: arguments.connection.read(redactor)?,
            },
            side_by_side: arguments.connection.side_by_side(),
        });
    }
    let settings = Settings {
        seed: seed(arguments),
        defects: arguments.defect.clone(),
        variants: arguments.variant.clone(),
        ..Settings::default()
    };
    let embedded = Embedded::start(settings).await.map_err(|error| {
        Trouble::unreachable(format!("the embedded mock did not start: {error}"))
    })?;
    Ok(Aim {
        name: "embedded mock".to_owned(),
        public: embedded.public_texts(),
        target: Arc::new(embedded),
        foreign: None,
        terms: Terms::unbounded(),
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
    (require, expected): (&Require, &Expected),
    aim: Aim,
    redactor: &Redactor,
) -> Result<Exit, Trouble> {
    let fault = |error: String| Trouble::unreachable(error);
    let catalogue = server::catalogue().map_err(fault)?;
    for text in &aim.public {
        redactor.allow(text);
    }
    let world = World::new(Arc::clone(&aim.target), &aim.terms, redactor).map_err(fault)?;
    let kept = arguments.snapshots.as_deref().map(Kept::open).transpose()?;
    let trace = arguments
        .trace
        .then(|| Arc::new(Trace::new(output::Stderr, redactor.clone())));
    if let Some(trace) = &trace {
        world.watch(trace.clone());
    }
    let guest = Guest {
        world: world.clone(),
        again: aim
            .foreign
            .as_deref()
            .map(|foreign| arguments.staging.again(foreign)),
    };
    let last_words = guest.clone();
    let stop = first_signal_to_tidy_up(move || last_words.tell_alive())?.shared();
    let stay = match &aim.foreign {
        None => None,
        Some(foreign) => {
            let staging = &arguments.staging;
            if staging.cleanup {
                return staging.clean_up(&world, foreign, stop).await;
            }
            staging.plan(&world, cases, selected, aim.terms.allowance)?;
            let begun = tokio::select! {
                begun = staging.begin(&world, foreign) => begun.map_err(|trouble| {
                    let is_gone = trouble.exit() == Exit::Unreachable;
                    (trouble, if is_gone { Manner::Gone } else { Manner::Calm })
                }),
                () = stop.clone() => Err((stopped("the first case"), Manner::Interrupted)),
            };
            match begun {
                Ok(stay) => Some(stay),
                Err(turned) => {
                    let told = (cases, selected, &catalogue);
                    return Ok(turned_away(arguments, told, &aim, &guest, stop, turned).await);
                }
            }
        }
    };
    let line;
    let progress: &dyn Progress = if let Some(trace) = &trace {
        &**trace
    } else if output::Stderr.is_terminal() {
        line = Line::new(output::Stderr, COLUMNS);
        &line
    } else {
        &Silent
    };
    let options = Options {
        concurrency: if arguments.trace { 1 } else { aim.side_by_side },
        require,
        expectations: &expected.expectations,
        progress,
        ..Options::default()
    };
    let started = now();
    let clock = Instant::now();
    let mut conclusion =
        run_cases(&world, cases, selected, &catalogue, options, stop.clone()).await;
    let rerun = |id: &str| rerun(arguments, &aim, id);
    let write_all = |conclusion: &Conclusion, edition| {
        let report = Report {
            target: &aim.name,
            seed: seed(arguments),
            started,
            took: clock.elapsed(),
            conclusion,
            coda: &coda(world.repeats()),
            annex: "",
            redactor,
            rerun: &rerun,
        };
        let (destinations, verbose) = (&arguments.report, arguments.verbose);
        if expected.takes_stdout() {
            write_aside(&report, destinations, verbose, edition)
        } else {
            write(&report, destinations, verbose, edition)
        }
    };
    let manner = Manner::of(conclusion.ending);
    let left = guest.leave(&mut conclusion, manner, stop, write_all).await;
    if let Some(stay) = stay {
        stay.end(&left.things);
    }
    let mut exit = left.exit;
    if let Err(trouble) = expected.propose(&conclusion, redactor) {
        exit = exit.or_worse(trouble.report());
    }
    last_run(arguments, aim.foreign.as_deref()).keep(cases, &conclusion.outcomes);
    if let Some(kept) = kept {
        exit = exit.or_worse(kept.keep(&world.outline()));
    }
    Ok(exit)
}

/// Tells why no case had its turn, in each report that was asked for too: what reads them must not
/// take an older one for this run's.
async fn turned_away(
    arguments: &Arguments,
    (cases, selected, catalogue): (&[Case<Scene>], &crate::harness::Selected, &Catalogue),
    aim: &Aim,
    guest: &Guest,
    stop: impl Future<Output = ()>,
    (trouble, manner): (Trouble, Manner),
) -> Exit {
    let world = &guest.world;
    let options = Options::default();
    let never = std::future::ready(());
    let mut conclusion = run_cases(world, cases, selected, catalogue, options, never).await;
    conclusion.shortfall = Some(trouble.message());
    if trouble.exit() == Exit::Unreachable {
        conclusion.ending = Ending::Unreachable;
    }
    let exit = trouble.report();
    let started = now();
    let write_all = |conclusion: &Conclusion, edition| {
        let report = Report {
            target: &aim.name,
            seed: seed(arguments),
            started,
            took: Duration::ZERO,
            conclusion,
            coda: "",
            annex: "",
            redactor: world.redactor(),
            rerun: &|id| rerun(arguments, aim, id),
        };
        write_only(&report, &arguments.report, edition)
    };
    let left = guest.leave(&mut conclusion, manner, stop, write_all).await;
    exit.or_worse(left.exit)
}

fn now() -> Timestamp {
    Timestamp::from_second(Timestamp::now().as_second()).unwrap_or_default()
}

/// What stands behind the verdict: that requests were sent again is never silent.
fn coda(repeats: Repeats) -> String {
    let counts = [
        (repeats.unanswered, "without an answer"),
        (repeats.gateway, "after a gateway's error"),
        (repeats.throttled, "after a 429"),
    ];
    let told: Vec<String> = counts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, why)| format!("{count} {why}"))
        .collect();
    if told.is_empty() {
        String::new()
    } else {
        format!("; sent again: {}", told.join(", "))
    }
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
    for variant in &arguments.variant {
        command.push_str(&format!(" --variant {}", variant.name()));
    }
    command.push_str(&format!(" --run {id} --exact --seed {}", seed(arguments)));
    command
}
