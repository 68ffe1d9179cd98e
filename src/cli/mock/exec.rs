//! `keyproof mock exec`: a mock for as long as one command runs.

use std::ffi::OsString;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::process::ExitStatus;

use tokio::process::{Child, Command};

use super::banner::main_token;
use super::log::Log;
use super::settings::Settings;
use crate::cli::Trouble;
use crate::cli::process::Parent;
use crate::cli::signal::first_signal;
use crate::harness::Exit;
use crate::mock::{Listen, MockServer};
use crate::system::process::{ask_to_end, exit_code};

const FREE: Listen = Listen::At(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0));

/// What variables of another target begin with: none of them may reach the command.
const OTHERS: [&str; 8] = [
    "KEYPROOF_URL",
    "KEYPROOF_ORG",
    "KEYPROOF_OTHER_ORG",
    "KEYPROOF_TOKEN",
    "KEYPROOF_CONTROL_",
    "KEYPROOF_PROXY",
    // Two mocks cannot have them.
    "KEYPROOF_MOCK_LISTEN",
    "KEYPROOF_MOCK_DATA",
];

/// Tokens that are handed on by the name that they have in the fixture.
const TOKENS: [(&str, &str); 4] = [
    ("KEYPROOF_TOKEN_READ_ONLY", "read_only"),
    ("KEYPROOF_TOKEN_KEY_RETRIEVE", "key_retrieve"),
    ("KEYPROOF_TOKEN_KEY_ROTATE", "key_rotate"),
    ("KEYPROOF_TOKEN_EXPIRED", "expired"),
];

/// Starts the mock, runs a command with KEYPROOF_* and DOTENV_API_URL, _API_KEY and _ORGANIZATION set to
/// it, stops the mock, and ends with the command's own exit code. Both end when the process that started this
/// does.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    settings: Settings,
    /// The command and its arguments
    #[arg(last = true, required = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

pub(super) fn run(arguments: &Arguments) -> Result<Exit, Trouble> {
    let parent = Parent::now();
    let code = crate::cli::process::runtime()?.block_on(async {
        // Armed before the command is started, so that no signal is missed.
        let stop = first_signal()?;
        // A free port, unless one is named: such mocks run side by side.
        let settings = arguments.settings.completed()?;
        let mock = settings.start(FREE).await?;
        settings.log.unwrap_or(Log::Off).follow(&mock);
        let code = attend(start(&arguments.command, &mock)?, stop, parent).await;
        tokio::select! {
            () = mock.shutdown() => {}
            () = parent.ended_for(Parent::PATIENCE) => {}
        }
        code
    })?;
    if code == 0 {
        return Ok(Exit::Held);
    }
    std::process::exit(code)
}

fn start(command: &[OsString], mock: &MockServer) -> Result<Child, Trouble> {
    let Some((program, arguments)) = command.split_first() else {
        return Err(Trouble::usage("no command: give one behind `--`"));
    };
    let mut command = Command::new(program);
    command.args(arguments);
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if OTHERS.iter().any(|other| text.starts_with(other)) {
            command.env_remove(&name);
        }
    }
    command.envs(variables(mock));
    command.spawn().map_err(|error| {
        let program = program.to_string_lossy();
        Trouble::usage(format!("cannot start {program}: {error}"))
    })
}

/// The variables that give a command the mock's address and credentials.
fn variables(mock: &MockServer) -> Vec<(&'static str, String)> {
    let (url, organization) = (mock.url().to_owned(), mock.organization());
    let token = main_token(mock).unwrap_or_default();
    let mut variables = vec![
        ("DOTENV_API_URL", url.clone()),
        ("DOTENV_API_KEY", token.clone()),
        ("DOTENV_ORGANIZATION", organization.clone()),
        ("KEYPROOF_URL", url),
        ("KEYPROOF_ORG", organization),
        ("KEYPROOF_TOKEN", token),
    ];
    // Of a fixture that has them. The check reads them in pairs, so half of one is none.
    let named = TOKENS.into_iter();
    variables.extend(named.filter_map(|(variable, name)| Some((variable, mock.token(name).ok()?))));
    if let (Some(organization), Ok(other)) =
        (mock.other_organization(), mock.token("other_organization"))
    {
        variables.extend([
            ("KEYPROOF_OTHER_ORG", organization),
            ("KEYPROOF_TOKEN_OTHER_ORGANIZATION", other),
        ]);
    }
    if let Some((url, token)) = mock.control() {
        variables
            .extend([("KEYPROOF_CONTROL_URL", url), ("KEYPROOF_CONTROL_TOKEN", token.to_owned())]);
    }
    variables
}

/// Waits for the command. A signal to keyproof is passed on: a terminal sends it to both, a supervisor
/// to keyproof alone. When keyproof's own parent has ended, nobody waits for the command any more: it is told
/// so, and then killed.
async fn attend(
    mut child: Child,
    stop: impl Future<Output = ()>,
    parent: Parent,
) -> Result<i32, Trouble> {
    let waited = |status: std::io::Result<ExitStatus>| {
        let status = status.map_err(|error| {
            Trouble::unreachable(format!("the command's end is not known: {error}"))
        })?;
        Ok(exit_code(status))
    };
    tokio::select! {
        status = child.wait() => return waited(status),
        () = stop => {}
        () = parent.ended() => {}
    }
    if let Some(process) = child.id() {
        ask_to_end(process);
    }
    tokio::select! {
        status = child.wait() => return waited(status),
        () = parent.ended_for(Parent::PATIENCE) => {}
    }
    // It has ended in the meantime, or does now.
    let _ = child.start_kill();
    waited(child.wait().await)
}
