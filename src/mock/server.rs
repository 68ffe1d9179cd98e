//! Starting and stopping a mock, in process or for the command line.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::access::{ControlToken, HostName, Origin};
use super::clock::Clock;
use super::config::Config;
use super::connection::{Accepting, Peer};
use super::draw::hex;
use super::exchange::Exchange;
use super::feed::{Event, Requests};
use super::fixture::Fixture;
use super::http::{self, Control};
use super::listen::{Listen, origin};
use super::project_line::{OtherProjectLine, ProjectLine};
use super::rate_limit::Limits;
use super::service::worker;
use super::tenant::Tenant;
use super::world::{IDLE, NotMade, World};
use crate::crypto::Iterations;
use crate::mock::keep::DataError;
use crate::mock::keep::keeping::DataWatch;
use crate::mock::misbehaviour::defect::Defect;
use crate::mock::misbehaviour::row::Row;
use crate::mock::misbehaviour::variant::Variant;

/// How long a shutdown waits for connections that stay in the middle of a request.
const PATIENCE: Duration = Duration::from_secs(2);

/// Configures a mock.
#[derive(Debug, Clone)]
#[must_use = "a builder does nothing until it is started"]
pub struct Builder {
    config: Config,
    clock: Clock,
    listen: Listen,
    fixture: Fixture,
    data: Option<PathBuf>,
    control_token: Option<ControlToken>,
}

impl Builder {
    /// Where it listens. Port 0, the default, takes a free one on 127.0.0.1.
    pub fn listen(mut self, listen: impl Into<Listen>) -> Self {
        self.listen = listen.into();
        self
    }

    /// Whether rate limits are enforced. They are, unless told otherwise.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.config.limits = limits;
        self
    }

    /// Whether contents have to be sealed blobs, and unknown members of a body are reported.
    pub fn strict(mut self, strict: bool) -> Self {
        self.config.strict = strict;
        self
    }

    /// Makes ids, keys, salts and IVs reproducible, organization by organization.
    pub fn seed(mut self, seed: u64) -> Self {
        self.config.seed = Some(seed);
        self
    }

    /// Fewest iterations of a client's proof, and exactly those of a server's key.
    pub fn min_iterations(mut self, iterations: Iterations) -> Self {
        self.config.iterations = iterations;
        self
    }

    /// Lets pages of an origin call the API, as those of this machine may from any port. Can be called more than
    /// once. The control API stays closed to them.
    pub fn allow_origin(mut self, origin: Origin) -> Self {
        self.config.access.origins.push(origin);
        self
    }

    /// Lets browsers call it by a name, as they may by a loopback name or an address. Can be called more than once.
    pub fn allow_host(mut self, name: HostName) -> Self {
        self.config.access.hosts.push(name);
        self
    }

    /// The token of the control API. Other machines may then use it too, where they reach the mock. Without one it is
    /// drawn, and the control API answers this machine only; it is off if others can reach the mock.
    pub fn control_token(mut self, token: ControlToken) -> Self {
        self.control_token = Some(token);
        self
    }

    /// What the bodies of all requests may take together, their parsed form included: 256 MiB, unless told otherwise.
    /// A request beyond that is answered 503.
    pub fn body_memory(mut self, bytes: usize) -> Self {
        self.config.body_memory = bytes;
        self
    }

    /// How long a body may take to arrive (30 s, unless told otherwise), and how long a connection may send
    /// nothing that is a request (75 s).
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

    /// Breaks the contract as these rows say, in every organization. Can be called more than once.
    pub fn misbehave(mut self, rows: impl IntoIterator<Item = Row>) -> Self {
        self.config.rows.extend(rows);
        self
    }

    /// Defects and variants have their names only, and nothing acts: to prove that nothing else does.
    #[doc(hidden)]
    pub fn inert(mut self) -> Self {
        self.config.acts = false;
        self
    }

    /// What it holds at its start. Three organizations, unless told otherwise.
    pub fn fixture(mut self, fixture: Fixture) -> Self {
        self.fixture = fixture;
        self
    }

    /// The file that keeps what it holds: it is begun with the fixture, and goes on from there. Counts of
    /// the rate limits are as of the last write.
    pub fn data(mut self, file: impl Into<PathBuf>) -> Self {
        self.data = Some(file.into());
        self
    }

    /// The clock that all of the mock tells the time by. The machine's, unless told otherwise.
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Binds the socket and serves. It accepts connections when this returns.
    ///
    /// # Errors
    /// An address cannot be bound ([`NotBound`](super::NotBound) is inside then), the operating system gives no
    /// random bytes, or the data file cannot be used ([`DataError`]).
    pub async fn start(self) -> std::io::Result<MockServer> {
        let listeners = self.listen.bind().await?;
        let address = listeners.local_addr()?;
        let idle_time = self.config.idle_time;
        let data = self.data.clone().unwrap_or_default();
        let parts = self.assemble(address)?;
        parts.world.write_unkept(None).await.map_err(|why| {
            let name = data.display().to_string();
            std::io::Error::other(DataError::NotWritten(name, why.to_string()))
        })?;
        let (stop, stopped) = oneshot::channel::<()>();
        let service = parts.router.into_make_service_with_connect_info::<Peer>();
        let listener = Accepting {
            listeners,
            idle_time,
        };
        let serving = tokio::spawn(async move {
            let stopped = async move {
                let _ = stopped.await;
            };
            let serve = axum::serve(listener, service).with_graceful_shutdown(stopped);
            let _ = serve.await;
        });
        let working = tokio::spawn(worker::work(
            Arc::clone(&parts.world.jobs),
            Arc::downgrade(&parts.world),
        ));
        Ok(MockServer {
            url: origin(address),
            world: parts.world,
            control_token: parts.control_token,
            stop: Some(stop),
            serving,
            working,
        })
    }

    /// The mock as a router, for calls without a socket. Jobs are not run.
    ///
    /// # Errors
    /// The operating system gives no random bytes.
    pub fn router(self) -> std::io::Result<Router> {
        let address = self.listen.first();
        Ok(self.assemble(address)?.router)
    }

    /// The mock as a router, for calls without a socket. The runtime that this is called in runs its
    /// jobs, as long as there is a copy of the router.
    ///
    /// # Errors
    /// The operating system gives no random bytes.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    pub fn router_with_jobs(self) -> std::io::Result<Router> {
        let address = self.listen.first();
        let parts = self.assemble(address)?;
        tokio::spawn(worker::work(
            Arc::clone(&parts.world.jobs),
            Arc::downgrade(&parts.world),
        ));
        Ok(parts.router)
    }

    fn assemble(self, address: SocketAddr) -> std::io::Result<Parts> {
        let mut secret = [0; 16];
        getrandom::fill(&mut secret).map_err(std::io::Error::other)?;
        let drawn = || Arc::from(format!("control_{}", hex(&secret)));
        let control_token: Option<Arc<str>> = match &self.control_token {
            Some(chosen) => Some(Arc::from(chosen.text())),
            None => address.ip().is_loopback().then(drawn),
        };
        let is_chosen = self.control_token.is_some();
        let elsewhere = is_chosen.then(|| Arc::new(self.config.access.clone()));
        let world = Arc::new(World::new(
            self.config,
            self.clock,
            &self.fixture,
            self.data.as_deref(),
        )?);
        for cell in world.cells() {
            world.resume(&cell);
        }
        let control = Control {
            token: control_token.clone(),
            port: address.port(),
            elsewhere,
        };
        Ok(Parts {
            router: http::router(Arc::clone(&world), control),
            world,
            control_token,
        })
    }
}

