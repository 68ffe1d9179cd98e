//! `keyproof selftest`: the proof that the suites can fail, and that they fail no target that is right.

mod proof;
mod subject;
mod wire;

use futures::future::FutureExt as _;

use self::proof::Proof;
use self::subject::{Bench, Subject};
use self::wire::{Sample, Wire};
use super::signal::first_signal;
use super::{Trouble, selection};
use crate::harness::Exit;

/// Runs the cases of `keyproof sdk`, with and without `--client`, against the reference adapter with each of
/// its bugs, and those of `keyproof check` against the mock with each of its defects: each must be caught, by the case that
/// names it and for its reason. No variant of either may be accused, and no case may go without a
/// mistake that fails it.
///
/// `--run 'wire/**'` makes mutations of the mock's answers and effects by machine, and runs the cases that can see each.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    selection: selection::SelectionArguments,
    /// Of the mutations that --run 'wire/**' selects, tries N only, drawn at random or by a seed
    #[arg(long, value_name = "N[:SEED]")]
    sample: Option<Sample>,
}

/// What the ids of mutations begin with. There are thousands: they are made where a pattern asks for them.
const WIRE: &str = "wire/";

pub(super) fn run(arguments: &Arguments) -> Result<Exit, Trouble> {
    let subjects = Subject::all();
    let bench = Bench::new(super::process::binary()?);
    super::process::runtime()?.block_on(async {
        let stop = first_signal()?.shared();
        let asks = arguments.selection.run.iter().any(|pattern| pattern.starts_with(WIRE));
        let wire = if asks { Some(Wire::prepare().await?) } else { None };
        let ids: Vec<String> = subjects.iter().map(|subject| subject.id()).collect();
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        let ids: Vec<&str> = ids.into_iter().chain(wire.iter().flat_map(Wire::ids)).collect();
        let Some(selected) = arguments.selection.among(&ids)? else {
            return Ok(Exit::Held);
        };
        let positions: Vec<usize> = (0..ids.len()).collect();
        let positions = selected.of(&positions);
        let first = subjects.len();
        let (chosen, mutations): (Vec<usize>, Vec<usize>) =
            positions.into_iter().partition(|at| *at < first);
        let chosen: Vec<Subject> = chosen.into_iter().map(|at| subjects[at]).collect();
        let mut exit = Exit::Held;
        if let Some(wire) = wire.filter(|_| !mutations.is_empty()) {
            let mutations: Vec<usize> = mutations.into_iter().map(|at| at - first).collect();
            exit = exit.or_worse(wire.attempt(&mutations, arguments.sample, stop.clone()).await?);
        }
        for proof in Proof::all(&chosen).map_err(Trouble::unreachable)? {
            if !proof.is_empty() && stop.peek().is_none() {
                exit = exit.or_worse(proof.attempt(&bench, stop.clone()).await?);
            }
        }
        Ok(exit)
    })
}
