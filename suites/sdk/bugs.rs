//! Each bug of the reference adapter is caught, by the case that claims to and for its reason. That
//! the same cases pass without a bug is what the trials beside these show.

use keyproof::adapter::reference::Bug;
use keyproof::harness::Verdict;
use keyproof::harness::selftest::{Expectation, Trial};
use keyproof::suite::sdk::{catch, claiming};
use libtest_mimic::Failed;

use super::bench::{keyproof, run};

pub(crate) fn trials() -> Vec<libtest_mimic::Trial> {
    let bugs = Bug::all().into_iter();
    bugs.map(|bug| libtest_mimic::Trial::test(format!("caught/{bug}"), move || caught(bug)))
        .collect()
}

fn caught(bug: Bug) -> Result<(), Failed> {
    let catch = catch(bug).ok_or("no case claims to catch it")?;
    let command = ["adapter", "--bug", &bug.to_string()].map(str::to_owned);
    let ran = run(
        [vec![keyproof().to_owned()], command.into()].concat(),
        &claiming(&catch),
    );
    let trial = Trial {
        id: bug.to_string(),
        expectation: Expectation::Caught(catch),
        conclusion: ran.conclusion.clone(),
    };
    let Some(complaint) = trial.complaint() else {
        return Ok(());
    };
    let outcomes = ran.conclusion.outcomes.iter();
    let others: Vec<String> = outcomes
        .filter(|outcome| outcome.verdict != Verdict::Pass)
        .map(|outcome| ran.explain(outcome))
        .collect();
    Err(format!("{complaint}\n{}", others.join("\n")).into())
}