struct Parts {
    router: Router,
    world: Arc<World>,
    control_token: Option<Arc<str>>,
}

/// A running mock. Dropping it stops it and never blocks; [`MockServer::shutdown`] waits until what
/// it was answering is answered.
pub struct MockServer {
    url: String,
    world: Arc<World>,
    control_token: Option<Arc<str>>,
    stop: Option<oneshot::Sender<()>>,
    serving: JoinHandle<()>,
    working: JoinHandle<()>,
}

impl std::fmt::Debug for MockServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MockServer")
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

impl MockServer {
    /// A mock with the default fixture, live limits, on a free port of 127.0.0.1.
    pub fn builder() -> Builder {
        Builder {
            config: Config::default(),
            clock: Clock::system(),
            listen: SocketAddr::from(([127, 0, 0, 1], 0)).into(),
            fixture: Fixture::default(),
            data: None,
            control_token: None,
        }
    }

    /// The origin at which this machine reaches it, without a slash at its end: `http://127.0.0.1:4747`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The ULID of the fixture's first organization, which most of it is about.
    pub fn organization(&self) -> String {
        self.world.fixture().first().ulid.clone()
    }

    /// The ULID of another organization of the fixture, if there is one.
    pub fn other_organization(&self) -> Option<String> {
        let fixture = self.world.fixture();
        fixture.other().map(|other| other.ulid.clone())
    }

    /// The projects of the fixture's first organization, as they are now.
    pub fn projects(&self) -> Vec<ProjectLine> {
        let fixture = self.world.fixture();
        let cell = fixture.first_number();
        let cell = cell.and_then(|number| self.world.cell(number));
        let lines = |organization| ProjectLine::all(organization, &fixture.passphrases);
        match cell {
            Some(cell) => lines(&cell.state.read()),
            None => lines(fixture.first()),
        }
    }

