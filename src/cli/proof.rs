//! Stub to be replaced.
use super::Trouble;
use crate::harness::Exit;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {}

pub(super) fn run(_: Arguments) -> Result<Exit, Trouble> {
    Err(Trouble::unreachable("not yet"))
}
