//! What the cases are aimed at: the embedded mock, or the server of `KEYPROOF_TEST_*`.

use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use keyproof::cli::server::{Embedded, Foreign, Settings};
use keyproof::harness::Need;
use keyproof::suite::server::{Access, Budget, Limits, Server, Timer, Tokens};

const VARIABLES: [&str; 3] = ["KEYPROOF_TEST_URL", "KEYPROOF_TEST_ORG", "KEYPROOF_TEST_TOKEN"];

/// Where the cases are aimed.
#[derive(Clone)]
pub(crate) enum Aim {
    Embedded,
    Elsewhere(Arc<Foreign>),
}

impl Aim {
    /// Reads the environment. What is half said is an error: it must never turn into a green run
    /// against our own mock.
    pub(crate) fn from_environment() -> Result<Self, String> {
        let empty = std::env::vars_os().find_map(|(name, value)| {
            let name = name.to_str()?.to_owned();
            (name.starts_with("KEYPROOF_TEST_") && value.is_empty()).then_some(name)
        });
        if let Some(name) = empty {
            return Err(format!("{name} is set and empty: give it a value, or unset it"));
        }
        match VARIABLES.map(|name| std::env::var(name).ok()) {
            [None, None, None] => Ok(Self::Embedded),
            [Some(url), Some(organization), Some(token)] => {
                Ok(Self::Elsewhere(Arc::new(foreign(&url, organization, token))))
            }
            values => {
                let missing: Vec<_> = VARIABLES
                    .into_iter()
                    .zip(values)
                    .filter_map(|(name, value)| value.is_none().then_some(name))
                    .collect();
                Err(format!("the KEYPROOF_TEST_* go together; missing: {}", missing.join(", ")))
            }
        }
    }

    /// The target with the name that reports give it, what may be spent there, and how many cases
    /// may run side by side.
    pub(crate) async fn take(
        &self,
    ) -> std::io::Result<(Arc<dyn Server>, &'static str, Budget, usize)> {
        Ok(match self {
            Self::Embedded => {
                let target = Embedded::start(Settings::default()).await?;
                (Arc::new(target), "embedded mock", Budget::UNBOUNDED, 8)
            }
            Self::Elsewhere(foreign) => {
                (foreign.clone(), "the server of KEYPROOF_TEST_URL", Budget::DEFAULT, 1)
            }
        })
    }
}

/// A server by URL, of which nothing is known but one token.
pub(crate) fn foreign(url: &str, organization: String, token: String) -> Foreign {
    let tokens = Tokens { full: token, ..Tokens::default() };
    Foreign::new(url.trim_end_matches('/').to_owned(), organization, tokens)
}

/// A target with another door: all that it supplies, but its requests go to `url`.
pub(crate) struct Through<T> {
    pub(crate) url: String,
    pub(crate) target: T,
}

impl<T: Server> Server for Through<T> {
    fn url(&self) -> &str {
        &self.url
    }

    fn organization(&self) -> &str {
        self.target.organization()
    }

    fn tokens(&self) -> &Tokens {
        self.target.tokens()
    }

    fn other_organization(&self) -> Option<&Access> {
        self.target.other_organization()
    }

    fn control(&self) -> Option<&Access> {
        self.target.control()
    }

    fn supplies(&self, need: &Need) -> bool {
        self.target.supplies(need)
    }

    fn job_wait(&self) -> Duration {
        self.target.job_wait()
    }

    fn timer(&self) -> &dyn Timer {
        self.target.timer()
    }

    fn another(&self, limits: Limits) -> BoxFuture<'_, Option<std::io::Result<Box<dyn Server>>>> {
        self.target.another(limits)
    }

    fn restartable(&self) -> BoxFuture<'_, Option<std::io::Result<Box<dyn Server>>>> {
        self.target.restartable()
    }

    fn restart(&self) -> BoxFuture<'_, Result<(), String>> {
        self.target.restart()
    }
}
