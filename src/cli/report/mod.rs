//! `keyproof report`: reports put together, compared, converted. And where reports go.

mod destination;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::Subcommand;

pub(super) use self::destination::{
    Destination, Edition, Writing, refuse_shared, refuse_stdout, refuse_unwritable,
};

use super::{Trouble, output};
use crate::harness::Exit;
use crate::harness::report::{Document, compare, merge};

/// Works on JSON reports of `keyproof check` and `keyproof sdk`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Puts the reports of all shards together: one verdict, and the exit code that goes with it
    Merge {
        /// JSON reports, one of each shard
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        /// Writes a report of the whole: FORMAT=PATH as for `keyproof check`
        #[arg(long, value_name = "FORMAT=PATH")]
        report: Vec<Destination>,
        /// Lists the cases of each requirement, not just those that did not pass
        #[arg(long)]
        verbose: bool,
    },
    /// Compares two reports case by case: exit 1 if something that held no longer does, 3 if nobody
    /// knows whether it still does
    Diff {
        /// The JSON report from before
        old: PathBuf,
        /// The JSON report from now
        new: PathBuf,
    },
    /// Writes a report in other formats. Exit 0, whatever it says
    Convert {
        /// A JSON report; `-` is standard input
        #[arg(value_name = "IN")]
        from: PathBuf,
        /// FORMAT=PATH as for `keyproof check`
        #[arg(long, required = true, value_name = "FORMAT=PATH")]
        report: Vec<Destination>,
        /// Lists the cases of each requirement in the text, not just those that did not pass
        #[arg(long)]
        verbose: bool,
    },
}

pub(super) fn run(arguments: &Arguments) -> Result<Exit, Trouble> {
    // Their secrets were withheld when they were written; ours are withheld now.
    let redactor = output::redactor();
    match &arguments.command {
        Command::Merge { files, report, verbose } => {
            refuse_shared(report)?;
            refuse_unwritable(report)?;
            let named = files.iter().map(|file| Ok((name(file), read(file)?)));
            let named = named.collect::<Result<Vec<_>, Trouble>>()?;
            let merged = merge(named).map_err(Trouble::usage)?;
            let writing =
                Writing { document: &merged, redactor, destinations: report, verbose: *verbose };
            Ok(writing.with_text(Edition::Only))
        }
        Command::Diff { old, new } => {
            let comparison = compare(&read(old)?, &read(new)?);
            output::print(&comparison.text())?;
            Ok(comparison.exit())
        }
        Command::Convert { from, report, verbose } => {
            refuse_shared(report)?;
            refuse_unwritable(report)?;
            let document = &read(from)?;
            let writing = Writing { document, redactor, destinations: report, verbose: *verbose };
            Ok(writing.without_text(Edition::Only))
        }
    }
}

fn read(file: &Path) -> Result<Document, Trouble> {
    let text = match file.to_str() {
        Some("-") => io::read_to_string(io::stdin()),
        _ => fs::read_to_string(file),
    };
    let name = name(file);
    let text = text.map_err(|error| Trouble::usage(format!("cannot read {name}: {error}")))?;
    Document::read(&text).map_err(|error| Trouble::usage(format!("{name} {error}")))
}

fn name(file: &Path) -> String {
    match file.to_str() {
        Some("-") => "standard input".to_owned(),
        _ => file.display().to_string(),
    }
}
