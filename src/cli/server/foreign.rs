//! A server by URL as a target.

use std::net::IpAddr;
use std::time::Duration;

use futures::future::BoxFuture;

use super::restart::RestartCommand;
use crate::cli::environment::Variable;
use crate::cli::{Trouble, environment};
use crate::harness::Need;
use crate::suite::server::{Access, Budget, Limits, Monotonic, Server, Timer, Tokens, needs};

/// A server by URL.
pub struct Foreign {
    url: String,
    organization: String,
    tokens: Tokens,
    other: Option<Access>,
    control: Option<Access>,
    /// The slug of the only project that may be looked at, and not changed.
    project: Option<String>,
    pub(in crate::cli) job_wait: Duration,
    /// How many rotations it may be asked for.
    pub(in crate::cli) rotations: u32,
    /// What kills it and starts it again.
    pub(in crate::cli) restart: Option<RestartCommand>,
    timer: Monotonic,
}

/// Host of the live service.
const PRODUCTION: &str = "api.dotenv.cloud";
/// How long jobs are awaited unless `--job-wait` is given.
const JOB_WAIT: Duration = Duration::from_secs(60);

impl Foreign {
    /// The server at an origin, of which nothing is known but these tokens.
    pub fn new(url: String, organization: String, tokens: Tokens) -> Self {
        Self {
            url,
            organization,
            tokens,
            other: None,
            control: None,
            project: None,
            job_wait: JOB_WAIT,
            rotations: 0,
            restart: None,
            timer: Monotonic::start(),
        }
    }

    /// Reads `--url` and `--org`, `KEYPROOF_URL`, `_ORG`, `_TOKEN` and the variables for optional needs.
    /// None if none of the three is given.
    pub(in crate::cli) fn read(
        url: Option<&str>,
        organization: Option<&str>,
    ) -> Result<Option<Self>, Trouble> {
        let given = |flag: Option<&str>, name: &str, variable: &Variable| match flag {
            Some("") => {
                Err(Trouble::usage(format!("{name} is empty: give it a value, or leave it out")))
            }
            Some(value) => Ok(Some(value.to_owned())),
            None => environment::value(variable),
        };
        let parts = (
            given(url, "--url", &environment::URL)?,
            given(organization, "--org", &environment::ORG)?,
            environment::value(&environment::TOKEN)?,
        );
        let (url, organization, token) = match parts {
            (None, None, None) => return Ok(None),
            (Some(url), Some(organization), Some(token)) => (url, organization, token),
            (url, organization, token) => {
                let missing: Vec<_> = [
                    ("--url (or KEYPROOF_URL)", url),
                    ("--org (or KEYPROOF_ORG)", organization),
                    ("KEYPROOF_TOKEN (or KEYPROOF_TOKEN_FILE)", token),
                ]
                .into_iter()
                .filter_map(|(name, value)| value.is_none().then_some(name))
                .collect();
                return Err(Trouble::usage(format!(
                    "a server by URL takes all of url, organization and token; missing: {}",
                    missing.join(", ")
                )));
            }
        };
        let access = |place: &Variable, token: &Variable| -> Result<Option<Access>, Trouble> {
            match (environment::value(place)?, environment::value(token)?) {
                (Some(place), Some(token)) => Ok(Some(Access { place, token })),
                (None, None) => Ok(None),
                _ => Err(Trouble::usage(format!(
                    "{} and {} go together: set both, or neither",
                    place.name, token.name
                ))),
            }
        };
        if !organization.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
            return Err(Trouble::usage("--org: give the organization's ULID"));
        }
        // Without the URL the token is one for a mock to take.
        let control = match environment::value(&environment::CONTROL_URL)? {
            Some(_) => access(&environment::CONTROL_URL, &environment::CONTROL_TOKEN)?,
            None => None,
        };
        if let Some(control) = &control
            && !reqwest::Url::parse(&control.place)
                .is_ok_and(|url| url.scheme() == "http" && is_loopback(&url))
        {
            return Err(Trouble::usage(
                "KEYPROOF_CONTROL_URL: the control API is on this machine only: give an http URL with a \
                 loopback address",
            ));
        }
        let url = origin(&url)?;
        let tokens = Tokens {
            full: token,
            read_only: environment::value(&environment::TOKEN_READ_ONLY)?,
            key_retrieve: environment::value(&environment::TOKEN_KEY_RETRIEVE)?,
            key_rotate: environment::value(&environment::TOKEN_KEY_ROTATE)?,
            expired: environment::value(&environment::TOKEN_EXPIRED)?,
        };
        let other = access(&environment::OTHER_ORG, &environment::TOKEN_OTHER_ORGANIZATION)?;
        Ok(Some(Self { other, control, ..Self::new(url, organization, tokens) }))
    }

    pub(in crate::cli) fn is_loopback(&self) -> bool {
        reqwest::Url::parse(&self.url).is_ok_and(|url| is_loopback(&url))
    }

    /// Whether it is the live service.
    pub(in crate::cli) fn is_production(&self) -> bool {
        let is_production = |host: &str| host.trim_end_matches('.') == PRODUCTION;
        reqwest::Url::parse(&self.url).is_ok_and(|url| url.host_str().is_some_and(is_production))
    }

    /// Leaves everything as it is, and looks at that project only.
    pub(in crate::cli) fn look_only_at(&mut self, project: &str) -> Result<(), Trouble> {
        let is_slug = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if project.is_empty() || !project.bytes().all(is_slug) {
            return Err(Trouble::usage("--project: give the slug of a project, like my-app"));
        }
        self.project = Some(project.to_owned());
        Ok(())
    }
}

