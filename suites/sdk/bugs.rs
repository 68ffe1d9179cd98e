//! Each bug of the reference adapter is caught, by the case that claims to and for its reason. That
//! the same cases pass without a bug is what the trials beside these show.

use keyproof::adapter::reference::Bug;
use keyproof::harness::{Detail, Exit, Verdict};
use keyproof::suite::sdk::{catch, provoking};
use libtest_mimic::{Failed, Trial};

use super::bench::{keyproof, run};

pub(crate) fn trials() -> Vec<Trial> {
    let bugs = Bug::all().into_iter();
    bugs.map(|bug| Trial::test(format!("caught/{bug}"), move || caught(bug)))
        .collect()
}

fn caught(bug: Bug) -> Result<(), Failed> {
    let catch = catch(bug).ok_or("no case claims to catch it")?;
    let mut globs = vec![catch.cases.clone()];
    globs.extend(provoking(&catch).map(str::to_owned));
    let command = ["adapter", "--bug", &bug.to_string()].map(str::to_owned);
    let ran = run(
        [vec![keyproof().to_owned()], command.into()].concat(),
        &globs,
    );
    let found = ran.conclusion.outcomes.iter().find(|outcome| {
        let told = matches!(&outcome.detail, Some(Detail::Mismatch(mismatch)) if mismatch.what == catch.what);
        outcome.verdict == catch.verdict && told
    });
    if found.is_none() {
        let others: Vec<String> = ran
            .conclusion
            .outcomes
            .iter()
            .filter(|outcome| outcome.verdict != Verdict::Pass)
            .map(|outcome| ran.explain(outcome))
            .collect();
        return Err(format!("wanted {catch:?}\n{}", others.join("\n")).into());
    }
    let wanted = match catch.verdict {
        Verdict::Fail => Exit::Failed,
        _ => Exit::Held,
    };
    assert_eq!(ran.conclusion.exit(), wanted);
    Ok(())
}
