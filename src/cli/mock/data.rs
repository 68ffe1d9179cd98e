//! Warnings about the data file: who can read it, and whether it can be written.

use std::path::Path;

use crate::cli::output;
use crate::mock::{DataWatch, MockServer};
use crate::system;

/// Tells from now on.
pub(super) fn follow(mock: &MockServer, file: &Path) {
    let name = file.display().to_string();
    if std::fs::metadata(file).is_ok_and(|file| system::file::is_open_to_others(&file)) {
        output::warn(&format!("others can read the keys and tokens in {name}: chmod 600 {name}"));
    }
    if let Some(watch) = mock.data() {
        tokio::spawn(tell(watch, name));
    }
}

async fn tell(mut watch: DataWatch, name: String) {
    while let Some(news) = watch.next().await {
        match news {
            Ok(()) => {
                output::note(&format!("{name} is written again, and nothing is missing in it"))
            }
            Err(why) => output::warn(&format!(
                "{name} cannot be written: {why}; until it can, nothing is changed, and nothing is shown \
                 that is not in it"
            )),
        }
    }
}
