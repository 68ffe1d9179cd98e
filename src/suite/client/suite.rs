//! One run against one client: its adapter, and the mock that it is pointed at.

use std::sync::Arc;

use parking_lot::Mutex;

use super::context::{Context, Shared};
use super::key::FEWEST;
use crate::adapter::{CLIENT_OPERATIONS, Session};
use crate::crypto::Iterations;
use crate::harness::{self, Case, Need, Redactor, Spending};
use crate::mock::{Limits, MockServer};

/// What the cases of one run have in common.
pub struct ClientSuite {
    shared: Arc<Shared>,
}

impl ClientSuite {
    /// A run against the adapter of `session`, which is pointed at a mock of its own.
    ///
    /// # Errors
    /// The mock could not be started.
    pub async fn start(session: Session, redactor: &Redactor) -> Result<Self, String> {
        let iterations = Iterations::try_from(FEWEST).map_err(|error| error.to_string())?;
        let builder =
            MockServer::builder().limits(Limits::Off).strict(true).min_iterations(iterations);
        let mock = builder.start().await;
        let mock = mock.map_err(|error| format!("the mock could not be started: {error}"))?;
        // Whoever was first in this process has done the same.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().no_proxy().build();
        let http = http.map_err(|error| format!("the HTTP client could not be made: {error}"))?;
        Ok(Self {
            shared: Arc::new(Shared {
                session,
                mock,
                http,
                redactor: redactor.clone(),
                salts: Mutex::default(),
                judged: Mutex::default(),
            }),
        })
    }

    /// The adapter.
    pub fn session(&self) -> &Session {
        &self.shared.session
    }

    /// The operations that gave something to judge, in the order of the protocol.
    pub fn judged(&self) -> Vec<&'static str> {
        let judged = self.shared.judged.lock();
        let known = CLIENT_OPERATIONS.into_iter();
        known.filter(|op| judged.contains(op)).collect()
    }

    /// The client with its version.
    pub fn title(&self) -> String {
        let hello = self.session().hello();
        format!("{} {} (client)", hello.name, hello.version)
    }

    /// Ends the adapter.
    pub async fn close(&self) {
        self.session().close().await;
    }
}

impl harness::Suite for ClientSuite {
    type Context = Context;

    fn supplies(&self, _: &Need) -> bool {
        true
    }

    fn context(&self, case: &Case<Context>) -> Context {
        Context::new(Arc::clone(&self.shared), case.id)
    }

    fn spent(&self, _: &Context) -> Spending {
        Spending::default()
    }

    fn redactor(&self) -> &Redactor {
        &self.shared.redactor
    }
}
