//! The options of `keyproof sdk`.

use std::ffi::OsString;
use std::path::PathBuf;

use super::init::Language;
use super::launch::words;
use super::peer::PeerOption;
use crate::cli::Trouble;
use crate::cli::config::Section;
use crate::cli::judging::SuiteArguments;
use crate::cli::last_run::LastRun;

/// Holds an implementation of the crypto to shared vectors and properties, through an adapter.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Arguments {
    /// Starts the command once for each request
    #[arg(long)]
    pub(super) one_shot: bool,
    /// Multiplies every time limit, for a machine that is slow
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(super) timeout_scale: u32,
    #[command(flatten)]
    pub(super) suite: SuiteArguments,
    /// Generates other inputs than those of seed 0
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Writes an adapter to start from into the working directory, and does nothing else
    #[arg(long, value_name = "LANG", value_enum)]
    pub(super) init: Option<Language>,
    /// Talks a new adapter's author through the first mistakes, step by step, instead of the cases
    #[arg(long, conflicts_with_all = [
        "run", "skip", "exact", "list", "shard", "report", "seed", "verbose", "init", "peer", "new_vectors",
        "snapshots", "last_failed", "require", "expect", "update_expect",
    ])]
    pub(super) doctor: bool,
    /// Compares with another implementation; FILE has its adapter's command, a JSON array
    #[arg(long, value_name = "NAME=FILE")]
    pub(super) peer: Vec<PeerOption>,
    /// Writes inputs about which the peers disagree as vectors
    #[arg(long, value_name = "FILE", requires = "peer", conflicts_with_all = ["list", "init"])]
    pub(super) new_vectors: Option<PathBuf>,
    /// Records the answers to the vectors in a file of DIR, and tells which differ from those there
    #[arg(long, value_name = "DIR", conflicts_with_all = ["list", "init"])]
    pub(super) snapshots: Option<PathBuf>,
    /// Judges a client of the API instead, by what it sends to a mock
    #[arg(long, conflicts_with_all = ["init", "peer", "new_vectors", "snapshots", "seed"])]
    pub(super) client: bool,
    /// Takes a page in a browser as the adapter; COMMAND starts the browser, with an address as its last word
    #[arg(
        long,
        value_name = "COMMAND",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "",
        conflicts_with = "init"
    )]
    pub(super) browser: Option<String>,
    /// The adapter's command and its arguments, or with --browser its page
    #[arg(last = true, value_name = "COMMAND")]
    pub(super) command: Vec<OsString>,
}

impl Arguments {
    /// Takes from the section of `keyproof.toml` what the command line leaves open.
    pub(in crate::cli) fn fill(&mut self, section: Section) {
        if self.doctor || self.init.is_some() {
            return;
        }
        section.fill(&mut self.seed, &mut self.suite);
    }

    /// The seed that was given, or 0: a run without one is repeatable too.
    pub(super) fn seed(&self) -> u64 {
        self.seed.unwrap_or(0)
    }

    /// The record of runs of this command in this folder.
    pub(super) fn last_run(&self) -> LastRun {
        let folder = std::env::current_dir().unwrap_or_default();
        let identity = format!("{}\n{}", folder.display(), words(&self.command));
        let suite = if self.client { "client" } else { "sdk" };
        let target = "this command, started in this folder,";
        LastRun::new(None, suite, &identity, target)
    }

    /// Refuses a run without an adapter.
    pub(super) fn require_command(&self) -> Result<(), Trouble> {
        if self.command.is_empty() && self.browser.is_some() {
            return Err(Trouble::usage("no page: keyproof sdk --browser -- page.html"));
        }
        if self.command.is_empty() {
            return Err(Trouble::usage(
                "no adapter: give its command behind `--`, for example `keyproof sdk -- php adapter.php`",
            ));
        }
        Ok(())
    }
}
