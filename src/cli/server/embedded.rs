//! The embedded mock as a target.

use std::time::Duration;

use futures::future::BoxFuture;

use super::clock_timer::ClockTimer;
use super::durable::Durable;
use super::settings::Settings;
use crate::harness::Need;
use crate::mock::{self, Clock, MockServer};
use crate::suite::server::{Access, Limits, Server, Timer, Tokens};

/// The embedded mock, which supplies everything.
pub struct Embedded {
    mock: MockServer,
    timer: ClockTimer,
    settings: Settings,
    organization: String,
    tokens: Tokens,
    other: Access,
    control: Option<Access>,
}

impl Embedded {
    /// Starts a mock on a free port, with limits off and the machine's clock.
    ///
    /// # Errors
    /// As [`mock::Builder::start`].
    pub async fn start(settings: Settings) -> std::io::Result<Self> {
        Self::start_with(settings, Limits::Off, Clock::system()).await
    }

    /// Starts one with these limits and a clock that moves only when somebody waits.
    ///
    /// # Errors
    /// As [`mock::Builder::start`].
    pub async fn start_driven(settings: Settings, limits: Limits) -> std::io::Result<Self> {
        Self::start_with(settings, limits, Clock::driven(Clock::system().now())).await
    }

    async fn start_with(settings: Settings, limits: Limits, clock: Clock) -> std::io::Result<Self> {
        let limits = match limits {
            Limits::Live => mock::Limits::Live,
            Limits::Off => mock::Limits::Off,
        };
        let builder = settings.builder().limits(limits).clock(clock.clone());
        let mock = builder.start().await.map_err(std::io::Error::other)?;
        let token = |name| mock.token(name).map_err(std::io::Error::other);
        Ok(Self {
            timer: ClockTimer::of(clock),
            settings,
            tokens: Tokens {
                full: token("full")?,
                read_only: Some(token("read_only")?),
                key_retrieve: Some(token("key_retrieve")?),
                key_rotate: Some(token("key_rotate")?),
                expired: Some(token("expired")?),
            },
            other: Access {
                place: mock.other_organization().unwrap_or_default(),
                token: token("other_organization")?,
            },
            control: mock.control().map(|(place, token)| Access { place, token: token.to_owned() }),
            organization: mock.organization(),
            mock,
        })
    }

    /// The tokens of the fixture, none of which is a secret.
    pub fn public_texts(&self) -> Vec<String> {
        self.mock.tokens().into_iter().map(|(_, bearer)| bearer).collect()
    }
}

impl Server for Embedded {
    fn url(&self) -> &str {
        self.mock.url()
    }

    fn organization(&self) -> &str {
        &self.organization
    }

    fn tokens(&self) -> &Tokens {
        &self.tokens
    }

    fn other_organization(&self) -> Option<&Access> {
        Some(&self.other)
    }

    fn control(&self) -> Option<&Access> {
        self.control.as_ref()
    }

    fn supplies(&self, _: &Need) -> bool {
        true
    }

    fn job_wait(&self) -> Duration {
        Duration::from_secs(5)
    }

    fn timer(&self) -> &dyn Timer {
        &self.timer
    }

    fn another(&self, limits: Limits) -> BoxFuture<'_, Option<std::io::Result<Box<dyn Server>>>> {
        Box::pin(async move {
            let started = Self::start_driven(self.settings.clone(), limits).await;
            Some(started.map(|target| Box::new(target) as Box<dyn Server>))
        })
    }

    fn restartable(&self) -> BoxFuture<'_, Option<std::io::Result<Box<dyn Server>>>> {
        Box::pin(async move {
            let started = Durable::start(self.settings.clone()).await;
            Some(started.map(|target| Box::new(target) as Box<dyn Server>))
        })
    }
}
