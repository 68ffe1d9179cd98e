//! The embedded mock as a target.

use std::time::Duration;

use futures::future::BoxFuture;
use jiff::Timestamp;

use crate::crypto::Iterations;
use crate::harness::Need;
use crate::mock::{self, Clock, Defect, MockServer, Variant};
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

/// How an embedded mock is started.
#[derive(Clone, Default)]
pub struct Settings {
    /// What makes ids, keys and salts reproducible.
    pub seed: u64,
    /// Ways in which it breaks the contract.
    pub defects: Vec<Defect>,
    /// Ways in which it keeps the contract otherwise.
    pub variants: Vec<Variant>,
    /// Whether none of them does anything: [`mock::Builder::inert`].
    #[doc(hidden)]
    pub inert: bool,
    /// Iterations of its own keys, if not the platform's.
    pub iterations: Option<Iterations>,
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
        let mut builder = MockServer::builder()
            .limits(limits)
            .seed(settings.seed)
            .min_iterations(settings.iterations.unwrap_or(Iterations::PLATFORM))
            .clock(clock.clone());
        for defect in &settings.defects {
            builder = builder.defect(*defect);
        }
        for variant in &settings.variants {
            builder = builder.variant(*variant);
        }
        if settings.inert {
            builder = builder.inert();
        }
        let mock = builder.start().await.map_err(std::io::Error::other)?;
        let token = |name| mock.token(name).map_err(std::io::Error::other);
        Ok(Self {
            timer: ClockTimer { start: clock.now(), clock },
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
}

/// Time by the mock's own clock: waiting moves it on.
struct ClockTimer {
    clock: Clock,
    start: Timestamp,
}

impl Timer for ClockTimer {
    fn elapsed(&self) -> Duration {
        let elapsed = self.clock.now().duration_since(self.start);
        Duration::try_from(elapsed).unwrap_or_default()
    }

    fn wait(&self, time: Duration) -> BoxFuture<'_, ()> {
        self.clock.advance(time);
        Box::pin(std::future::ready(()))
    }
}
