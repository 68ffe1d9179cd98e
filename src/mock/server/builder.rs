//! Configuring and starting a mock.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::sync::oneshot;

use super::error::StartError;
use super::handle::MockServer;
use crate::crypto::Iterations;
use crate::mock::access::{ControlToken, HostName, Origin};
use crate::mock::clock::Clock;
use crate::mock::config::Config;
use crate::mock::connection::{Accepting, Peer};
use crate::mock::draw::hex;
use crate::mock::fixture::Fixture;
use crate::mock::http::{self, Control};
#[cfg(feature = "data")]
use crate::mock::keep::{
    Store,
    data::{Data, DataError},
};
use crate::mock::listen::{Listen, Listeners, origin};
use crate::mock::misbehaviour::defect::Defect;
use crate::mock::misbehaviour::row::Row;
use crate::mock::misbehaviour::user_rows::UserRows;
use crate::mock::misbehaviour::variant::Variant;
use crate::mock::rate_limit::Limits;
use crate::mock::service::worker;
use crate::mock::world::World;

/// Configures a mock. Without further calls it has the default fixture, live limits, and a free port of 127.0.0.1.
#[derive(Debug, Clone)]
#[must_use = "a builder does nothing until it is started"]
pub struct Builder {
    config: Config,
    rows: Vec<Row>,
    clock: Clock,
    listen: Listen,
    fixture: Fixture,
    #[cfg(feature = "data")]
    data: Option<std::path::PathBuf>,
    control_token: Option<ControlToken>,
}

impl Builder {
    /// Where it listens. Port 0, the default, takes a free one on 127.0.0.1.
    pub fn listen(mut self, listen: impl Into<Listen>) -> Self {
        self.listen = listen.into();
        self
    }

