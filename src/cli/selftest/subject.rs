//! What the suites are run against.

use std::future::Future;
use std::path::PathBuf;

use crate::cli::server::Subject as Server;
use crate::harness::selftest::Trial;
use crate::suite::client::selftest::Subject as Client;
use crate::suite::sdk::selftest::Subject as Adapter;
use crate::suite::server::selftest::Common;

/// An adapter, a client or a server of which it is known what is wrong with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Subject {
    Adapter(Adapter),
    Client(Client),
    Server(Server),
}

/// What the trials have in common.
pub(super) struct Bench {
    /// The binary that has the reference adapter.
    keyproof: PathBuf,
    servers: Common,
}

impl Bench {
    pub(super) fn new(keyproof: PathBuf) -> Self {
        Self { keyproof, servers: Common::default() }
    }
}

impl Subject {
    pub(super) fn all() -> Vec<Self> {
        let adapters = Adapter::all().into_iter().map(Self::Adapter);
        let servers = Server::all().into_iter().map(Self::Server);
        let clients = Client::all().into_iter().map(Self::Client);
        adapters.chain(clients).chain(servers).collect()
    }

    /// What the user selects it by.
    pub(super) fn id(self) -> String {
        match self {
            Self::Adapter(adapter) => adapter.id(),
            Self::Client(client) => client.id(),
            Self::Server(server) => server.id(),
        }
    }

    /// Runs its suite against it, until `stop` is ready.
    pub(super) async fn attempt(
        self,
        bench: &Bench,
        stop: impl Future<Output = ()> + Send,
    ) -> Result<Trial, String> {
        match self {
            Self::Adapter(adapter) => adapter.attempt(bench.keyproof.clone(), stop).await,
            Self::Client(client) => client.attempt(bench.keyproof.clone(), stop).await,
            Self::Server(server) => server.attempt(&bench.servers, stop).await,
        }
    }
}
