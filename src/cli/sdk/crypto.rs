//! `keyproof sdk -- CMD`: holds an implementation of the crypto to the contract.

use futures::FutureExt as _;

use super::arguments::Arguments;
use super::browser::Adapter;
use super::conclusion::conclude;
use super::launch::start;
use super::rerun::rerun;
use super::snapshots::Snapshots;
use super::{disagreements, peer};
use crate::adapter::Session;
use crate::cli::judging::{Judging, Plan, RunTarget};
use crate::cli::signal::first_signal;
use crate::cli::{Trouble, output, process};
use crate::harness::Exit;
use crate::suite::sdk::{self, Context, Peer, SdkSuite};

pub(super) fn run(arguments: &Arguments) -> Result<Exit, Trouble> {
    let cases = sdk::cases().map_err(Trouble::unreachable)?;
    let catalogue = sdk::catalogue().map_err(Trouble::unreachable)?;
    let last_run = || {
        arguments.require_command()?;
        Ok(arguments.last_run())
    };
    let plan = arguments.suite.plan(cases, catalogue, None, last_run, |_| None)?;
    let Some(plan) = plan else {
        return Ok(Exit::Held);
    };
    arguments.require_command()?;
    peer::unique(&arguments.peer)?;
    let commands = arguments.peer.iter().map(peer::PeerOption::command);
    let commands = commands.collect::<Result<Vec<_>, _>>()?;
    if let Some(file) = &arguments.new_vectors {
        disagreements::refuse(file)?;
    }
    arguments.suite.refuse_unwritable()?;
    process::runtime()?.block_on(async {
        let adapter = Adapter::of(arguments).await?;
        let pace = (arguments.one_shot, arguments.timeout_scale);
        let session = start(&adapter.command, pace, arguments.browser.is_some()).await?;
        let name = &session.hello().name;
        let peers = peer::start(&arguments.peer, &commands, pace, name).await?;
        let folder = arguments.snapshots.as_deref();
        let snapshots = folder.map(|folder| Snapshots::open(folder, session.hello()));
        let exit = judge(arguments, &plan, session, peers, snapshots.transpose()?).await;
        adapter.close().await;
        exit
    })
}

async fn judge(
    arguments: &Arguments,
    plan: &Plan<Context>,
    session: Session,
    peers: Vec<Peer>,
    snapshots: Option<Snapshots>,
) -> Result<Exit, Trouble> {
    let concurrency = session.width();
    let suite = SdkSuite::new(session, peers, arguments.seed(), output::redactor());
    let judged = RunTarget {
        name: &suite.title(),
        seed: arguments.seed(),
        redactor: output::redactor(),
        rerun: &|id| rerun(arguments, &suite, id),
    };
    let stop = first_signal()?.shared();
    let judging = Judging::begin(plan, &arguments.suite, judged);
    let conclusion = judging.run(&suite, concurrency, None, stop.clone()).await;
    suite.close().await;
    let (judged, matrix) = (suite.judged(), suite.matrix());
    let mut exit = conclude(arguments, &judging, conclusion, &judged, &matrix);
    let new_vectors = arguments.new_vectors.as_deref();
    if let Err(trouble) = disagreements::offer(&suite.disagreements(), new_vectors) {
        exit = exit.or_worse(trouble.report());
    }
    Ok(match snapshots {
        Some(snapshots) => exit.or_worse(snapshots.take(suite.session(), stop).await),
        None => exit,
    })
}
