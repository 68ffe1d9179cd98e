//! `keyproof selftest`: the proof that the suites can fail, and that they accuse nobody who is right.

use std::num::NonZero;
use std::path::PathBuf;

use futures::future::FutureExt as _;
use futures::stream::{self, StreamExt as _};
use tokio::sync::Semaphore;

use super::signal::first_signal;
use super::{Trouble, output, selection};
use crate::harness::Exit;
use crate::harness::selftest::{Expectation, Matrix, Trial, unbroken};
use crate::suite::sdk;
use crate::suite::sdk::selftest::Subject;

/// Runs the cases of `keyproof sdk` against the reference adapter with each of its bugs and each of
/// its variants: each bug must be caught, by the case that names it and for its reason, no variant
/// may be accused, and each case must be failed by a bug.
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
    let keyproof = super::keyproof()?;
    super::runtime()?.block_on(attempt(&chosen, chosen.len() == subjects.len(), keyproof))
}

/// Draws each row as soon as it, and each one above it, is known.
async fn attempt(subjects: &[Subject], is_all: bool, keyproof: PathBuf) -> Result<Exit, Trouble> {
    let catalogue = sdk::catalogue().map_err(Trouble::unreachable)?;
    let cases = sdk::cases().map_err(Trouble::unreachable)?;
    let ids: Vec<String> = subjects.iter().map(|subject| subject.id()).collect();
    let matrix = Matrix::new(&catalogue, ids.iter().map(String::as_str));
    output::answer(
        format!(
            "keyproof selftest: {} adapters, against {} cases of {} requirements\n\n{}",
            subjects.len(),
            cases.len(),
            catalogue.iter().count(),
            matrix.head()
        )
        .as_bytes(),
    )?;
    let stop = first_signal()?.shared();
    // One more than there are processors: some wait for an adapter that hangs.
    let width = std::thread::available_parallelism().map_or(1, NonZero::get) + 1;
    let places = Semaphore::new(width);
    // Those behind a slow one go on, though its row is drawn before theirs.
    let mut running = stream::iter(subjects)
        .map(|subject| async {
            let _place = places.acquire().await;
            subject.attempt(keyproof.clone(), stop.clone()).await
        })
        .buffered(subjects.len().max(1));
    let mut trials: Vec<Trial> = Vec::new();
    while let Some(trial) = running.next().await {
        if stop.peek().is_some() {
            break;
        }
        let trial = trial.map_err(Trouble::unreachable)?;
        output::answer(matrix.row(&trial).as_bytes())?;
        trials.push(trial);
    }
    let (text, exit) = conclude(&trials, subjects.len(), is_all.then_some(cases.len()));
    output::answer(text.as_bytes())?;
    Ok(exit)
}

/// What the trials prove, and what not. `cases` are those that all bugs together have to fail.
fn conclude(trials: &[Trial], planned: usize, cases: Option<usize>) -> (String, Exit) {
    let mut text = String::from("\n");
    let complaints: Vec<String> = trials.iter().filter_map(Trial::complaint).collect();
    for complaint in &complaints {
        text.push_str(&format!("{complaint}\n\n"));
    }
    let is_complete = trials.len() == planned;
    let unbroken = match cases {
        Some(_) if is_complete => unbroken(trials),
        _ => Vec::new(),
    };
    for case in &unbroken {
        text.push_str(&format!("{case} is failed by no bug\n"));
    }
    let (wrong, right): (Vec<&Trial>, Vec<&Trial>) = trials
        .iter()
        .partition(|trial| matches!(trial.expectation, Expectation::Caught(_)));
    let held = |trials: &[&Trial]| {
        let held = trials.iter().filter(|trial| trial.finding().is_right());
        held.count()
    };
    let mut lines = Vec::new();
    if !right.is_empty() {
        let held = held(&right);
        lines.push(format!("{held} of {} right adapters pass", right.len()));
    }
    if !wrong.is_empty() {
        let caught = held(&wrong);
        lines.push(format!(
            "{caught} of {} bugs are caught by the case that names them",
            wrong.len()
        ));
    }
    if let Some(cases) = cases.filter(|_| is_complete) {
        let failed = cases - unbroken.len();
        lines.push(format!("{failed} of {cases} cases are failed by a bug"));
    }
    let (headline, exit) = if !complaints.is_empty() || !unbroken.is_empty() {
        ("the suite is not proved", Exit::Failed)
    } else if !is_complete {
        ("stopped", Exit::Incomplete)
    } else {
        ("the suite is proved", Exit::Held)
    };
    text.push_str(&format!("{headline}: {}\n", lines.join(", ")));
    (text, exit)
}
