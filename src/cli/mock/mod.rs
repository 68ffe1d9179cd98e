//! `keyproof mock`: the mock, standalone.

mod banner;
mod exec;
mod fixture;
mod hang_up;
mod log;
mod ready;
mod section;
mod settings;

use std::path::PathBuf;
use std::time::Duration;

use self::hang_up::HangUp;
use self::log::Log;
pub(super) use self::section::Section;
use self::settings::{LISTEN, Settings};
use super::process::Parent;
use super::signal::first_signal;
use super::{Trouble, environment, output};
use crate::harness::Exit;

/// How long the last lines of the log may take.
const LAST_LINES: Duration = Duration::from_secs(1);

/// Starts the mock and serves until it is stopped.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true, after_help = environment::help("mock"))]
pub(super) struct Arguments {
    #[command(flatten)]
    settings: Settings,
    /// Writes one line of JSON to standard output, once the socket accepts
    #[arg(long)]
    json: bool,
    /// Ends within a second of the process that started it, however that ends
    #[arg(long)]
    with_parent: bool,
    /// Says what is wrong with a fixture file, and starts nothing
    #[arg(long, value_name = "FILE", exclusive = true)]
    check_fixture: Option<PathBuf>,
    /// Prints the JSON Schema of a fixture file, and starts nothing
    #[arg(long, exclusive = true)]
    fixture_schema: bool,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Starts the mock, runs a command against it, and stops
    Exec(Box<exec::Arguments>),
    /// Waits until a mock answers
    Ready(ready::Arguments),
}

pub(super) fn run(arguments: &Arguments) -> Result<Exit, Trouble> {
    match &arguments.command {
        Some(Command::Exec(arguments)) => exec::run(arguments),
        Some(Command::Ready(arguments)) => ready::run(arguments),
        None if arguments.fixture_schema => fixture::describe(),
        None => match &arguments.check_fixture {
            Some(file) => fixture::check(file),
            None => super::process::runtime()?.block_on(serve(arguments)),
        },
    }
}

async fn serve(arguments: &Arguments) -> Result<Exit, Trouble> {
    let parent = if arguments.with_parent { Parent::now() } else { Parent::NONE };
    if parent.is_endless() {
        return Err(Trouble::usage(
            "--with-parent: what started this has ended already, or is the first process of the machine or container: leave the option out, or start this from the process that it is to end with",
        ));
    }
    // Armed before anybody can know that the mock is up, so that no signal is missed.
    let stop = first_signal()?;
    let hang_up = HangUp::listen()?;
    // Idle connections each hold a file. Where the limit cannot be raised, it stays as it is.
    let _ = rlimit::increase_nofile_limit(u64::MAX);
    let settings = arguments.settings.completed()?;
    let mock = settings.start(LISTEN).await?;
    let log = settings.log.unwrap_or(if arguments.json { Log::Off } else { Log::Text });
    let logging = log.follow(&mock);
    if arguments.json {
        output::answer(format!("{}\n", banner::line(&mock)).as_bytes())?
    } else {
        output::write_stderr(&banner::text(&mock, &settings, hang_up.reloads(&settings)))
    }
    let why = tokio::select! {
        () = stop => "",
        () = hang_up.attend(&mock, &settings) => "",
        () = parent.ended() => "what started this has ended; ",
    };
    if log == Log::Text {
        output::note(&format!("stopping: {why}what was asked is answered first"));
    }
    tokio::select! {
        () = mock.shutdown() => {}
        () = parent.ended_for(Parent::PATIENCE) => {}
    }
    // The last lines are still on their way, unless nobody reads them.
    let _ = tokio::time::timeout(LAST_LINES, logging).await;
    Ok(Exit::Held)
}
