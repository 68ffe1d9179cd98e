//! `keyproof sdk --client`: holds a client of the API to the contract.

use super::arguments::Arguments;
use super::browser::Adapter;
use super::conclusion::conclude;
use super::launch::start;
use super::rerun::again;
use crate::cli::judging::{Judging, RunTarget};
use crate::cli::signal::first_signal;
use crate::cli::{Trouble, output, process};
use crate::harness::Exit;
use crate::suite::client::{self, ClientSuite};

pub(super) fn run(arguments: &Arguments) -> Result<Exit, Trouble> {
    let catalogue = client::catalogue().map_err(Trouble::unreachable)?;
    let last_run = || {
        arguments.require_command()?;
        Ok(arguments.last_run())
    };
    let plan = arguments.suite.plan(client::cases(), catalogue, None, last_run, |_| None)?;
    let Some(plan) = plan else {
        return Ok(Exit::Held);
    };
    arguments.require_command()?;
    arguments.suite.refuse_unwritable()?;
    process::runtime()?.block_on(async {
        let adapter = Adapter::of(arguments).await?;
        let pace = (arguments.one_shot, arguments.timeout_scale);
        let session = start(&adapter.command, pace, arguments.browser.is_some()).await?;
        let concurrency = session.width();
        let redactor = output::redactor().withholding(client::WITHHELD_MEMBERS);
        let suite = ClientSuite::start(session, &redactor).await;
        let suite = suite.map_err(Trouble::unreachable)?;
        let judged = RunTarget {
            name: &suite.title(),
            seed: arguments.seed(),
            redactor: &redactor,
            rerun: &|id| again(arguments, &format!(" --run {id} --exact")),
        };
        let stop = first_signal()?;
        let judging = Judging::begin(&plan, &arguments.suite, judged);
        let conclusion = judging.run(&suite, concurrency, None, stop).await;
        suite.close().await;
        adapter.close().await;
        Ok(conclude(arguments, &judging, conclusion, &suite.judged(), ""))
    })
}