    /// The projects of the fixture's other organizations, as they are now.
    pub fn other_projects(&self) -> Vec<OtherProjectLine> {
        let fixture = self.world.fixture();
        let first = fixture.first_number();
        let cells = self.world.cells().into_iter();
        let others = cells.filter(|cell| cell.isolated.is_none() && Some(cell.number) != first);
        others
            .flat_map(|cell| OtherProjectLine::all(&cell.state.read(), &fixture.passphrases))
            .collect()
    }

    /// The tokens of the fixture, name and bearer, in its order. None of them is a secret.
    pub fn tokens(&self) -> Vec<(String, String)> {
        self.world.fixture().tokens.clone()
    }

    /// The token of that name; empty if there is none.
    pub fn token(&self, name: &str) -> String {
        let tokens = self.tokens().into_iter();
        let mut named = tokens.filter(|(own, _)| own == name);
        named.next().map(|(_, bearer)| bearer).unwrap_or_default()
    }

    /// Takes another fixture in place of the one that it was started with. Organizations that were made
    /// while it ran stay as they are.
    ///
    /// # Errors
    /// The operating system gives no random bytes, or there is a data file, of which nothing is replaced;
    /// nothing has changed then.
    pub async fn reload(&self, fixture: &Fixture) -> std::io::Result<()> {
        let (world, fixture) = (Arc::clone(&self.world), fixture.clone());
        // Keys are derived, which takes a while.
        let reload = tokio::task::spawn_blocking(move || world.reload(&fixture));
        reload.await.map_err(std::io::Error::other)?
    }

    /// Whether its data file can be written, from now on; none if it has no data file.
    pub fn data(&self) -> Option<DataWatch> {
        self.world.watch_data()
    }

    /// The requests that are answered from now on.
    pub fn requests(&self) -> Requests {
        Requests(self.world.feed.watch())
    }

    /// The control API's base and its token; none if the mock listens for other machines and no token was chosen.
    pub fn control(&self) -> Option<(String, &str)> {
        let token = self.control_token.as_deref()?;
        Some((format!("{}/_mock", self.url), token))
    }

    /// The address of the page that shows the mock; none where there is no control API. The control token is in
    /// its fragment, which a browser sends nowhere.
    pub fn console(&self) -> Option<String> {
        let (url, token) = self.control()?;
        Some(format!("{url}/#token={token}"))
    }

    /// Makes an organization for one test: a copy of the fixture's, with tokens of its own. Parallel tests
    /// share one mock by using each its own token.
    ///
    /// # Errors
    /// There are a thousand already, or the operating system gives no random bytes.
    pub fn isolate(&self) -> std::io::Result<Tenant> {
        self.isolate_as(None)
    }

    /// The same by a name that no other has now. With a seed, all ids, keys, salts and IVs of the
    /// organization follow from the name.
    ///
    /// # Errors
    /// As [`MockServer::isolate`]; and there is one of that name.
    pub fn isolate_named(&self, name: &str) -> std::io::Result<Tenant> {
        self.isolate_as(Some(name.to_owned()))
    }

    fn isolate_as(&self, name: Option<String>) -> std::io::Result<Tenant> {
        let fixture = self.world.fixture();
        let config = fixture.first_configured(&self.world.config);
        let made = self.world.isolate(fixture.first(), config, name, IDLE);
        let cell = made.map_err(|error| match error {
            NotMade::Chance(error) => error,
            other => std::io::Error::other(other.to_string()),
        })?;
        Ok(Tenant {
            world: Arc::clone(&self.world),
            cell,
        })
    }

    /// The organization that a token belongs to.
    pub fn tenant(&self, token: &str) -> Option<Tenant> {
        let cell = self.world.of_bearer(token)?;
        Some(Tenant {
            world: Arc::clone(&self.world),
            cell,
        })
    }

    /// Requests that name no organization, neither by their token nor in their path.
    pub fn strangers(&self) -> Vec<Arc<Exchange>> {
        self.world.strangers.all()
    }

    /// Stops accepting, answers what was asked, and returns. A client that does not finish what it
    /// asks is not waited for longer than two seconds. The data file can be opened again afterwards.
    pub async fn shutdown(mut self) {
        self.stop.take();
        self.world.feed.tell(|| Event::Stopping);
        self.world.gates.open_all();
        let _ = tokio::time::timeout(PATIENCE, &mut self.serving).await;
        // Whatever was answered is kept already.
        let _ = self.world.keep(None).await;
        // A job or a connection that ends later may hold the world a while longer.
        self.world.close().await;
    }
}

impl Drop for MockServer {
    fn drop(&mut self) {
        self.serving.abort();
        self.working.abort();
    }
}
