//! The server under test, and what its operator supplies.

use std::time::Duration;

use futures::future::BoxFuture;

use super::Timer;
use crate::harness::Need;

/// A server under test. The suite knows nothing else of it.
pub trait Server: Send + Sync {
    /// Its origin, without a slash at the end.
    fn url(&self) -> &str;

    /// The organization's ULID.
    fn organization(&self) -> &str;

    /// The tokens that its operator supplies.
    fn tokens(&self) -> &Tokens;

    /// Another organization and a token with every ability there.
    fn other_organization(&self) -> Option<&Access>;

    /// The control API's base and its token.
    fn control(&self) -> Option<&Access>;

    /// Whether it supplies what a case needs.
    fn supplies(&self, need: &Need) -> bool;

    /// The one existing project that a run may look at and must not change; none for projects of its
    /// own.
    fn read_only_project(&self) -> Option<&str> {
        None
    }

    /// How long the job of `re_encrypt` is awaited.
    fn job_wait(&self) -> Duration;

    /// The timer that measures its rate limits.
    fn timer(&self) -> &dyn Timer;

    /// A fresh server of the same kind with these limits, against which waiting takes no time; none
    /// where there is no such thing.
    fn another(&self, limits: Limits) -> BoxFuture<'_, Option<std::io::Result<Box<dyn Server>>>>;

    /// A server of the same kind that keeps what it answers, to be killed in place of this one; none where this one is
    /// meant.
    fn restartable(&self) -> BoxFuture<'_, Option<std::io::Result<Box<dyn Server>>>> {
        Box::pin(std::future::ready(None))
    }

    /// Kills the server without warning and starts it again, whatever is open. The error says in words what went wrong.
    fn restart(&self) -> BoxFuture<'_, Result<(), String>> {
        Box::pin(std::future::ready(Err("nobody has said how to restart it".to_owned())))
    }
}

/// Whether a fresh server enforces rate limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limits {
    /// As the live API does.
    Live,
    /// Not at all.
    Off,
}

/// Bearer tokens of the organization.
#[derive(Clone, Default)]
pub struct Tokens {
    /// Every ability.
    pub full: String,
    /// Reads, but not `key:retrieve`.
    pub read_only: Option<String>,
    /// `key:retrieve` only.
    pub key_retrieve: Option<String>,
    /// `key:rotate` only.
    pub key_rotate: Option<String>,
    /// Every ability, but expired.
    pub expired: Option<String>,
}

/// A place and the token that opens it: an organization's ULID, or a URL.
#[derive(Clone)]
pub struct Access {
    /// The ULID or the URL.
    pub place: String,
    /// The bearer.
    pub token: String,
}
