//! `keyproof adapter`: the Rust reference adapter.

use std::io;

use super::Trouble;
use super::named::parser;
use crate::adapter::reference::{Behaviour, Bug, Variant, serve};
use crate::harness::Exit;

/// Serves the adapter protocol on standard input and output, with the cryptography of this crate.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Makes it wrong in a named way, to see `keyproof sdk` notice; can be given more than once
    #[arg(long, value_name = "NAME")]
    bug: Vec<Bug>,
    /// Makes it different in a named way that is right too; can be given more than once
    #[arg(long, value_name = "NAME", value_parser = parser::<Variant>())]
    variant: Vec<Variant>,
    /// Prints the names of all bugs, one a line, and nothing else
    #[arg(long)]
    list_bugs: bool,
}

/// Ends with the exit code of the protocol: bugs make it another than 0.
pub(super) fn run(arguments: &Arguments) -> Result<Exit, Trouble> {
    if arguments.list_bugs {
        let names: String = Bug::all().iter().map(|bug| format!("{bug}\n")).collect();
        super::output::answer(names.as_bytes())?;
        return Ok(Exit::Held);
    }
    let behaviour = Behaviour { bugs: arguments.bug.clone(), variants: arguments.variant.clone() };
    match serve(&behaviour, io::stdin().lock(), io::stdout()) {
        Ok(0) => Ok(Exit::Held),
        Ok(code) => std::process::exit(i32::from(code)),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Exit::Held),
        Err(error) => Err(Trouble::unreachable(format!("the adapter's streams failed: {error}"))),
    }
}
