//! What a mock is like: the options, over what `KEYPROOF_MOCK_*` gives, over `keyproof.toml`, over the defaults.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use super::fixture;
use super::log::Log;
use super::section::Section;
use crate::cli::config::{Config, fill, fill_list};
use crate::cli::input::Source;
use crate::cli::named::parser;
use crate::cli::{Trouble, environment, output};
use crate::crypto::Iterations;
use crate::mock::{
    Builder, ControlToken, DataWatch, Defect, Fixture, HostName, Limits, Listen, MockServer,
    NotBound, Origin, StartError, Variant,
};
use crate::system::file::is_open_to_others;
use crate::system::signal::survive_file_size_limit;

/// Where the mock listens, unless an option says otherwise.
pub(super) const LISTEN: Listen =
    Listen::At(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 4747));

/// More than this is no control token.
const MOST_TOKEN_BYTES: usize = 4096;

/// What a mock is like.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Settings {
    /// A port, or address and port; port 0 takes a free one, a port alone is of localhost, in both families
    /// [default: 127.0.0.1:4747; of `exec`, a free port]
    #[arg(long, value_name = "ADDRESS")]
    pub(super) listen: Option<Listen>,
    /// What it holds at its start; without a terminal, SIGHUP reads it again
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
    #[arg(long, value_parser = parser::<Limits>())]
    limits: Option<Limits>,
    /// Fewest iterations of a client's proof, and exactly those of the server's own keys [default: 600000]
    #[arg(long, value_name = "N")]
    min_iterations: Option<i64>,
    /// A line a request on standard error, without secrets [default: text; with --json and of `exec`, off]
    #[arg(long, value_parser = parser::<Log>())]
    pub(super) log: Option<Log>,
    /// Breaks the contract in a named way; can be given more than once
    #[arg(long, value_name = "NAME", value_parser = parser::<Defect>(), hide_possible_values = true)]
    pub(super) defect: Vec<Defect>,
    /// Keeps the contract in another way, where it leaves the choice; can be given more than once
    #[arg(long, value_name = "NAME", value_parser = parser::<Variant>(), hide_possible_values = true)]
    pub(super) variant: Vec<Variant>,
    /// Allows an address that other machines can reach; the control API is off then, unless its token is given
    #[arg(long)]
    allow_remote: bool,
    /// Takes the control token from this file, or from KEYPROOF_CONTROL_TOKEN: 32 characters or more
    #[arg(long, value_name = "FILE")]
    control_token_file: Option<PathBuf>,
    #[arg(skip)]
    control_token: Option<ControlToken>,
    /// Lets pages of this origin call it, as those of this machine may; can be given more than once
    #[arg(long, value_name = "ORIGIN")]
    allow_origin: Vec<Origin>,
    /// Lets browsers call it by this name, as by localhost and by addresses; can be given more than once
    #[arg(long, value_name = "NAME")]
    allow_host: Vec<HostName>,
}

impl Settings {
    /// These options; what they leave open as `KEYPROOF_MOCK_*` gives it, and then `keyproof.toml`.
    pub(super) fn completed(&self) -> Result<Self, Trouble> {
        let environment = Section::of_environment()?;
        let mut file = Config::read()?.mock;
        if let Some(listen) = file.listen.filter(|listen| !listen.is_loopback()) {
            return Err(Trouble::usage(format!(
                "keyproof.toml: listen = \"{listen}\" can be reached from other machines: only --listen with --allow-remote opens the mock to them"
            )));
        }
        let mut settings = self.clone();
        // What the environment says no to, the file does not bring about.
        file.strict = file.strict.filter(|_| environment.strict.is_none());
        settings.take("KEYPROOF_MOCK_*", environment);
        settings.take("keyproof.toml", file);
        settings.control_token = control_token(settings.control_token_file.as_deref())?;
        Ok(settings)
    }

    /// Fills what the options leave open, and prints what that is.
    fn take(&mut self, source: &str, given: Section) {
        let mut taken = Vec::new();
        fill("listen", &mut self.listen, given.listen, &mut taken);
        fill("fixture", &mut self.fixture, given.fixture, &mut taken);
        fill("data", &mut self.data, given.data, &mut taken);
        fill("seed", &mut self.seed, given.seed, &mut taken);
        if given.strict == Some(true) && !self.strict {
            self.strict = true;
            taken.push("strict");
        }
        fill("limits", &mut self.limits, given.limits, &mut taken);
        fill("min_iterations", &mut self.min_iterations, given.min_iterations, &mut taken);
        fill("log", &mut self.log, given.log, &mut taken);
        fill_list("defect", &mut self.defect, given.defect, &mut taken);
        fill_list("variant", &mut self.variant, given.variant, &mut taken);
        if !taken.is_empty() {
            output::note(&format!("{source} gives {}", taken.join(", ")));
        }
    }

