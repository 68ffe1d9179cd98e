//! What a mock is like: the options, over what `keyproof.toml` gives, over the defaults.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use super::fixture;
use crate::cli::config::{Config, MockSection};
use crate::cli::{Trouble, output};
use crate::crypto::Iterations;
use crate::mock::{
    Builder, DataError, Defect, Fixture, HostName, Limits, MockServer, Origin, Variant,
};

/// What a mock is like.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Settings {
    /// Address and port; port 0 takes a free one [default: 127.0.0.1:4747; of `exec`, a free port]
    #[arg(long, value_name = "ADDRESS")]
    pub(super) listen: Option<SocketAddr>,
    /// What it holds at its start; SIGHUP reads it again
    #[arg(long, value_name = "FILE")]
    pub(super) fixture: Option<PathBuf>,
    /// Keeps everything in this file: what was answered survives a crash
    #[arg(long, value_name = "FILE")]
    pub(super) data: Option<PathBuf>,
    /// Makes ids, keys, salts and IVs reproducible
    #[arg(long, value_name = "N")]
    pub(super) seed: Option<u64>,
    /// Demands sealed blobs, and reports unknown members of a body in X-Mock-Warning
    #[arg(long)]
    pub(super) strict: bool,
    /// The live rate limits (100 requests a minute, 10 rotations an hour), or none [default: live]
    #[arg(long, value_enum)]
    limits: Option<Limits>,
    /// Fewest iterations of a client's proof, and exactly those of the server's own keys [default: 600000]
    #[arg(long, value_name = "N")]
    min_iterations: Option<i64>,
    /// Breaks the contract in a named way; can be given more than once
    #[arg(long, value_name = "NAME", hide_possible_values = true)]
    pub(super) defect: Vec<Defect>,
    /// Keeps the contract in another way, where it leaves the choice; can be given more than once
    #[arg(long, value_name = "NAME", hide_possible_values = true)]
    pub(super) variant: Vec<Variant>,
    /// Allows an address that other machines can reach; the control API is then off
    #[arg(long)]
    allow_remote: bool,
    /// Lets pages of this origin call it, as those of this machine may; can be given more than once
    #[arg(long, value_name = "ORIGIN")]
    allow_origin: Vec<Origin>,
    /// Lets browsers call it by this name, as by localhost and by addresses; can be given more than once
    #[arg(long, value_name = "NAME")]
    allow_host: Vec<HostName>,
}

impl Settings {
    /// These options, and what they leave open as `keyproof.toml` gives it.
    pub(super) fn with_file(&self) -> Result<Self, Trouble> {
        let MockSection {
            listen,
            fixture,
            seed,
            strict,
            limits,
            min_iterations,
            defect,
            variant,
        } = Config::read()?.mock;
        if let Some(listen) = listen.filter(|listen| !listen.ip().is_loopback()) {
            return Err(Trouble::usage(format!(
                "keyproof.toml: listen = \"{listen}\" can be reached from other machines: only --listen with --allow-remote opens the mock to them"
            )));
        }
        let mut settings = self.clone();
        let mut taken = Vec::new();
        let mut take = |name: &'static str, is_taken: bool| {
            if is_taken {
                taken.push(name);
            }
        };
        take("listen", settings.listen.is_none() && listen.is_some());
        take("fixture", settings.fixture.is_none() && fixture.is_some());
        take("seed", settings.seed.is_none() && seed.is_some());
        take("strict", !settings.strict && strict == Some(true));
        take("limits", settings.limits.is_none() && limits.is_some());
        take(
            "min_iterations",
            settings.min_iterations.is_none() && min_iterations.is_some(),
        );
        take("defect", settings.defect.is_empty() && !defect.is_empty());
        take(
            "variant",
            settings.variant.is_empty() && !variant.is_empty(),
        );
        settings.listen = settings.listen.or(listen);
        settings.fixture = settings.fixture.or(fixture);
        settings.seed = settings.seed.or(seed);
        settings.strict |= strict == Some(true);
        settings.limits = settings.limits.or(limits);
        settings.min_iterations = settings.min_iterations.or(min_iterations);
        if settings.defect.is_empty() {
            settings.defect = defect;
        }
        if settings.variant.is_empty() {
            settings.variant = variant;
        }
        if !taken.is_empty() {
            output::note(&format!("keyproof.toml gives {}", taken.join(", ")));
        }
        Ok(settings)
    }

    pub(super) fn limits(&self) -> Limits {
        self.limits.unwrap_or_default()
    }

    /// Starts a mock that is like this; at `listen`, unless the user names another address.
    pub(super) async fn start(&self, listen: impl Into<SocketAddr>) -> Result<MockServer, Trouble> {
        let listen = self.listen.unwrap_or_else(|| listen.into());
        if !listen.ip().is_loopback() && !self.allow_remote {
            return Err(Trouble::usage(format!(
                "{listen} can be reached from other machines: give a loopback address, or --allow-remote"
            )));
        }
        let fixture = match &self.fixture {
            Some(file) => fixture::read(file)?,
            None => Fixture::default(),
        };
        let builder = self.builder(listen)?.fixture(fixture);
        let started = builder.start().await;
        let mock = started.map_err(|error| not_started(listen, &error))?;
        // The environment may have them too, of a shell in which the mock is used.
        for (_, bearer) in mock.tokens() {
            output::redactor().allow(&bearer);
        }
        Ok(mock)
    }

    fn builder(&self, listen: SocketAddr) -> Result<Builder, Trouble> {
        let mut builder = MockServer::builder()
            .listen(listen)
            .limits(self.limits())
            .strict(self.strict);
        if let Some(count) = self.min_iterations {
            let iterations = Iterations::try_from(count)
                .map_err(|error| Trouble::usage(format!("--min-iterations: {error}")))?;
            builder = builder.min_iterations(iterations);
        }
        if let Some(seed) = self.seed {
            builder = builder.seed(seed);
        }
        if let Some(file) = &self.data {
            builder = builder.data(file);
        }
        for origin in &self.allow_origin {
            builder = builder.allow_origin(origin.clone());
        }
        for name in &self.allow_host {
            builder = builder.allow_host(name.clone());
        }
        for defect in &self.defect {
            builder = builder.defect(*defect);
        }
        for variant in &self.variant {
            builder = builder.variant(*variant);
        }
        Ok(builder)
    }

    pub(super) fn fixture_file(&self) -> Option<&Path> {
        self.fixture.as_deref()
    }
}

fn not_started(listen: SocketAddr, error: &std::io::Error) -> Trouble {
    let inner = error.get_ref();
    if let Some(error) = inner.and_then(|error| error.downcast_ref::<DataError>()) {
        return Trouble::unreachable(format!("the data file {error}"));
    }
    let why = match error.kind() {
        std::io::ErrorKind::AddrInUse => {
            "something else listens there, perhaps another mock; stop it, or choose another port with"
        }
        std::io::ErrorKind::PermissionDenied => {
            "that takes rights that this user lacks; choose another with"
        }
        _ => {
            return Trouble::unreachable(format!(
                "cannot listen on {listen}: {error}; choose another with --listen 127.0.0.1:PORT, or :0 for a free port"
            ));
        }
    };
    Trouble::unreachable(format!(
        "cannot listen on {listen}: {why} --listen {ip}:PORT, or :0 for a free port",
        ip = listen.ip()
    ))
}