    /// Whether rate limits are enforced, which is the default.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.config.limits = limits;
        self
    }

    /// Whether contents have to be sealed blobs, and unknown members of a body are refused. The default is false.
    pub fn strict(mut self, strict: bool) -> Self {
        self.config.strict = strict;
        self
    }

    /// Makes ids, keys, salts and IVs reproducible, organization by organization. Without a seed they are random.
    pub fn seed(mut self, seed: u64) -> Self {
        self.config.seed = Some(seed);
        self
    }

    /// Fewest iterations of a client's proof, and the iterations of a server's key: 600,000 by default.
    pub fn min_iterations(mut self, iterations: Iterations) -> Self {
        self.config.iterations = iterations;
        self
    }

    /// Lets pages of an origin call the API, as pages of this machine may from any port. Can be called more than
    /// once. The control API stays closed to such pages.
    pub fn allow_origin(mut self, origin: Origin) -> Self {
        self.config.access.origins.push(origin);
        self
    }

    /// Lets browsers call the mock by a host name, as they may by a loopback name or an address. Can be called more than
    /// once.
    pub fn allow_host(mut self, name: HostName) -> Self {
        self.config.access.hosts.push(name);
        self
    }

    /// The token of the control API, which other machines that reach the mock may then use too. The default is a random
    /// token, with which the control API answers this machine only; it is off if other machines can reach the mock.
    pub fn control_token(mut self, token: ControlToken) -> Self {
        self.control_token = Some(token);
        self
    }

    /// Most memory for the bodies of all requests together, their parsed form included, in bytes: 256 MiB by default.
    /// A request beyond that is answered 503.
    pub fn body_memory(mut self, bytes: usize) -> Self {
        self.config.body_memory = bytes;
        self
    }

    /// How long a body may take to arrive (30 s by default), and how long a connection stays open without a request
    /// (75 s).
    pub fn patience(mut self, body: Duration, idle: Duration) -> Self {
        self.config.body_time = body;
        self.config.idle_time = idle;
        self
    }

    /// Breaks the contract in a named way. Can be called more than once.
    pub fn defect(mut self, defect: Defect) -> Self {
        self.config.defects.insert(defect);
        self
    }

    /// Keeps the contract in another way. Can be called more than once.
    pub fn variant(mut self, variant: Variant) -> Self {
        self.config.variants.insert(variant);
        self
    }

    /// Breaks the contract as these rows say, in every organization. Can be called more than once. An organization has
    /// at most 64 rows, those that the fixture gives it included: the mock does not start with more.
    pub fn misbehave(mut self, rows: impl IntoIterator<Item = Row>) -> Self {
        self.rows.extend(rows);
        self
    }

    /// Defects and variants are named but change nothing: to prove that nothing but their tables makes them act.
    #[doc(hidden)]
    pub fn inert(mut self) -> Self {
        self.config.acts = false;
        self
    }

    /// The organizations that the mock starts with.
    pub fn fixture(mut self, fixture: Fixture) -> Self {
        self.fixture = fixture;
        self
    }

    /// The file that keeps the mock's state. A new file begins with the fixture; later starts go on from the file.
    /// The counts of the rate limits are as of the last write. The file is released by [`MockServer::shutdown`], and
    /// when the [`MockServer`] is dropped.
    #[cfg(feature = "data")]
    pub fn data(mut self, file: impl Into<std::path::PathBuf>) -> Self {
        self.data = Some(file.into());
        self
    }

    /// The clock of the mock; the machine's by default.
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Binds the socket and serves. The mock accepts connections when this returns.
    ///
    /// # Errors
    /// An address cannot be bound, the operating system gives no random bytes, the data file cannot be used, or an
    /// organization has more than 64 rows of misbehaviour.
    pub async fn start(self) -> Result<MockServer, StartError> {
        let listeners = self.listen.bind().await?;
        self.serve(listeners).await
    }

    /// Serves at a socket that listens already, instead of the address of [`Builder::listen`]. A listener of tokio becomes
    /// one of the standard library by its `into_std`.
    ///
    /// # Errors
    /// The listener cannot be used, or as [`Builder::start`].
    ///
    /// ```
    /// # use keyproof::mock::MockServer;
    /// # tokio::runtime::Runtime::new()?.block_on(async {
    /// let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    /// let url = format!("http://{}", listener.local_addr()?);
    /// let mock = MockServer::builder().start_on(listener).await?;
    /// assert_eq!(mock.url(), url);
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    pub async fn start_on(self, listener: std::net::TcpListener) -> Result<MockServer, StartError> {
        let listeners = Listeners::of(listener).map_err(StartError::Listener)?;
        self.serve(listeners).await
    }

    async fn serve(self, listeners: Listeners) -> Result<MockServer, StartError> {
        let address = listeners.local_addr().map_err(StartError::Listener)?;
        let idle_time = self.config.idle_time;
        #[cfg(feature = "data")]
        let data = self.data.clone().unwrap_or_default();
        let parts = self.assemble(address)?;
        #[cfg(feature = "data")]
        parts.world.write_unkept(None).await.map_err(|why| {
            let name = data.display().to_string();
            DataError::NotWritten(name, why.to_string())
        })?;
        let working = tokio::spawn(parts.work());
        let (stop, stopped) = oneshot::channel::<()>();
        let service = parts.router.into_make_service_with_connect_info::<Peer>();
        let listener = Accepting { listeners, idle_time };
        let serving = tokio::spawn(async move {
            let stopped = async move {
                let _ = stopped.await;
            };
            let serve = axum::serve(listener, service).with_graceful_shutdown(stopped);
            let _ = serve.await;
        });
        Ok(MockServer {
            url: origin(address),
            world: parts.world,
            control_token: parts.control_token,
            stop: Some(stop),
            serving,
            working,
        })
    }

    /// The mock as a router, for calls without a socket. Background jobs are not run.
    ///
    /// # Errors
    /// As [`Builder::start`], the address aside.
    pub fn router(self) -> Result<Router, StartError> {
        let address = self.listen.first();
        Ok(self.assemble(address)?.router)
    }

    /// The same, with background jobs: the runtime that this is called in runs them, as long as there is a copy of the
    /// router.
    ///
    /// # Errors
    /// As [`Builder::start`], the address aside.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    pub fn router_with_jobs(self) -> Result<Router, StartError> {
        let address = self.listen.first();
        let parts = self.assemble(address)?;
        tokio::spawn(parts.work());
        Ok(parts.router)
    }

    fn assemble(mut self, address: SocketAddr) -> Result<Parts, StartError> {
        self.config.rows = UserRows::new(self.rows)?;
        let mut secret = [0; 16];
        getrandom::fill(&mut secret).map_err(|error| StartError::Random(error.into()))?;
        let random = || Arc::from(format!("control_{}", hex(&secret)));
        let control_token: Option<Arc<str>> = match &self.control_token {
            Some(chosen) => Some(Arc::from(chosen.text())),
            None => address.ip().is_loopback().then(random),
        };
        let elsewhere = self.control_token.map(|_| Arc::new(self.config.access.clone()));
        #[cfg(feature = "data")]
        let opened = match &self.data {
            Some(file) => {
                let (data, loaded) = Data::open(file, self.config.seed)?;
                Some((Box::new(data) as Box<dyn Store>, loaded))
            }
            None => None,
        };
        #[cfg(not(feature = "data"))]
        let opened = None;
        let world = Arc::new(World::new(self.config, self.clock, &self.fixture, opened)?);
        for cell in world.cells() {
            world.resume(&cell);
        }
        let control = Control { token: control_token.clone(), port: address.port(), elsewhere };
        Ok(Parts { router: http::router(Arc::clone(&world), control), world, control_token })
    }
}

struct Parts {
    router: Router,
    world: Arc<World>,
    control_token: Option<Arc<str>>,
}

impl Parts {
    /// Runs background jobs, as long as the world exists.
    fn work(&self) -> impl Future<Output = ()> + Send + 'static {
        worker::work(Arc::clone(&self.world.jobs), Arc::downgrade(&self.world))
    }
}

impl MockServer {
    /// Begins to configure a mock.
    pub fn builder() -> Builder {
        Builder {
            config: Config::default(),
            rows: Vec::new(),
            clock: Clock::system(),
            listen: SocketAddr::from(([127, 0, 0, 1], 0)).into(),
            fixture: Fixture::default(),
            #[cfg(feature = "data")]
            data: None,
            control_token: None,
        }
    }
}
