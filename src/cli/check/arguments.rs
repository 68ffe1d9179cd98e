//! The options of `keyproof check`.

use std::path::PathBuf;

use super::connection::ConnectionArguments;
use super::staging::StagingArguments;
use crate::cli::config::Section;
use crate::cli::judging::SuiteArguments;
use crate::cli::last_run::LastRun;
use crate::cli::named::parser;
use crate::cli::server::Foreign;
use crate::cli::{Trouble, environment};
use crate::mock::{Defect, Variant};
use crate::suite::server::{Budget, Server as _, quick};

/// Holds a server to the contract. Without a URL, flag or environment, that is the embedded mock.
#[derive(Debug, clap::Args)]
#[command(after_help = environment::help("check"))]
pub(in crate::cli) struct Arguments {
    /// Origin of the server; with KEYPROOF_TOKEN and --org. https, but for loopback addresses
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// ULID of the organization
    #[arg(long, value_name = "ULID")]
    org: Option<String>,
    #[command(flatten)]
    pub(super) suite: SuiteArguments,
    /// Runs, of the selected cases, the few that find most: 250 requests and 3 minutes at most, no rotation of a
    /// server key
    #[arg(long)]
    pub(super) quick: bool,
    /// Makes the embedded mock's ids, keys and salts repeatable
    #[arg(long, value_name = "N")]
    pub(super) seed: Option<u64>,
    /// Breaks the embedded mock in a named way, to see the suite notice; `keyproof selftest --list` has
    /// the names
    #[arg(long, value_name = "NAME", value_parser = parser::<Defect>(), hide_possible_values = true)]
    pub(super) defect: Vec<Defect>,
    /// Writes each request and its answer to standard error, without secrets; cases run one by one
    #[arg(long)]
    pub(super) trace: bool,
    /// Has the embedded mock keep the contract in another way, where the contract leaves the choice;
    /// `keyproof selftest --list` has the names
    #[arg(long, value_name = "NAME", value_parser = parser::<Variant>(), hide_possible_values = true)]
    pub(super) variant: Vec<Variant>,
    /// Keeps the outline of the server's answers in this folder, and tells what has changed in it
    #[arg(long, value_name = "DIR")]
    pub(super) snapshots: Option<PathBuf>,
    /// Takes random steps on projects of its own instead of the cases, and shows the shortest sequence that no order of
    /// the requests explains; N steps at most [default: 2000, and by URL as many as the budget allows]
    #[arg(
        long, value_name = "N", num_args = 0..=1, require_equals = true,
        value_parser = clap::value_parser!(u32).range(1..),
        conflicts_with_all = [
            "run", "skip", "exact", "list", "last_failed", "require", "shard", "report", "verbose",
            "snapshots", "cleanup", "read_only", "restart", "expect", "update_expect",
        ],
    )]
    pub(super) explore: Option<Option<u32>>,
    #[command(flatten)]
    pub(super) staging: StagingArguments,
    #[command(flatten)]
    pub(super) connection: ConnectionArguments,
}

impl Arguments {
    /// Takes from the section of `keyproof.toml` what the command line leaves open.
    pub(in crate::cli) fn fill(&mut self, section: Section) {
        section.fill(&mut self.seed, &mut self.suite);
    }

    /// The ids that a quick run keeps to, if it is one.
    pub(super) fn quick(&self) -> Result<Option<Vec<&'static str>>, Trouble> {
        if !self.quick {
            return Ok(None);
        }
        let ids = &quick().map_err(Trouble::unreachable)?.cases;
        Ok(Some(ids.iter().map(String::as_str).collect()))
    }

    /// What the run may spend: a quick one no more than it promises, whatever budget is given.
    pub(super) fn budget(&self) -> Budget {
        let given = self.staging.budget();
        if !self.quick {
            return given;
        }
        Budget {
            requests: given.requests.min(Budget::QUICK.requests),
            rotations: Budget::QUICK.rotations,
            // The minutes hold of an organization of its own: elsewhere a run waits for others too.
            minutes: given.minutes,
        }
    }

    /// The seed that was given, or 0: a run without one is repeatable too.
    pub(super) fn seed(&self) -> u64 {
        self.seed.unwrap_or(0)
    }

    /// The server that is not the embedded mock, if one is given.
    pub(super) fn foreign(&self) -> Result<Option<Foreign>, Trouble> {
        Foreign::read(self.url.as_deref(), self.org.as_deref())
    }

    /// Refuses options that the target has no use for.
    pub(super) fn refuse_misplaced(&self, is_foreign: bool) -> Result<(), Trouble> {
        if is_foreign && !self.defect.is_empty() {
            return Err(Trouble::usage(
                "--defect breaks the embedded mock: leave out --url, or the defect",
            ));
        }
        if is_foreign && !self.variant.is_empty() {
            return Err(Trouble::usage(
                "--variant is a choice of the embedded mock: leave out --url, or the variant",
            ));
        }
        let given = self.staging.given().or(self.connection.given());
        match given.filter(|_| !is_foreign) {
            Some(option) => Err(Trouble::usage(format!(
                "{option} is for a server by URL: give --url, --org and KEYPROOF_TOKEN"
            ))),
            None => Ok(()),
        }
    }

    /// The record of runs against this target. The embedded mock with a defect or a variant is a target of
    /// its own.
    pub(super) fn last_run(&self, foreign: Option<&Foreign>) -> LastRun {
        let identity = match foreign {
            Some(foreign) => format!("{} {}", foreign.url(), foreign.organization()),
            None => "embedded mock".to_owned(),
        };
        let identity = identity + &self.mock_options();
        let folder = self.staging.state.as_deref();
        LastRun::new(folder, "check", &identity, &identity)
    }

    /// The command that runs a case again.
    pub(super) fn rerun(&self, foreign: Option<&Foreign>, id: &str) -> String {
        let mut command = "keyproof check".to_owned();
        if let Some(foreign) = foreign {
            let (url, organization) = (foreign.url(), foreign.organization());
            command.push_str(&format!(" --url {url} --org {organization}"));
        }
        let (options, seed) = (self.mock_options(), self.seed());
        format!("{command}{options} --run {id} --exact --seed {seed}")
    }

    pub(super) fn mock_options(&self) -> String {
        let defects = self.defect.iter().map(|one| ("defect", one.name()));
        let variants = self.variant.iter().map(|one| ("variant", one.name()));
        let options = defects.chain(variants);
        options.map(|(option, name)| format!(" --{option} {name}")).collect()
    }
}
