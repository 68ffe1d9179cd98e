//! `keyproof sdk`: holds an implementation of the crypto to the contract.

mod client;
mod disagreements;
mod doctor;
mod init;
mod peer;
mod snapshots;

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Instant;

use futures::FutureExt as _;
use jiff::Timestamp;

use crate::adapter::{Launcher, Pace, Session, StartError};
use crate::cli::config::{Given, Section};
use crate::cli::expectation::{ExpectationArguments, Expected};
use crate::cli::last_run::LastRun;
use crate::cli::report::{
    Destination, Edition, refuse_shared, refuse_stdout, refuse_unwritable, write, write_aside,
};
use crate::cli::signal::first_signal;
use crate::cli::{Trouble, output, selection};
use crate::contract::requirement::Catalogue;
use crate::harness::report::Report;
use crate::harness::{
    self, Case, Exit, Line, Options, Progress, Require, Selected, Shard, Silent, run as run_cases,
};
use crate::suite::sdk::{self, Peer, Scene, World};
use init::Language;
use snapshots::Snapshots;

/// Width of the progress line: a narrow terminal wraps nothing.
const COLUMNS: usize = 80;

/// Holds an implementation of the crypto to shared vectors and properties, through an adapter.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Starts the command once for each request
    #[arg(long)]
    one_shot: bool,
    #[command(flatten)]
    selection: selection::SelectionArguments,
    #[command(flatten)]
    last_failed: selection::LastFailedArguments,
    /// Makes the run incomplete if this need is not supplied (or `all`)
    #[arg(long, value_name = "NEED")]
    require: Vec<String>,
    #[command(flatten)]
    expectation: ExpectationArguments,
    /// Runs one part of the selection: I from 1 to N, for as many machines
    #[arg(long, value_name = "I/N")]
    shard: Option<Shard>,
    /// Writes a report. FORMAT: text, json, ndjson, junit, tap, html, markdown, github; PATH - is
    /// standard output
    #[arg(long, value_name = "FORMAT=PATH")]
    report: Vec<Destination>,
    /// Generates other inputs than those of seed 0
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Lists the cases of each requirement, not just those that did not pass
    #[arg(long)]
    verbose: bool,
    /// Writes an adapter to start from into the working directory, and does nothing else
    #[arg(long, value_name = "LANG", value_enum)]
    init: Option<Language>,
    /// Talks a new adapter's author through the first mistakes, step by step, instead of the cases
    #[arg(long, conflicts_with_all = [
        "run", "skip", "exact", "list", "shard", "report", "seed", "verbose", "init", "peer", "new_vectors",
        "snapshots", "last_failed", "require", "expect", "update_expect",
    ])]
    doctor: bool,
    /// Compares with another implementation; FILE has its adapter's command, a JSON array
    #[arg(long, value_name = "NAME=FILE")]
    peer: Vec<peer::Given>,
    /// Writes inputs about which the peers disagree as vectors
    #[arg(long, value_name = "FILE", requires = "peer", conflicts_with_all = ["list", "init"])]
    new_vectors: Option<PathBuf>,
    /// Records the answers to the vectors in a file of DIR, and tells which differ from those there
    #[arg(long, value_name = "DIR", conflicts_with_all = ["list", "init"])]
    snapshots: Option<PathBuf>,
    /// Judges a client of the API instead, by what it sends to a mock
    #[arg(long, conflicts_with_all = ["doctor", "init", "peer", "new_vectors", "snapshots", "seed"])]
    client: bool,
    /// The adapter's command and its arguments
    #[arg(last = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

