//! SIGHUP: the end of the terminal that the mock was started from; where there is none, the wish that the
//! fixture is read again.

use std::path::Path;

use super::fixture;
use super::settings::Settings;
use crate::cli::signal::listen;
use crate::cli::{Trouble, output};
use crate::mock::MockServer;
use crate::system::signal::{Listener, Signal, has_terminal, ignores_hang_up};

/// What a hang-up is to the mock.
pub(super) struct HangUp {
    /// None if SIGHUP is ignored, so that the mock outlives its terminal.
    signal: Option<Listener>,
    has_terminal: bool,
}

impl HangUp {
    /// Listens from now on.
    pub(super) fn listen() -> Result<Self, Trouble> {
        // A handler would undo what `nohup` did.
        let signal = if ignores_hang_up() { None } else { Some(listen(Signal::HangUp)?) };
        Ok(Self {
            signal,
            // Once the terminal is closed it cannot be opened any more.
            has_terminal: has_terminal(),
        })
    }

    /// Whether it reads a fixture again.
    pub(super) fn reloads(&self, settings: &Settings) -> bool {
        self.signal.is_some() && !self.has_terminal && settings.data.is_none()
    }

    /// Returns when the terminal is closed. Does until then what the signal asks for.
    pub(super) async fn attend(self, mock: &MockServer, settings: &Settings) {
        let Some(mut signal) = self.signal else {
            return std::future::pending().await;
        };
        loop {
            signal.next().await;
            if self.has_terminal {
                return;
            }
            match (&settings.data, &settings.fixture) {
                (Some(data), _) => output::note(&format!(
                    "SIGHUP: nothing has changed, for no fixture replaces what is in {}",
                    data.display()
                )),
                (None, Some(file)) => reload(mock, file).await,
                (None, None) => output::note("SIGHUP: there is no fixture file to read again"),
            }
        }
    }
}

/// Reads the fixture again. What is wrong with it changes nothing.
async fn reload(mock: &MockServer, file: &Path) {
    match fixture::read(file) {
        Ok(fixture) => match mock.reload(&fixture).await {
            Ok(()) => output::note(&format!("{} was read again", file.display())),
            Err(error) => output::warn(&format!("nothing has changed: {error}")),
        },
        Err(trouble) => {
            trouble.of_whom("warning: nothing has changed").report();
        }
    }
}
