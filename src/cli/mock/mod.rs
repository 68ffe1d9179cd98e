//! `keyproof mock`: the mock, standalone.

mod exec;
mod ready;

use std::net::SocketAddr;

use serde::Serialize;

use super::Trouble;
use super::planned::refuse_options;
use super::signal::first_signal;
use crate::crypto::Iterations;
use crate::harness::Exit;
use crate::mock::{Defect, Limits, MockServer, ProjectLine, Tokens, Variant};

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
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Starts the mock, runs a command against it, and stops
    Exec(exec::Arguments),
    /// Waits until a mock answers
    Ready(ready::Arguments),
}

/// What a mock is like.
#[derive(Debug, clap::Args)]
struct Settings {
    /// Address and port; port 0 takes a free one [default: 127.0.0.1:4747; of `exec`, a free port]
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// Makes ids, keys, salts and IVs reproducible
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Demands sealed blobs, and reports unknown members of a body in X-Mock-Warning
    #[arg(long)]
    strict: bool,
    /// The live rate limits (100 requests a minute, 10 rotations an hour), or none
    #[arg(long, value_enum, default_value_t)]
    limits: Limits,
    /// Fewest iterations of a client's proof, and exactly those of the server's own keys
    #[arg(long, value_name = "N", default_value_t = i64::from(Iterations::PLATFORM.get()))]
    min_iterations: i64,
    /// Breaks the contract in a named way; can be given more than once
    #[arg(long, value_name = "NAME", hide_possible_values = true)]
    defect: Vec<Defect>,
    /// Keeps the contract in another way, where it leaves the choice; can be given more than once
    #[arg(long, value_name = "NAME", hide_possible_values = true)]
    variant: Vec<Variant>,
    /// Allows an address that other machines can reach; the control API is then off
    #[arg(long)]
    allow_remote: bool,
    #[arg(long, hide = true)]
    fixture: Option<std::path::PathBuf>,
}

impl Settings {
    /// Starts a mock that is like this; at `listen`, unless the user names another address.
    async fn start(&self, listen: impl Into<SocketAddr>) -> Result<MockServer, Trouble> {
        refuse_options(&[("--fixture", self.fixture.is_some())])?;
        let listen = self.listen.unwrap_or_else(|| listen.into());
        if !listen.ip().is_loopback() && !self.allow_remote {
            return Err(Trouble::usage(format!(
                "{listen} can be reached from other machines: give a loopback address, or --allow-remote"
            )));
        }
        let iterations = Iterations::try_from(self.min_iterations)
            .map_err(|error| Trouble::usage(format!("--min-iterations: {error}")))?;
        let mut builder = MockServer::builder()
            .listen(listen)
            .limits(self.limits)
            .strict(self.strict)
            .min_iterations(iterations);
        if let Some(seed) = self.seed {
            builder = builder.seed(seed);
        }
        for defect in &self.defect {
            builder = builder.defect(*defect);
        }
        for variant in &self.variant {
            builder = builder.variant(*variant);
        }
        builder.start().await.map_err(|error| {
            Trouble::unreachable(format!(
                "cannot listen on {listen}: {error}; choose another with --listen 127.0.0.1:PORT, or :0 \
                 for a free port"
            ))
        })
    }
}

/// The line of `--json`.
#[derive(Serialize)]
struct Started<'a> {
    url: &'a str,
    organization: &'a str,
    other_organization: &'a str,
    projects: Vec<ProjectLine>,
    tokens: Tokens,
    control_url: Option<String>,
    control_token: Option<&'a str>,
}

pub(super) fn run(arguments: &Arguments) -> Result<Exit, Trouble> {
    match &arguments.command {
        Some(Command::Exec(arguments)) => exec::run(arguments),
        Some(Command::Ready(arguments)) => ready::run(arguments),
        None => super::runtime()?.block_on(serve(arguments)),
    }
}

async fn serve(arguments: &Arguments) -> Result<Exit, Trouble> {
    // Armed before anybody can know that the mock is up, so that no signal is missed.
    let stop = first_signal()?;
    let mock = arguments.settings.start(([127, 0, 0, 1], 4747)).await?;
    if arguments.json {
        super::output::answer(format!("{}\n", started(&mock)).as_bytes())?;
    } else {
        eprint!("{}", banner(&mock, &arguments.settings));
    }
    stop.await;
    mock.shutdown().await;
    Ok(Exit::Held)
}

fn started(mock: &MockServer) -> String {
    let control = mock.control();
    let line = Started {
        url: mock.url(),
        organization: mock.organization(),
        other_organization: mock.other_organization(),
        projects: mock.projects(),
        tokens: mock.tokens(),
        control_url: control.as_ref().map(|(url, _)| url.clone()),
        control_token: control.as_ref().map(|(_, token)| *token),
    };
    serde_json::to_string(&line).expect("the line has text keys only")
}

fn banner(mock: &MockServer, settings: &Settings) -> String {
    use std::fmt::Write as _;

    let mut text = String::new();
    let tokens = mock.tokens();
    let mut line = |name: &str, value: &str| {
        let _ = writeln!(text, "  {name:<20}{value}");
    };
    line("url", mock.url());
    line("organization", mock.organization());
    for project in mock.projects() {
        line(
            "project",
            &format!("{} ({}-managed)", project.slug, project.managed),
        );
    }
    line("token full", &tokens.full);
    line("      read_only", &tokens.read_only);
    line("      key_retrieve", &tokens.key_retrieve);
    line("      key_rotate", &tokens.key_rotate);
    line("      expired", &tokens.expired);
    line("      seed_client", &tokens.seed_client);
    line("other organization", mock.other_organization());
    line("      token", &tokens.other_organization);
    match mock.control() {
        Some((url, token)) => {
            line("control", &url);
            line("      token", token);
        }
        None => line("control", "off: other machines can reach this mock"),
    }
    line(
        "limits",
        match settings.limits {
            Limits::Live => "live: 100 requests a minute, 10 rotations an hour",
            Limits::Off => "off",
        },
    );
    for defect in &settings.defect {
        line("defect", &defect.name());
    }
    for variant in &settings.variant {
        line("variant", &variant.name());
    }
    format!(
        "keyproof mock: everything here is test material\n\n{text}\nTry it:\n\n  curl {}/api/v1/{}/my-app/encryption-key \\\n    -H 'Authorization: Bearer {}' -H 'Accept: application/json'\n\n",
        mock.url(),
        mock.organization(),
        tokens.full
    )
}
