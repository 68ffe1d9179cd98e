//! Whether the suite can fail: the whole of it, against a server of which it is known what is wrong.

use std::future::Future;
use std::sync::Arc;

use super::cases::all;
use super::catalogue::catalogue;
use super::key::Keys;
use super::suite::ServerSuite;
use super::wire::{Server, Terms};
use crate::harness::selftest::{Expectation, Trial};
use crate::harness::{self, Options, Redactor, Selection};

/// Cases that run side by side in one trial.
const SIDE_BY_SIDE: usize = 8;

/// What the trials of one proof have in common: the client keys, which take long to derive, and the redactor
/// that knows their passphrases.
pub struct Common {
    keys: Arc<Keys>,
    redactor: Redactor,
}

impl Default for Common {
    fn default() -> Self {
        Self { keys: Arc::default(), redactor: Redactor::new(&[]) }
    }
}

/// Runs every case against `server`, until `stop` is ready.
///
/// # Errors
/// The suite that is compiled in is broken.
pub async fn attempt(
    id: String,
    expectation: Expectation,
    server: Arc<dyn Server>,
    common: &Common,
    stop: impl Future<Output = ()> + Send,
) -> Result<Trial, String> {
    let (cases, catalogue) = (all(), catalogue()?);
    let selected = Selection::default().apply(&cases);
    let selected = selected.map_err(|error| error.to_string())?;
    let options = Options { concurrency: SIDE_BY_SIDE, ..Options::default() };
    let keys = Arc::clone(&common.keys);
    let suite = ServerSuite::with_keys(server, &Terms::unbounded(), &common.redactor, keys)?;
    let conclusion = harness::run(&suite, &cases, &selected, &catalogue, options, stop).await;
    // The server is gone with the trial: there is nothing to tidy up.
    Ok(Trial { id, expectation, conclusion })
}
