//! `keyproof mock`: the mock, standalone.

mod banner;
mod exec;
mod fixture;
mod log;
mod ready;
mod settings;

use std::path::{Path, PathBuf};

use tokio::signal::unix::{SignalKind, signal};

use self::log::Log;
use self::settings::Settings;
use super::signal::first_signal;
use super::{Trouble, output};
use crate::harness::Exit;
use crate::mock::MockServer;

/// Where the mock listens, unless it is told otherwise.
const LISTEN: &str = "127.0.0.1:4747";

/// Starts the mock and serves until it is stopped.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct Arguments {
    #[command(flatten)]
    settings: Settings,
    /// Writes one line of JSON to standard output, once the socket accepts
    #[arg(long)]
    json: bool,
    /// A line a request on standard error, without secrets [default: text; with --json, off]
    #[arg(long, value_enum)]
    log: Option<Log>,
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
            None => super::runtime()?.block_on(serve(arguments)),
        },
    }
}

async fn serve(arguments: &Arguments) -> Result<Exit, Trouble> {
    // Armed before anybody can know that the mock is up, so that no signal is missed.
    let stop = first_signal()?;
    let mut hang_up = signal(SignalKind::hangup())
        .map_err(|error| Trouble::unreachable(format!("cannot await signals: {error}")))?;
    // Idle connections each hold a file. Where the limit cannot be raised, it stays as it is.
    let _ = rlimit::increase_nofile_limit(u64::MAX);
    let settings = arguments.settings.with_file()?;
    let mock = settings.start(([127, 0, 0, 1], 4747)).await?;
    let log = arguments.log.unwrap_or(match arguments.json {
        true => Log::Off,
        false => Log::Text,
    });
    log.follow(&mock);
    match arguments.json {
        true => output::answer(format!("{}\n", banner::line(&mock)).as_bytes())?,
        false => output::aside(&banner::text(&mock, &settings)),
    }
    let reloading = async {
        while hang_up.recv().await.is_some() {
            match settings.fixture_file() {
                Some(file) => reload(&mock, file).await,
                None => output::note("SIGHUP: there is no fixture file to read again"),
            }
        }
    };
    tokio::select! {
        () = stop => {}
        () = reloading => {}
    }
    if log == Log::Text {
        output::note("stopping: what was asked is answered first");
    }
    mock.shutdown().await;
    Ok(Exit::Held)
}

/// Reads the fixture again. What is wrong with it changes nothing.
async fn reload(mock: &MockServer, file: &Path) {
    match fixture::read(file) {
        Ok(fixture) => match mock.reload(&fixture).await {
            Ok(()) => output::note(&format!("{} was read again", file.display())),
            Err(error) => output::warn(&format!("nothing has changed: {error}")),
        },
        Err(trouble) => {
            trouble.of_whom("warning: nothing has changed").report();
        }
    }
}
