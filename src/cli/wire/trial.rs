//! One mutation, or several together, and what the suite makes of it.

use std::collections::BTreeSet;

use super::class::Class;
use super::fate::Fate;
use super::mutation::Mutation;
use super::recording::start;
use super::survey::Survey;
use crate::harness::{Conclusion, Outcome, Verdict};
use crate::mock::Row;
use crate::suite::server::selftest::{Common, run_until};

/// Runs the cases that can see a mutation against a mock that has it, those first that most often do, up to the first that
/// settles what becomes of it. `is_harmless`: it is known that none fails.
///
/// # Errors
/// The mock does not start, or the suite that is compiled in is broken.
pub async fn attempt(
    mutation: &Mutation,
    class: Class,
    is_harmless: bool,
    survey: &Survey,
    common: &Common,
) -> Result<Fate, String> {
    let settles = |verdict| match class {
        Class::Must | Class::Client => verdict == Verdict::Fail,
        Class::Docs if is_harmless => matches!(verdict, Verdict::Fail | Verdict::Warn),
        Class::Docs | Class::Free => matches!(verdict, Verdict::Fail | Verdict::HarnessError),
    };
    let settles = |outcome: &Outcome| settles(outcome.verdict);
    let is_soon = matches!(class, Class::Must | Class::Client) || is_harmless;
    let first = survey.first_cases(mutation);
    if is_soon && !first.is_empty() {
        let ended = run(&mutation.id, mutation.rows.clone(), &first, common, settles).await?;
        if ended.outcomes.iter().any(settles) {
            return Ok(Fate::of(&ended));
        }
    }
    let cases = survey.cases(mutation);
    let ended = run(&mutation.id, mutation.rows.clone(), &cases, common, settles).await?;
    Ok(Fate::of(&ended))
}

/// Runs the cases that can see any of these mutations against a mock that has all of them.
///
/// # Errors
/// As [`attempt`].
pub async fn attempt_together(
    mutations: &[&Mutation],
    survey: &Survey,
    common: &Common,
) -> Result<Fate, String> {
    let id = mutations.first().map(|mutation| &*mutation.id).unwrap_or_default();
    let rows = mutations.iter().flat_map(|mutation| mutation.rows.clone()).collect();
    let cases = mutations.iter().flat_map(|mutation| survey.cases(mutation)).collect();
    let settles = |outcome: &Outcome| outcome.verdict == Verdict::Fail;
    let ended = run(id, rows, &cases, common, settles).await?;
    // What one of them stops cannot show what another one is.
    let stuck = ended.outcomes.iter().find(|outcome| outcome.verdict == Verdict::CouldNotRun);
    Ok(match (Fate::of(&ended), stuck) {
        (Fate::Warned(..), Some(outcome)) => Fate::Stuck(outcome.id, String::new()),
        (fate, _) => fate,
    })
}

async fn run(
    id: &str,
    rows: Vec<Row>,
    cases: &BTreeSet<&'static str>,
    common: &Common,
    settles: impl Fn(&Outcome) -> bool + Send + Sync,
) -> Result<Conclusion, String> {
    let server = start(id, rows).await?;
    let cases: Vec<&str> = cases.iter().copied().collect();
    run_until(server, &common.apart(), &cases, None, settles).await
}
