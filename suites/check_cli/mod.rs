//! `keyproof check`, `mock` and `requirements` as users meet them: the real process, what it
//! prints, and every exit code from a real cause.

mod config;
mod environment;
mod exits;
mod expectations;
mod explore;
mod files;
mod last_failed;
mod options;
mod reports;
mod secrets;
mod selftest;
mod signals;
mod urls;

use crate::support::Trial;

pub(crate) fn trials() -> Vec<Trial> {
    [
        exits::trials(),
        options::trials(),
        urls::trials(),
        signals::trials(),
        expectations::trials(),
        explore::trials(),
        last_failed::trials(),
        config::trials(),
        environment::trials(),
        reports::trials(),
        selftest::trials(),
        files::trials(),
        secrets::trials(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
