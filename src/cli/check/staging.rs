//! What a check of a server by URL owes to its other users: a plan within a budget, projects of
//! its own only, and nothing left behind.

use std::fs;
use std::future::{Future, pending};
use std::path::PathBuf;
use std::time::Duration;

use crate::cli::check::connection::seconds;
use crate::cli::check::journal::{Journal, Record};
use crate::cli::file::probe;
use crate::cli::server::{Foreign, RestartCommand};
use crate::cli::{Trouble, output};
use crate::harness::{Case, Exit, Selected};
use crate::suite::server::{
    Allowance, Arrival, Budget, CannotStart, Context, Leftovers, Patience, Plan, RunName, SWEEP,
    Server as _, ServerSuite, Swept,
};

/// Options about a server that others use, all of which take a server by URL.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "A server that others use, with --url")]
pub(in crate::cli) struct StagingArguments {
    /// The most that the run may spend [default: requests=2000,rotations=6,minutes=30]
    #[arg(long, value_name = "requests=N,rotations=N,minutes=N")]
    budget: Option<Budget>,
    /// Works in an organization that has other projects, and leaves a part of its rate limits alone
    #[arg(long)]
    shared_org: bool,
    /// Only deletes what earlier runs have left behind, and runs no case
    #[arg(long)]
    pub(in crate::cli) cleanup: bool,
    /// Keeps a journal here, so that the next run deletes what this one left, however it ended, and
    /// what --last-failed wants to know
    #[arg(long, value_name = "DIR")]
    pub(in crate::cli) state: Option<PathBuf>,
    /// Only looks, at the one project that --project names; takes away the need `writes`
    #[arg(long, requires = "project")]
    read_only: bool,
    /// Slug of the existing project that --read-only looks at
    #[arg(long, value_name = "SLUG", requires = "read_only")]
    project: Option<String>,
    /// How long the job of a rotation with `re_encrypt` is awaited [default: 60]
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    job_wait: Option<Duration>,
    /// Kills the server without warning and starts it again, by `sh -c`: is run while a write is open, and ends
    #[arg(long, value_name = "COMMAND")]
    restart: Option<String>,
    /// Checks api.dotenv.cloud itself
    #[arg(long)]
    production: bool,
}

