//! `keyproof check --explore`: random sequences of requests instead of the cases.

use std::sync::Arc;

use futures::FutureExt as _;

use super::aim::Aim;
use super::arguments::Arguments;
use super::staging::stopped;
use crate::cli::cleanup::Cleanup;
use crate::cli::server::Foreign;
use crate::cli::signal::first_signal_to_tidy_up;
use crate::cli::{Trouble, output};
use crate::harness::report::{Trace, plural};
use crate::harness::{Exit, Redactor, Stop};
use crate::suite::server::{Ended, Explored, Failure, Server as _, ServerSuite};

/// Steps on a mock of our own, unless others are asked for. On a server by URL the budget is the bound.
const STEPS: u32 = 2000;

/// Explores the server, deletes what it has made, and says what was found.
pub(super) async fn explore(
    arguments: &Arguments,
    steps: Option<u32>,
    aim: &Aim,
    redactor: &Redactor,
) -> Result<Exit, Trouble> {
    for text in &aim.public {
        redactor.allow(text);
    }
    let suite = ServerSuite::new(Arc::clone(&aim.target), &aim.terms, redactor);
    let suite = suite.map_err(Trouble::unreachable)?;
    if arguments.trace {
        suite.watch(Arc::new(Trace::new(output::Stderr, redactor.clone())));
    }
    let foreign = aim.foreign.as_deref();
    let cleanup = Cleanup {
        suite: suite.clone(),
        command: foreign.map(|foreign| arguments.staging.again(foreign)),
    };
    let last_words = cleanup.clone();
    let stop = first_signal_to_tidy_up(move || last_words.warn_of_leftovers())?.shared();
    let record = match foreign {
        None => None,
        Some(foreign) => {
            let budget = aim.terms.budget;
            output::note(&format!("explores with a budget of {budget}"));
            let wait = arguments.connection.wait;
            tokio::select! {
                begun = arguments.staging.begin(&suite, foreign, wait) => Some(begun?),
                () = stop.clone() => return Err(stopped("the first sequence")),
            }
        }
    };
    let seed = match arguments.seed {
        Some(seed) => seed,
        None => u64::from(getrandom::u32().map_err(|_| {
            Trouble::unreachable("the operating system gave no random bytes: give --seed N")
        })?),
    };
    output::note(&format!("seed {seed}: --seed {seed} draws the same sequences again"));
    let steps = steps.unwrap_or(if foreign.is_some() { u32::MAX } else { STEPS });
    let explored = tokio::select! {
        explored = suite.explore(seed, steps) => Some(explored),
        () = stop => None,
    };
    let left = match &explored {
        Some(_) => suite.tidy_up().await,
        None => suite.tidy_up_at_once().await,
    };
    cleanup.warn_of_leftovers();
    let is_left = !left.is_empty() && foreign.is_some();
    if let Some(record) = record {
        record.end(&left);
    }
    let Some(explored) = explored else {
        return Err(stopped("every sequence was tried"));
    };
    let exit = tell(&explored, &Again::of(arguments, foreign, seed))?;
    Ok(if is_left { exit.or_worse(Exit::Incomplete) } else { exit })
}

/// The command that draws the same sequences, and what has to be there for the lines of one to run.
struct Again {
    command: String,
    around: String,
}

impl Again {
    fn of(arguments: &Arguments, foreign: Option<&Foreign>, seed: u64) -> Self {
        let options = arguments.mock_options();
        let Some(foreign) = foreign else {
            return Self {
                command: format!("keyproof check{options} --explore --seed {seed}"),
                around: format!(
                    "# from a file, on a mock like the one that is gone now: keyproof mock exec{options} -- sh FILE\n"
                ),
            };
        };
        let (url, organization) = (foreign.url(), foreign.organization());
        let wanted = format!(" --url {url} --org {organization}");
        Self {
            command: format!("keyproof check{wanted}{options} --explore --seed {seed}"),
            around: format!(
                "# with KEYPROOF_TOKEN in the environment\n\
                 KEYPROOF_URL={url}\nKEYPROOF_ORG={organization}\n"
            ),
        }
    }
}

fn tell(explored: &Explored, again: &Again) -> Result<Exit, Trouble> {
    let count = |number: u32, word| plural(number as usize, word);
    let mut text = format!(
        "explored {} on {} with {}",
        count(explored.steps, "step"),
        count(explored.projects, "project"),
        count(explored.requests, "request"),
    );
    let exit = match &explored.ended {
        Ended::Complete => {
            text.push_str(": an order explains every answer\n");
            Exit::Held
        }
        Ended::Spent => {
            text.push_str(", all of the budget: an order explains every answer\n");
            Exit::Held
        }
        Ended::Stopped(stop) => {
            text.push_str(&format!(
                ": an order explains every answer so far, and then it could not go on: {stop}\n"
            ));
            let gone = matches!(stop, Stop::Unreachable(_) | Stop::Harness(_));
            if gone { Exit::Unreachable } else { Exit::Incomplete }
        }
        Ended::Failed(failure) => {
            let shortening = count(explored.shortening, "request");
            text.push_str(&format!(", and made the sequence shorter with {shortening} more\n\n"));
            text.push_str(&failed(failure, again));
            Exit::Failed
        }
    };
    let warnings = [
        (
            explored.questionable,
            "sequence",
            "something was read that went away, or a restore or a deletion did nothing, which only documentation promises",
        ),
        (
            explored.undecided,
            "sequence",
            "there were too many orders to try them all: it was given up",
        ),
        (
            explored.failing,
            "answer",
            "the status was 500 or more, which says nothing of what was done",
        ),
    ];
    for (number, word, what) in warnings {
        if number > 0 {
            text.push_str(&format!("warning: in {} {what}\n", count(number, word)));
        }
    }
    output::print(&text)?;
    Ok(exit)
}

fn failed(failure: &Failure, again: &Again) -> String {
    let steps = failure.steps.iter().enumerate();
    let steps: String = steps.map(|(place, step)| format!("  {}. {step}\n", place + 1)).collect();
    let last = failure.steps.len() + 1;
    let Again { command, around } = again;
    let seals = if failure.script.contains("keyproof proof") { ", and keyproof" } else { "" };
    format!(
        "FAIL under {} custody, no order of the requests explains the answers to:\n\
         {steps}  {last}. read all of it\n\n\
         {}\n\n\
         draw the same sequences again: {command}\n\n\
         # needs curl and jq{seals}\n{around}{}",
        failure.custody.name(),
        failure.sentence,
        failure.script,
    )
}