impl Arguments {
    /// Takes from the section of `keyproof.toml` what the command line leaves open.
    pub(super) fn fill(&mut self, section: Section) {
        if self.doctor || self.init.is_some() {
            return;
        }
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

pub(super) fn run(arguments: &Arguments) -> Result<Exit, Trouble> {
    refuse_shared(&arguments.report)?;
    if arguments.client {
        return client::run(arguments);
    }
    if let Some(language) = arguments.init {
        return init::run(language);
    }
    if arguments.doctor && !arguments.command.is_empty() {
        return doctor::run(&arguments.command, arguments.one_shot);
    }
    let cases = sdk::cases().map_err(Trouble::unreachable)?;
    let last_failed = match arguments.last_failed.last_failed {
        true if arguments.command.is_empty() => return Err(no_adapter()),
        true => Some(last_run(arguments).not_passed(&cases)?),
        false => None,
    };
    let Some(selected) =
        arguments
            .selection
            .apply(&cases, last_failed.as_deref(), arguments.shard, |_| None)?
    else {
        return Ok(Exit::Held);
    };
    let require = Require::parse(&arguments.require, &cases).map_err(selection::unselected)?;
    let catalogue = sdk::catalogue().map_err(Trouble::unreachable)?;
    let expected = arguments.expectation.read(&cases, &catalogue)?;
    if expected.takes_stdout() {
        refuse_stdout(&arguments.report)?;
    }
    if arguments.command.is_empty() {
        return Err(no_adapter());
    }
    peer::unique(&arguments.peer)?;
    let commands = arguments.peer.iter().map(peer::Given::command);
    let commands = commands.collect::<Result<Vec<_>, _>>()?;
    if let Some(file) = &arguments.new_vectors {
        disagreements::refuse(file)?;
    }
    refuse_unwritable(&arguments.report)?;
    crate::cli::runtime()?.block_on(async {
        let session = start(&arguments.command, arguments.one_shot).await?;
        let name = &session.hello().name;
        let peers = peer::start(&arguments.peer, &commands, arguments.one_shot, name).await?;
        let folder = arguments.snapshots.as_deref();
        let snapshots = folder.map(|folder| Snapshots::open(folder, session.hello()));
        let snapshots = snapshots.transpose()?;
        let held_to = (&require, &expected);
        judge(
            arguments,
            &cases,
            &selected,
            held_to,
            (session, peers),
            snapshots,
        )
        .await
    })
}

fn no_adapter() -> Trouble {
    Trouble::usage(
        "no adapter: give its command behind `--`, for example `keyproof sdk -- php adapter.php`",
    )
}

/// What is kept of runs of this command in this folder.
fn last_run(arguments: &Arguments) -> LastRun {
    let folder = std::env::current_dir().unwrap_or_default();
    let command = words(&arguments.command);
    let identity = format!("{}\n{command}", folder.display());
    let suite = if arguments.client { "client" } else { "sdk" };
    LastRun::new(
        None,
        suite,
        &identity,
        "this command, started in this folder,",
    )
}

/// How the adapter's command is started.
pub(in crate::cli) fn launcher(command: &[OsString]) -> Result<Launcher, Trouble> {
    Ok(Launcher {
        keyproof: crate::cli::keyproof()?,
        command: command.to_vec(),
    })
}

/// Starts an adapter.
pub(in crate::cli) async fn start(
    command: &[OsString],
    one_shot: bool,
) -> Result<Session, Trouble> {
    let started = Session::start(launcher(command)?, one_shot, Pace::default()).await;
    started.map_err(|error| match error {
        StartError::Protocol(_) => Trouble::usage(error.to_string()),
        StartError::NoHello(ref breach) => {
            let told = Trouble::unreachable(format!("{error}: {}", breach.detail));
            match breach.stderr.trim() {
                "" => told,
                stderr => told.and(format!("its standard error: {stderr}")),
            }
        }
        _ => Trouble::unreachable(error.to_string()),
    })
}

async fn judge(
    arguments: &Arguments,
    cases: &[Case<Scene>],
    selected: &Selected,
    (require, expected): (&Require, &Expected),
    (session, peers): (Session, Vec<Peer>),
    snapshots: Option<Snapshots>,
) -> Result<Exit, Trouble> {
    let catalogue = sdk::catalogue().map_err(Trouble::unreachable)?;
    let redactor = output::redactor();
    let concurrency = session.width();
    let world = World::new(session, peers, seed(arguments), redactor);
    let judging = Judging {
        cases,
        selected,
        catalogue: &catalogue,
        require,
        expected,
        concurrency,
        title: world.title(),
        judged: &|| world.judged(),
        annex: &|| world.matrix(),
        rerun: &|id| rerun(arguments, &world, id),
    };
    let stop = first_signal()?.shared();
    let mut exit = conclude(arguments, &world, judging, world.close(), stop.clone()).await?;
    let new_vectors = arguments.new_vectors.as_deref();
    if let Err(trouble) = disagreements::offer(&world.disagreements(), new_vectors) {
        exit = exit.or_worse(trouble.report());
    }
    Ok(match snapshots {
        Some(snapshots) => exit.or_worse(snapshots.take(world.session(), stop).await),
        None => exit,
    })
}

/// What a suite is judged with, and what its report says beside the cases.
struct Judging<'j, S> {
    cases: &'j [Case<S>],
    selected: &'j Selected,
    catalogue: &'j Catalogue,
    require: &'j Require,
    expected: &'j Expected,
    concurrency: usize,
    title: String,
    /// The operations that gave something to judge, once the cases have run.
    judged: &'j (dyn Fn() -> Vec<&'static str> + Sync),
    /// What the report ends with, once the cases have run.
    annex: &'j (dyn Fn() -> String + Sync),
    /// The command that runs a case again.
    rerun: &'j (dyn Fn(&str) -> String + Sync),
}