    /// Whether the control token is one that the user knows already, and is not to be repeated.
    pub(super) const fn has_control_token(&self) -> bool {
        self.control_token.is_some()
    }

    pub(super) fn limits(&self) -> Limits {
        self.limits.unwrap_or_default()
    }

    /// Starts a mock that is like this; at `listen`, unless the user names another address.
    pub(super) async fn start(&self, listen: Listen) -> Result<MockServer, Trouble> {
        let listen = self.listen.unwrap_or(listen);
        if !listen.is_loopback() && !self.allow_remote {
            return Err(Trouble::usage(format!(
                "{listen} can be reached from other machines: give a loopback address, or --allow-remote"
            )));
        }
        let fixture = match &self.fixture {
            Some(file) => fixture::read(file)?,
            None => Fixture::default(),
        };
        let builder = self.builder(listen)?.fixture(fixture);
        survive_file_size_limit();
        let started = builder.start().await;
        let mock = started.map_err(|error| not_started(listen, &error))?;
        if let Some(file) = &self.data {
            watch_data(&mock, file);
        }
        // The environment may have them too, of a shell in which the mock is used.
        for (_, bearer) in mock.tokens() {
            output::redactor().allow(&bearer);
        }
        Ok(mock)
    }

    fn builder(&self, listen: Listen) -> Result<Builder, Trouble> {
        let mut builder =
            MockServer::builder().listen(listen).limits(self.limits()).strict(self.strict);
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
        if let Some(token) = &self.control_token {
            builder = builder.control_token(token.clone());
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
}

fn not_started(listen: Listen, error: &StartError) -> Trouble {
    let NotBound { address, cause } = match error {
        StartError::NotBound(error) => error,
        StartError::Data(error) => return Trouble::unreachable(format!("the data file {error}")),
        error => return Trouble::unreachable(format!("the mock cannot start: {error}")),
    };
    let why = match cause.kind() {
        std::io::ErrorKind::AddrInUse => {
            "something else listens there, perhaps another mock; stop it, or choose another port with"
        }
        std::io::ErrorKind::PermissionDenied => {
            "that takes rights that this user lacks; choose another with"
        }
        _ => {
            return Trouble::unreachable(format!(
                "{error}; choose another with --listen 127.0.0.1:PORT, or :0 for a free port"
            ));
        }
    };
    let host = match listen {
        Listen::At(address) if address.is_ipv6() => format!("[{}]", address.ip()),
        Listen::At(address) => address.ip().to_string(),
        Listen::Localhost(_) => "localhost".to_owned(),
    };
    Trouble::unreachable(format!(
        "cannot listen on {address}: {why} --listen {host}:PORT, or :0 for a free port"
    ))
}

/// The token in the file, or else in the environment. No message repeats it.
fn control_token(file: Option<&Path>) -> Result<Option<ControlToken>, Trouble> {
    let (name, text) = match file {
        Some(file) => {
            let bytes =
                Source::File(file.to_owned()).read_secret("the control token", MOST_TOKEN_BYTES)?;
            // What is not UTF-8 has a character that no token has.
            let text = String::from_utf8_lossy(&bytes).trim().to_owned();
            output::redactor().register(&text);
            ("--control-token-file", Some(text))
        }
        None => {
            let variable = environment::CONTROL_TOKEN;
            (variable.name, environment::value(&variable)?)
        }
    };
    let parsed = text.map(|text| text.parse()).transpose();
    parsed.map_err(|error| Trouble::usage(format!("{name}: {error}")))
}

/// Warns of a data file that others can read now, and whenever it cannot be written.
fn watch_data(mock: &MockServer, file: &Path) {
    let name = file.display().to_string();
    if std::fs::metadata(file).is_ok_and(|file| is_open_to_others(&file)) {
        output::warn(&format!("others can read the keys and tokens in {name}: chmod 600 {name}"));
    }
    if let Some(watch) = mock.data() {
        tokio::spawn(report_writing(watch, name));
    }
}

async fn report_writing(mut watch: DataWatch, name: String) {
    while let Some(news) = watch.next().await {
        match news {
            Ok(()) => {
                output::note(&format!("{name} is written again, and nothing is missing in it"))
            }
            Err(why) => output::warn(&format!(
                "{name} cannot be written: {why}; until it can, nothing is changed, and nothing is shown \
                 that is not in it"
            )),
        }
    }
}
