//! What is told of the data file: who can read it, and whether it can be written.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use rustix::process::Signal;
use tokio::signal::unix::{SignalKind, signal};

use crate::cli::output;
use crate::mock::{DataWatch, MockServer};

/// A file that would grow beyond the limit of the process ends it, unless somebody listens: it is to be told
/// as a full disk is.
pub(super) fn outlive_the_limit() {
    // Where that cannot be, a limit ends the mock as a kill does, which takes nothing back.
    let _ = signal(SignalKind::from_raw(Signal::XFSZ.as_raw()));
}

/// Tells from now on.
pub(super) fn follow(mock: &MockServer, file: &Path) {
    let name = file.display().to_string();
    let mode = std::fs::metadata(file).map(|file| file.permissions().mode());
    if mode.is_ok_and(|mode| mode & 0o077 != 0) {
        output::warn(&format!(
            "others can read the keys and tokens in {name}: chmod 600 {name}"
        ));
    }
    if let Some(watch) = mock.data() {
        tokio::spawn(tell(watch, name));
    }
}

async fn tell(mut watch: DataWatch, name: String) {
    while let Some(news) = watch.next().await {
        match news {
            Ok(()) => output::note(&format!(
                "{name} is written again, and nothing is missing in it"
            )),
            Err(why) => output::warn(&format!(
                "{name} cannot be written: {why}; until it can, nothing is changed, and nothing is shown \
                 that is not in it"
            )),
        }
    }
}
