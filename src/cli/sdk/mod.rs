//! `keyproof sdk`: holds an implementation to the contract, through an adapter.

mod arguments;
mod browser;
mod client;
mod conclusion;
mod crypto;
mod disagreements;
mod doctor;
mod init;
mod launch;
mod peer;
mod rerun;
mod snapshots;

pub(super) use self::arguments::Arguments;

use super::Trouble;
use super::report::refuse_shared;
use crate::harness::Exit;

pub(super) fn run(arguments: &Arguments) -> Result<Exit, Trouble> {
    refuse_shared(&arguments.suite.report)?;
    if let Some(language) = arguments.init {
        init::run(language)
    } else if arguments.doctor && !arguments.command.is_empty() {
        doctor::run(arguments)
    } else if arguments.client {
        client::run(arguments)
    } else {
        crypto::run(arguments)
    }
}