/// Runs the cases until `stop` is ready, ends the adapters by `close`, and writes the reports.
async fn conclude<W: harness::World>(
    arguments: &Arguments,
    world: &W,
    judging: Judging<'_, W::Scene>,
    close: impl Future<Output = ()>,
    stop: impl Future<Output = ()> + Send,
) -> Result<Exit, Trouble> {
    let redactor = world.redactor();
    let Judging {
        cases,
        selected,
        expected,
        ..
    } = judging;
    let line;
    let progress: &dyn Progress = if output::Stderr.is_terminal() {
        line = Line::new(output::Stderr, COLUMNS);
        &line
    } else {
        &Silent
    };
    let options = Options {
        concurrency: judging.concurrency,
        require: judging.require,
        expectations: &expected.expectations,
        progress,
        ..Options::default()
    };
    let started = Timestamp::from_second(Timestamp::now().as_second()).unwrap_or_default();
    let clock = Instant::now();
    let mut conclusion = run_cases(world, cases, selected, judging.catalogue, options, stop).await;
    close.await;
    let annex = (judging.annex)();
    let judged = (judging.judged)();
    let coda = if judged.is_empty() {
        let portion = conclusion.portion.as_ref();
        let is_empty = portion.is_some_and(|portion| portion.empty);
        conclusion.shortfall = (!is_empty).then(|| "no operation was judged".to_owned());
        "; no operation judged".to_owned()
    } else {
        format!("; operations judged: {}", judged.join(", "))
    };
    let report = Report {
        target: &judging.title,
        seed: seed(arguments),
        started,
        took: clock.elapsed(),
        conclusion: &conclusion,
        coda: &coda,
        annex: &annex,
        redactor,
        rerun: &judging.rerun,
    };
    let (destinations, verbose) = (&arguments.report, arguments.verbose);
    let mut exit = if expected.takes_stdout() {
        write_aside(&report, destinations, verbose, Edition::Only)
    } else {
        write(&report, destinations, verbose, Edition::Only)
    };
    if let Err(trouble) = expected.propose(&conclusion, redactor) {
        exit = exit.or_worse(trouble.report());
    }
    last_run(arguments).keep(cases, &conclusion.outcomes);
    Ok(exit)
}

/// The seed that was given, or 0: a run without one is repeatable too.
fn seed(arguments: &Arguments) -> u64 {
    arguments.seed.unwrap_or(0)
}

/// A breach is provoked by another case, which has to run too; one that is laid to the run, by the
/// run.
fn rerun(arguments: &Arguments, world: &World, id: &str) -> String {
    let records = world.session().log().all();
    let provoking = records.iter().find_map(|record| {
        let is_it = id.rsplit('/').next() == Some(record.breach.kind.name());
        record
            .case
            .filter(|_| is_it && id.starts_with("sdk/protocol/"))
    });
    let is_of_the_run = provoking.is_none()
        && records
            .iter()
            .any(|record| id == format!("sdk/protocol/{}", record.breach.kind.name()));
    let mut chosen = String::new();
    if is_of_the_run {
        for (option, globs) in [
            ("--run", &arguments.selection.run),
            ("--skip", &arguments.selection.skip),
        ] {
            for glob in globs {
                chosen.push_str(&format!(" {option} {}", quoted(glob)));
            }
        }
        if arguments.selection.exact {
            chosen.push_str(" --exact");
        }
    } else {
        for id in provoking.into_iter().chain([id]) {
            chosen.push_str(&format!(" --run {id}"));
        }
        chosen.push_str(" --exact");
        if id.starts_with("sdk/peers/") {
            for peer in &arguments.peer {
                chosen.push_str(&format!(" --peer {}", quoted(&peer.to_string())));
            }
        }
    }
    chosen.push_str(&format!(" --seed {}", seed(arguments)));
    again(arguments, &chosen)
}

/// The command with other options than those that choose.
fn again(arguments: &Arguments, chosen: &str) -> String {
    let mut command = "keyproof sdk".to_owned();
    for (option, given) in [
        ("--client", arguments.client),
        ("--one-shot", arguments.one_shot),
    ] {
        if given {
            command.push_str(&format!(" {option}"));
        }
    }
    // A token of the environment may stand among its words too.
    let command = format!("{command}{chosen} --{}", words(&arguments.command));
    output::redactor().redact(&command).into_owned()
}

/// The adapter's command as a shell reads it back, with a space before each word.
pub(in crate::cli) fn words(command: &[OsString]) -> String {
    let words = command.iter();
    words
        .map(|word| format!(" {}", quoted(&word.to_string_lossy())))
        .collect()
}

/// As a shell reads it back.
fn quoted(part: &str) -> String {
    let is_plain =
        |character: char| character.is_ascii_alphanumeric() || "-_./=:,@%+".contains(character);
    if !part.is_empty() && part.chars().all(is_plain) {
        part.to_owned()
    } else {
        format!("'{}'", part.replace('\'', r"'\''"))
    }
}
