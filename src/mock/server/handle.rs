//! The handle of a running mock.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::error::{IsolateError, ReloadError, UnknownToken};
use crate::mock::exchange::Exchange;
use crate::mock::feed::{Event, Requests};
use crate::mock::fixture::Fixture;
#[cfg(feature = "data")]
use crate::mock::keep::keeping::DataWatch;
use crate::mock::project_line::{OtherProjectLine, ProjectLine};
use crate::mock::tenant::Tenant;
use crate::mock::world::{IDLE, World};

/// How long a shutdown waits for requests that are under way.
const PATIENCE: Duration = Duration::from_secs(2);

/// A running mock. Dropping it stops it without waiting for requests that are under way, and releases its data file;
/// [`MockServer::shutdown`] answers them first.
///
/// ```
/// use keyproof::contract::route::Endpoint;
/// use keyproof::mock::{MockServer, Pattern};
///
/// # let _ = rustls::crypto::ring::default_provider().install_default();
/// # tokio::runtime::Runtime::new()?.block_on(async {
/// let mock = MockServer::builder().start().await?;
/// // An organization that no other test sees.
/// let tenant = mock.isolate()?;
///
/// let url = format!("{}/api/v1/{}/my-app/encryption-key", mock.url(), tenant.ulid());
/// let request = reqwest::Client::new().get(url).bearer_auth(tenant.token("full")?);
/// assert_eq!(request.send().await?.status(), 200);
///
/// tenant.expect(Pattern::of(Endpoint::GetEncryptionKey)).times(1).await;
/// mock.shutdown().await;
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
pub struct MockServer {
    pub(super) url: String,
    pub(super) world: Arc<World>,
    pub(super) control_token: Option<Arc<str>>,
    pub(super) stop: Option<oneshot::Sender<()>>,
    pub(super) serving: JoinHandle<()>,
    pub(super) working: JoinHandle<()>,
}

impl std::fmt::Debug for MockServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MockServer").field("url", &self.url).finish_non_exhaustive()
    }
}

impl MockServer {
    /// The origin at which this machine reaches the mock, without a slash at its end: `http://127.0.0.1:4747`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The ULID of the fixture's first organization.
    pub fn organization(&self) -> String {
        self.world.fixture().first().ulid.clone()
    }

    /// The ULID of the fixture's first organization that has another ULID than [`MockServer::organization`].
    pub fn other_organization(&self) -> Option<String> {
        let fixture = self.world.fixture();
        fixture.other().map(|other| other.ulid.clone())
    }

    /// The projects of the fixture's first organization, as they are now.
    pub fn projects(&self) -> Vec<ProjectLine> {
        let fixture = self.world.fixture();
        let cell = fixture.first_number().and_then(|number| self.world.cell(number));
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

    /// The tokens of the fixture, each a name and a bearer, in the fixture's order. They are not secret.
    pub fn tokens(&self) -> Vec<(String, String)> {
        self.world.fixture().tokens.clone()
    }

    /// The bearer of the fixture's token of that name.
    ///
    /// # Errors
    /// No token has that name: the error says which names there are.
    ///
    /// ```
    /// # use keyproof::mock::MockServer;
    /// # tokio::runtime::Runtime::new()?.block_on(async {
    /// let mock = MockServer::builder().start().await?;
    /// let error = mock.token("admin").unwrap_err();
    /// assert!(error.to_string().starts_with(r#"no token is named "admin": there are full, "#));
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    pub fn token(&self, name: &str) -> Result<String, UnknownToken> {
        UnknownToken::look_up(name, self.tokens())
    }

    /// Replaces the fixture. Organizations that were made while the mock ran stay as they are.
    ///
    /// # Errors
    /// The operating system gives no random bytes, an organization has too many rows of misbehaviour, or there is a data
    /// file, of which nothing is replaced. Nothing has changed then.
    pub async fn reload(&self, fixture: &Fixture) -> Result<(), ReloadError> {
        let (world, fixture) = (Arc::clone(&self.world), fixture.clone());
        // Keys are derived, which takes a while.
        let reload = tokio::task::spawn_blocking(move || world.reload(&fixture));
        reload.await.map_err(|_| ReloadError::Stopped)?
    }

    /// Reports when the data file cannot be written any more, and when it can again; none without a data file.
    #[cfg(feature = "data")]
    pub fn data(&self) -> Option<DataWatch> {
        self.world.watch_data()
    }

    /// The requests that are answered from now on.
    pub fn requests(&self) -> Requests {
        Requests(self.world.feed.watch())
    }

    /// The URL of the control API, and its token; none if the mock listens for other machines and no token was chosen.
    pub fn control(&self) -> Option<(String, &str)> {
        let token = self.control_token.as_deref()?;
        Some((format!("{}/_mock", self.url), token))
    }

    /// The URL of the console, a page that shows the mock; none where there is no control API. The control token is in
    /// its fragment, which browsers do not send.
    pub fn console(&self) -> Option<String> {
        let (url, token) = self.control()?;
        Some(format!("{url}/#token={token}"))
    }

    /// Makes an organization for one test: a copy of the fixture's first one, with tokens of its own, so that parallel
    /// tests can share a mock. One that goes unused for 15 minutes is removed.
    ///
    /// # Errors
    /// There are a thousand already, or the operating system gives no random bytes.
    pub fn isolate(&self) -> Result<Tenant, IsolateError> {
        self.isolate_as(None)
    }

    /// The same under a name that no other organization has now. With a seed, all ids, keys, salts and IVs of the
    /// organization follow from the name.
    ///
    /// # Errors
    /// As [`MockServer::isolate`], or there is an organization of that name.
    pub fn isolate_named(&self, name: &str) -> Result<Tenant, IsolateError> {
        self.isolate_as(Some(name.to_owned()))
    }

    fn isolate_as(&self, name: Option<String>) -> Result<Tenant, IsolateError> {
        let fixture = self.world.fixture();
        let config = fixture.first_configured(&self.world.config);
        let cell = self.world.isolate(fixture.first(), config, name, IDLE)?;
        Ok(Tenant { world: Arc::clone(&self.world), cell })
    }

    /// The organization that a bearer belongs to.
    pub fn tenant(&self, token: &str) -> Option<Tenant> {
        let cell = self.world.of_bearer(token)?;
        Some(Tenant { world: Arc::clone(&self.world), cell })
    }

    /// Requests that name no organization, neither by their token nor in their path.
    pub fn strangers(&self) -> Vec<Arc<Exchange>> {
        self.world.strangers.all()
    }

    /// Stops accepting, and returns when the requests that are under way are answered, after two seconds at most. The data
    /// file can be opened again afterwards.
    pub async fn shutdown(mut self) {
        self.stop.take();
        self.world.feed.tell(|| Event::Stopping);
        self.world.gates.open_all();
        let _ = tokio::time::timeout(PATIENCE, &mut self.serving).await;
        // Whatever was answered is in the data file already.
        let _ = self.world.keep(None).await;
        self.world.close().await;
    }
}

impl Drop for MockServer {
    fn drop(&mut self) {
        self.serving.abort();
        self.working.abort();
        self.world.close_soon();
    }
}
