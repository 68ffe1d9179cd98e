//! `keyproof selftest`: the proof that the suites can fail, and that they fail no target that is right.

mod proof;
mod subject;

use futures::future::FutureExt as _;

use self::proof::Proof;
use self::subject::{Bench, Subject};
use super::signal::first_signal;
use super::{Trouble, selection};
use crate::harness::Exit;

/// Runs the cases of `keyproof sdk`, with and without `--client`, against the reference adapter with each of
/// its bugs, and those of `keyproof check` against the mock with each of its defects: each must be caught, by the case that
/// names it and for its reason. No variant of either may be accused, and no case may go without a
/// mistake that fails it.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    selection: selection::SelectionArguments,
}

pub(super) fn run(arguments: &Arguments) -> Result<Exit, Trouble> {
    let subjects = Subject::all();
    let ids: Vec<String> = subjects.iter().map(|subject| subject.id()).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let Some(selected) = arguments.selection.among(&ids)? else {
        return Ok(Exit::Held);
    };
    let chosen = selected.of(&subjects);
    let bench = Bench::new(super::process::binary()?);
    super::process::runtime()?.block_on(async {
        let stop = first_signal()?.shared();
        let mut exit = Exit::Held;
        for proof in Proof::all(&chosen).map_err(Trouble::unreachable)? {
            if !proof.is_empty() && stop.peek().is_none() {
                exit = exit.or_worse(proof.attempt(&bench, stop.clone()).await?);
            }
        }
        Ok(exit)
    })
}