impl StagingArguments {
    /// The first option of them that was given and takes a server by URL.
    pub(in crate::cli) fn given(&self) -> Option<&'static str> {
        let given = [
            ("--budget", self.budget.is_some()),
            ("--shared-org", self.shared_org),
            ("--cleanup", self.cleanup),
            ("--read-only", self.read_only),
            ("--job-wait", self.job_wait.is_some()),
            ("--restart", self.restart.is_some()),
            ("--production", self.production),
        ];
        given.into_iter().find(|(_, given)| *given).map(|(option, _)| option)
    }

    /// Makes the folder of --state, and refuses one that nothing can be written to.
    pub(in crate::cli) fn refuse_unwritable(&self) -> Result<(), Trouble> {
        let Some(state) = &self.state else {
            return Ok(());
        };
        let created = fs::create_dir_all(state).and_then(|()| probe(&state.join("probe")));
        created
            .map_err(|error| Trouble::unreachable(format!("--state {}: {error}", state.display())))
    }

    pub(in crate::cli) fn budget(&self) -> Budget {
        self.budget.unwrap_or(Budget::DEFAULT)
    }

    pub(in crate::cli) fn allowance(&self, shards: u32) -> Allowance {
        Allowance::new(self.shared_org, shards)
    }

    /// Tells the target what it is to supply to a run with so much to spend.
    pub(in crate::cli) fn apply(
        &self,
        foreign: &mut Foreign,
        budget: Budget,
    ) -> Result<(), Trouble> {
        if foreign.is_production() && !self.production {
            return Err(Trouble::usage(
                "--url: this is the live service, with real secrets in it: --production says that you mean it",
            ));
        }
        if let Some(project) = &self.project {
            foreign.look_only_at(project)?;
        }
        if let Some(wait) = self.job_wait {
            foreign.job_wait = wait;
        }
        foreign.rotations = budget.rotations;
        foreign.restart = self.restart_command()?;
        Ok(())
    }

    /// Whether the server is killed meanwhile.
    pub(in crate::cli) fn restarts(&self) -> bool {
        self.restart.is_some()
    }

    fn restart_command(&self) -> Result<Option<RestartCommand>, Trouble> {
        let Some(text) = &self.restart else {
            return Ok(None);
        };
        let refuse = |why: &str| Err(Trouble::usage(format!("--restart: {why}")));
        if text.trim().is_empty() {
            return refuse("give a command that kills the server and starts it again");
        }
        if self.read_only {
            return refuse("it is run while something is written: leave out --read-only");
        }
        if self.cleanup {
            return refuse("--cleanup runs no case: leave one of them out");
        }
        Ok(Some(RestartCommand::new(text)))
    }

    /// Prints what the run is going to spend, and refuses more than the budget.
    pub(in crate::cli) fn plan(
        &self,
        suite: &ServerSuite,
        cases: &[Case<Context>],
        selected: &Selected,
        (budget, allowance): (Budget, Allowance),
    ) -> Result<(), Trouble> {
        let plan = suite.plan(cases, selected, allowance);
        if !plan.fits(budget) {
            return Err(Trouble::usage(format!(
                "the plan is {plan}, over the budget: select less, or give --budget {}",
                wider(plan, budget)
            )));
        }
        output::note(&format!("plan: {plan}"));
        Ok(())
    }

    /// First contact, and all that comes before the first case. Writes nothing to a server that is not
    /// the right one.
    pub(in crate::cli) async fn begin(
        &self,
        suite: &ServerSuite,
        foreign: &Foreign,
        wait: Option<Duration>,
    ) -> Result<RunRecord, Trouble> {
        let Arrival { run, is_inhabited } = arrive(suite, foreign, wait).await?;
        if self.read_only {
            return Ok(RunRecord(None));
        }
        if is_inhabited && !self.shared_org && !foreign.is_loopback() {
            return Err(Trouble::usage(
                "the organization has projects that keyproof did not make: use one of its own, or give \
                 --shared-org",
            ));
        }
        let journal = self.journal(foreign)?;
        let swept = self.sweep(suite, journal.as_ref(), SWEEP, pending()).await?;
        if !swept.left.is_empty() {
            output::warn(&format!(
                "an earlier run has left what could not be deleted: {}",
                swept.left
            ));
        }
        let running = journal.map(|journal| journal.begin(&run)).transpose()?;
        let record = RunRecord(running);
        suite.try_out().await.map_err(cannot_start)?;
        Ok(record)
    }

    /// Deletes what earlier runs have left behind, and nothing else, until `stop` is ready.
    pub(in crate::cli) async fn clean_up(
        &self,
        suite: &ServerSuite,
        foreign: &Foreign,
        wait: Option<Duration>,
        stop: impl Future<Output = ()> + Clone,
    ) -> Result<Exit, Trouble> {
        let Budget { requests, minutes, .. } = self.budget();
        let plan = Plan { requests, rotations: 0, minutes };
        output::note(&format!("plan: {plan}"));
        tokio::select! {
            arrived = arrive(suite, foreign, wait) => arrived?,
            () = stop.clone() => return Err(stopped("anything was deleted")),
        };
        let journal = self.journal(foreign)?;
        let most = requests.saturating_sub(1);
        let swept = self.sweep(suite, journal.as_ref(), most, stop).await?;
        let mut text = if swept.deleted.is_empty() {
            "deleted nothing\n".to_owned()
        } else {
            format!("deleted {}\n", swept.deleted)
        };
        if !swept.left.is_empty() {
            text.push_str(&format!("could not delete {}\n", swept.left));
        }
        output::print(&text)?;
        if let Some(why) = &swept.unlisted {
            output::warn(&format!(
                "API keys could not be listed ({why}): tokens that a run has left expire by themselves"
            ));
        }
        if swept.is_stopped {
            return Err(stopped("everything was looked at"));
        }
        if swept.left.is_empty() { Ok(Exit::Held) } else { Ok(Exit::Incomplete) }
    }

    /// What deletes what this run leaves.
    pub(in crate::cli) fn again(&self, foreign: &Foreign) -> String {
        let (url, organization) = (foreign.url(), foreign.organization());
        let command = format!("keyproof check --url {url} --org {organization} --cleanup");
        match &self.state {
            Some(state) => format!("`{command} --state {}` deletes it", state.display()),
            None => format!("`{command}` deletes it once it is 6 hours old"),
        }
    }

    fn journal(&self, foreign: &Foreign) -> Result<Option<Journal>, Trouble> {
        let open = |state: &PathBuf| Journal::open(state, foreign.url(), foreign.organization());
        self.state.as_ref().map(open).transpose()
    }

    /// Deletes what is abandoned, and what the journal knows of.
    async fn sweep(
        &self,
        suite: &ServerSuite,
        journal: Option<&Journal>,
        most: u32,
        stop: impl Future<Output = ()>,
    ) -> Result<Swept, Trouble> {
        let dead = journal.map(Journal::dead).transpose()?.unwrap_or_default();
        let names: Vec<RunName> = dead.iter().map(|one| one.run.clone()).collect();
        let swept = suite.sweep(&names, most, stop).await.map_err(cannot_start)?;
        for one in dead {
            if !swept.is_stopped && !swept.left.has_of(&one.run) {
                one.remove();
            }
        }
        Ok(swept)
    }
}

/// First contact. A server that is not up yet is waited for, if there is time for that.
async fn arrive(
    suite: &ServerSuite,
    foreign: &Foreign,
    wait: Option<Duration>,
) -> Result<Arrival, Trouble> {
    let tell = |why: &str| {
        let longest = wait.unwrap_or_default().as_secs_f64();
        output::note(&format!("waits up to {longest} s for {}: {why}", foreign.url()));
    };
    let patience = wait.map(|longest| Patience { longest, tell: &tell });
    suite.arrive(patience).await.map_err(cannot_start)
}

/// A run on somebody's server, as its journal knows it.
pub(in crate::cli) struct RunRecord(Option<Record>);

impl RunRecord {
    /// If nothing is left, the journal can forget the run.
    pub(in crate::cli) fn end(self, left: &Leftovers) {
        if let Some(running) = self.0.filter(|_| left.is_empty()) {
            running.remove();
        }
    }
}

/// A signal ended the run before this was done.
pub(in crate::cli) fn stopped(before: &str) -> Trouble {
    Trouble::of(Exit::Incomplete, format!("stopped before {before}"))
}

fn cannot_start(CannotStart { exit, why }: CannotStart) -> Trouble {
    Trouble::of(exit, why)
}

/// The least budget that holds a plan.
fn wider(plan: Plan, budget: Budget) -> Budget {
    Budget {
        requests: budget.requests.max(plan.requests),
        rotations: budget.rotations.max(plan.rotations),
        minutes: budget.minutes.max(plan.minutes),
    }
}
