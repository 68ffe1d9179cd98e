//! `keyproof check`: holds a server to the contract.

mod aim;
mod arguments;
mod connection;
mod explore;
mod journal;
mod outline;
mod staging;

use std::sync::Arc;

use futures::FutureExt as _;

pub(super) use self::arguments::Arguments;

use self::aim::{Aim, aim};
use self::outline::OutlineFile;
use self::staging::{RunRecord, stopped};
use super::cleanup::{Cleanup, Urgency};
use super::judging::{Judging, Plan, RunTarget};
use super::report::refuse_shared;
use super::signal::first_signal_to_tidy_up;
use super::{Trouble, output, process};
use crate::harness::report::{Trace, plural};
use crate::harness::{Conclusion, Ending, Exit, Progress, Redactor, Require, Silent};
use crate::suite::server::{self, Context, Forgotten, Repeats, ServerSuite};

pub(super) fn run(arguments: &Arguments) -> Result<Exit, Trouble> {
    refuse_shared(&arguments.suite.report)?;
    let catalogue = server::catalogue().map_err(Trouble::unreachable)?;
    let last_run = || Ok(arguments.last_run(arguments.foreign()?.as_ref()));
    let suite = &arguments.suite;
    let quick = arguments.quick()?;
    let plan =
        suite.plan(server::cases(), catalogue, quick.as_deref(), last_run, server::together)?;
    let Some(mut plan) = plan else {
        return Ok(Exit::Held);
    };
    let foreign = arguments.foreign()?;
    arguments.refuse_misplaced(foreign.is_some())?;
    // A variant may take away what a case needs, and is right all the same.
    if foreign.is_none() && arguments.variant.is_empty() {
        plan.require = Require::All;
    }
    suite.refuse_unwritable()?;
    arguments.staging.refuse_unwritable()?;
    process::runtime()?.block_on(async {
        let redactor = output::redactor().withholding(server::WITHHELD_MEMBERS);
        let aim = aim(arguments, foreign, &redactor).await?;
        if let Some(steps) = arguments.explore {
            return explore::explore(arguments, steps, &aim, &redactor).await;
        }
        judge(arguments, &plan, aim, &redactor).await
    })
}

async fn judge(
    arguments: &Arguments,
    plan: &Plan<Context>,
    aim: Aim,
    redactor: &Redactor,
) -> Result<Exit, Trouble> {
    for text in &aim.public {
        redactor.allow(text);
    }
    let suite = ServerSuite::new(Arc::clone(&aim.target), &aim.terms, redactor);
    let suite = suite.map_err(Trouble::unreachable)?;
    let outline_file = arguments.snapshots.as_deref().map(OutlineFile::open).transpose()?;
    let trace = arguments.trace.then(|| Arc::new(Trace::new(output::Stderr, redactor.clone())));
    if let Some(trace) = &trace {
        suite.watch(trace.clone());
    }
    let foreign = aim.foreign.as_deref();
    let cleanup = Cleanup {
        suite: suite.clone(),
        command: foreign.map(|foreign| arguments.staging.again(foreign)),
    };
    let last_words = cleanup.clone();
    let stop = first_signal_to_tidy_up(move || last_words.warn_of_leftovers())?.shared();
    if let Some(foreign) = foreign
        && arguments.staging.cleanup
    {
        let wait = arguments.connection.wait;
        return arguments.staging.clean_up(&suite, foreign, wait, stop).await;
    }
    let rerun = |id: &str| arguments.rerun(foreign, id);
    let judged = RunTarget { name: &aim.name, seed: arguments.seed(), redactor, rerun: &rerun };
    let record = match arrive(arguments, plan, &aim, &suite, stop.clone()).await? {
        Ok(record) => record,
        Err(turned_away) => {
            let judging = Judging::begin(plan, &arguments.suite, judged);
            return Ok(give_up(&judging, &cleanup, stop, turned_away).await);
        }
    };
    let judging = Judging::begin(plan, &arguments.suite, judged);
    let concurrency = if arguments.trace { 1 } else { aim.side_by_side };
    let progress = trace.as_deref().map(|trace| trace as &dyn Progress);
    let mut conclusion = judging.run(&suite, concurrency, progress, stop.clone()).await;
    let write = |conclusion: &Conclusion, edition| {
        let remarks = (suite.remark_on_clocks(), suite.forgotten());
        let coda = coda(suite.repeats(), remarks);
        let annex = if arguments.quick { server::sight(&suite, conclusion) } else { String::new() };
        judging.write(conclusion, (&coda, &annex), edition)
    };
    let urgency = Urgency::of(conclusion.ending);
    let cleaned_up = cleanup.finish(&mut conclusion, urgency, stop, write).await;
    if let Some(record) = record {
        record.end(&cleaned_up.leftovers);
    }
    let last_run = arguments.last_run(foreign);
    let exit = cleaned_up.exit.or_worse(judging.keep(&conclusion, &last_run));
    Ok(match outline_file {
        Some(file) => exit.or_worse(file.keep(&suite.outline())),
        None => exit,
    })
}