fn is_loopback(url: &reqwest::Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    host == "localhost"
        || host
            .trim_matches(['[', ']'])
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

/// The origin of a URL, if tokens may go there.
fn origin(url: &str) -> Result<String, Trouble> {
    let refuse = |why: &str| Err(Trouble::usage(format!("--url: {why}")));
    let Ok(parsed) = reqwest::Url::parse(url) else {
        return refuse("not a URL: give an origin like http://127.0.0.1:4747");
    };
    if !parsed.username().is_empty() || parsed.password().is_some() {
        return refuse("no user name or password: the token goes into KEYPROOF_TOKEN");
    }
    if !matches!(parsed.scheme(), "http" | "https") {
        return refuse("not a web address: give an origin like http://127.0.0.1:4747");
    }
    if parsed.path() != "/" || parsed.query().is_some() || parsed.fragment().is_some() {
        return refuse("give the origin only, like http://127.0.0.1:4747, without a path");
    }
    if parsed.scheme() == "http" && !is_loopback(&parsed) {
        return refuse("https only, as tokens go there: http is for loopback addresses");
    }
    Ok(parsed.origin().ascii_serialization())
}

impl Server for Foreign {
    fn url(&self) -> &str {
        &self.url
    }

    fn organization(&self) -> &str {
        &self.organization
    }

    fn tokens(&self) -> &Tokens {
        &self.tokens
    }

    fn other_organization(&self) -> Option<&Access> {
        self.other.as_ref()
    }

    fn control(&self) -> Option<&Access> {
        self.control.as_ref()
    }

    fn supplies(&self, need: &Need) -> bool {
        match *need {
            needs::CONTROL | needs::PROJECT_SETTING | needs::UNVERIFIED_PROJECT => {
                self.control.is_some()
            }
            needs::OTHER_ORGANIZATION => self.other.is_some(),
            needs::QUOTA => self.rotations >= Budget::ROTATIONS_OF_QUOTA,
            needs::RESTART => self.restart.is_some(),
            needs::WRITES => self.project.is_none(),
            _ => true,
        }
    }

    fn read_only_project(&self) -> Option<&str> {
        self.project.as_deref()
    }

    fn job_wait(&self) -> Duration {
        self.job_wait
    }

    fn timer(&self) -> &dyn Timer {
        &self.timer
    }

    fn another(&self, _: Limits) -> BoxFuture<'_, Option<std::io::Result<Box<dyn Server>>>> {
        Box::pin(std::future::ready(None))
    }

    fn restart(&self) -> BoxFuture<'_, Result<(), String>> {
        Box::pin(async {
            match &self.restart {
                Some(command) => command.run().await,
                None => Err("--restart was not given".to_owned()),
            }
        })
    }
}
