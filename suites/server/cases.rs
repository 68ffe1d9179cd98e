//! The cases of `keyproof check`, one trial each; they run once, together, when the first trial is.

use std::sync::{Arc, OnceLock};

use keyproof::harness::{Detail, Outcome, Verdict};
use keyproof::suite::server;
use libtest_mimic::{Completion, Failed};

use super::aim::Aim;
use crate::support::Trial;
use crate::support::bench::{Bench, Ran, runtime};

/// The ids of all cases.
pub(crate) fn all_ids() -> Vec<&'static str> {
    server::cases().iter().map(|case| case.id).collect()
}

/// A run that happens when it is first asked for.
struct Run {
    aim: Aim,
    ids: Vec<&'static str>,
    ran: OnceLock<Result<Ran, String>>,
}

impl Run {
    fn get(&self) -> Result<&Ran, Failed> {
        let ran = self.ran.get_or_init(|| {
            runtime().block_on(async {
                let target = self.aim.take().await;
                let (target, name, budget, side_by_side) =
                    target.map_err(|error| format!("the target did not start: {error}"))?;
                let bench = Bench::new(target, name, budget);
                Ok(bench.run_once(&self.ids, side_by_side).await)
            })
        });
        ran.as_ref().map_err(Failed::from)
    }
}

/// One trial a case. Cases that are not wanted are not run.
pub(crate) fn trials(is_wanted: impl Fn(&str) -> bool, aim: &Aim) -> Vec<Trial> {
    let run = Arc::new(Run {
        aim: aim.clone(),
        ids: all_ids().into_iter().filter(|id| is_wanted(id)).collect(),
        ran: OnceLock::new(),
    });
    let trial = |id: &'static str| {
        let run = Arc::clone(&run);
        Trial::ignorable_test(id, move || {
            let ran = run.get()?;
            judge(ran, ran.outcome(id), &run.aim)
        })
    };
    let mut trials: Vec<Trial> = all_ids().into_iter().map(trial).collect();
    let run = Arc::clone(&run);
    trials.push(Trial::test("run/what_was_made_is_deleted", move || {
        if run.ids.is_empty() {
            return Ok(());
        }
        let ran = run.get()?;
        assert_eq!(ran.left, Vec::<String>::new());
        assert_eq!(ran.conclusion.troubles, Vec::<String>::new());
        Ok(())
    }));
    trials
}

fn judge(ran: &Ran, outcome: &Outcome, aim: &Aim) -> Result<Completion, Failed> {
    let is_elsewhere = matches!(aim, Aim::Elsewhere(_));
    match outcome.verdict {
        Verdict::Pass => Ok(Completion::Completed),
        Verdict::NotObservable if is_elsewhere => {
            let needs = outcome.unmet().iter();
            let needs: Vec<_> =
                needs.map(|need| format!("{}: {}", need.name, need.supply)).collect();
            Ok(Completion::ignored_with(format!("not observable here, {}", needs.join("; "))))
        }
        Verdict::NotApplicable if is_elsewhere => {
            Ok(Completion::ignored_with(match &outcome.detail {
                Some(Detail::Mismatch(mismatch)) => {
                    format!("this server chose otherwise: {}", mismatch.what)
                }
                _ => "this server chose otherwise".to_owned(),
            }))
        }
        // A `should` that is not met is no failure of the server, and is reported like a `may`.
        Verdict::Warn if is_elsewhere => Ok(Completion::ignored_with(ran.explain(outcome))),
        _ => Err(ran.explain(outcome).into()),
    }
}