/// Why no case is run, and how the server is left.
type TurnedAway = (Trouble, Urgency);

/// Plans a run on somebody's server and makes the first contact with it. A mock of our own needs neither.
async fn arrive(
    arguments: &Arguments,
    plan: &Plan<Context>,
    aim: &Aim,
    suite: &ServerSuite,
    stop: impl Future<Output = ()>,
) -> Result<Result<Option<RunRecord>, TurnedAway>, Trouble> {
    let Some(foreign) = &aim.foreign else {
        return Ok(Ok(None));
    };
    let staging = &arguments.staging;
    let terms = (aim.terms.budget, aim.terms.allowance);
    staging.plan(suite, &plan.cases, &plan.selected, terms)?;
    Ok(tokio::select! {
        begun = staging.begin(suite, foreign, arguments.connection.wait) => begun.map(Some).map_err(|trouble| {
            let is_gone = trouble.exit == Exit::Unreachable;
            (trouble, if is_gone { Urgency::ServerGone } else { Urgency::Calm })
        }),
        () = stop => Err((stopped("the first case"), Urgency::Interrupted)),
    })
}

/// Says why no case had its turn, also in each report that was asked for: what reads them must not take an
/// older one for this run's.
async fn give_up(
    judging: &Judging<'_, Context>,
    cleanup: &Cleanup,
    stop: impl Future<Output = ()>,
    (trouble, urgency): TurnedAway,
) -> Exit {
    let at_once = std::future::ready(());
    let mut conclusion = judging.run(&cleanup.suite, 1, Some(&Silent), at_once).await;
    conclusion.shortfall = Some(trouble.message());
    if trouble.exit == Exit::Unreachable {
        conclusion.ending = Ending::Unreachable;
    }
    let exit = trouble.report();
    let write = |conclusion: &Conclusion, edition| judging.write_only(conclusion, edition);
    let cleaned_up = cleanup.finish(&mut conclusion, urgency, stop, write).await;
    exit.or_worse(cleaned_up.exit)
}

/// The end of the verdict line: it always says that requests were sent again, that the server's clocks differ, and that
/// answers forgot others.
fn coda(repeats: Repeats, (of_clocks, forgotten): (Option<String>, Forgotten)) -> String {
    let counts = [
        (repeats.unanswered, "without an answer"),
        (repeats.gateway, "after a gateway's error"),
        (repeats.throttled, "after a 429"),
    ];
    let parts: Vec<String> = counts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, why)| format!("{count} {why}"))
        .collect();
    let again = (!parts.is_empty()).then(|| format!("sent again: {}", parts.join(", ")));
    let answers = |count: u32| (count > 0).then(|| plural(count as usize, "answer"));
    let projects = answers(forgotten.projects).map(|answers| {
        format!(
            "{answers} did not know a project that the run had made: does the address lead to several servers that \
             share nothing, or to one that forgets?"
        )
    });
    let keys = answers(forgotten.keys).map(|answers| {
        format!(
            "{answers} told an older key than one before: does a cache or a replica stand before the server?"
        )
    });
    let parts = [again, of_clocks, projects, keys];
    parts.into_iter().flatten().map(|part| format!("; {part}")).collect()
}
