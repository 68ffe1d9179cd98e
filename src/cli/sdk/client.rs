//! `keyproof sdk --client`: holds a client of the API to the contract.

use super::{Arguments, Judging, conclude, no_adapter, start};
use crate::cli::{Trouble, output, selection};
use crate::harness::{Exit, Require};
use crate::suite::client::{self, World};

pub(super) fn run(arguments: &Arguments) -> Result<Exit, Trouble> {
    let cases = client::cases();
    let last_failed = match arguments.last_failed.last_failed {
        true if arguments.command.is_empty() => return Err(no_adapter()),
        true => Some(super::last_run(arguments).not_passed(&cases)?),
        false => None,
    };
    let Some(selected) =
        arguments
            .selection
            .apply(&cases, last_failed.as_deref(), arguments.shard, |_| None)?
    else {
        return Ok(Exit::Held);
    };
    let require = Require::parse(&arguments.require, &cases).map_err(selection::unselected)?;
    let catalogue = client::catalogue().map_err(Trouble::unreachable)?;
    let expected = arguments.expectation.read(&cases, &catalogue)?;
    if expected.takes_stdout() {
        crate::cli::report::refuse_stdout(&arguments.report)?;
    }
    if arguments.command.is_empty() {
        return Err(no_adapter());
    }
    crate::cli::report::refuse_unwritable(&arguments.report)?;
    crate::cli::runtime()?.block_on(async {
        let session = start(&arguments.command, arguments.one_shot).await?;
        let redactor = output::redactor().withholding(client::WITHHELD_MEMBERS);
        let world = World::start(session, &redactor).await;
        let world = world.map_err(Trouble::unreachable)?;
        let judging = Judging {
            cases: &cases,
            selected: &selected,
            catalogue: &catalogue,
            require: &require,
            expected: &expected,
            concurrency: world.session().width(),
            title: world.title(),
            judged: &|| world.judged(),
            annex: &String::new,
            rerun: &|id| super::again(arguments, &format!(" --run {id} --exact")),
        };
        let stop = crate::cli::signal::first_signal()?;
        conclude(arguments, &world, judging, world.close(), stop).await
    })
}
