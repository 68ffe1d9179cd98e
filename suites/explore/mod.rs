//! `check --explore`: a server that is right is not accused, and what failed can be repeated without a secret in it.

use std::sync::Arc;

use keyproof::cli::server::{Embedded, Settings};
use keyproof::crypto::Iterations;
use keyproof::harness::Redactor;
use keyproof::mock::Defect;
use keyproof::suite::server::{self, Ended, Explored, Server as _, ServerSuite, Terms};
use libtest_mimic::Failed;

use crate::support::Trial;
use crate::support::bench::runtime;

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        Trial::test("nothing_is_found_in_a_right_mock", nothing_is_found),
        Trial::test("a_write_that_takes_any_proof_is_found", any_proof_is_found),
    ]
}

/// The server is there for as long as what it gives is.
async fn explored(
    seed: u64,
    defects: Vec<Defect>,
    steps: u32,
) -> Result<(Explored, Arc<Embedded>), Failed> {
    let settings =
        Settings { seed, defects, iterations: Some(Iterations::ONE), ..Settings::default() };
    let target = Arc::new(Embedded::start(settings).await?);
    let redactor = Redactor::new(server::WITHHELD_MEMBERS);
    let suite = ServerSuite::new(target.clone(), &Terms::unbounded(), &redactor)?;
    Ok((suite.explore(seed, steps).await, target))
}

fn nothing_is_found() -> Result<(), Failed> {
    let (explored, _) = runtime().block_on(explored(1, Vec::new(), 400))?;
    assert!(matches!(explored.ended, Ended::Complete), "{:?}", explored.ended);
    assert_eq!((explored.steps, explored.questionable), (400, 0));
    Ok(())
}

fn any_proof_is_found() -> Result<(), Failed> {
    let defects = vec![Defect::StoreAcceptsAnyProof];
    let (explored, target) = runtime().block_on(explored(1, defects, 300))?;
    let Ended::Failed(failure) = explored.ended else {
        return Err(format!("{:?}", explored.ended).into());
    };
    assert_eq!(failure.steps.len(), 1, "{:?}: {}", failure.steps, failure.sentence);
    assert!(!failure.script.contains(&target.tokens().full), "{}", failure.script);
    Ok(())
}
