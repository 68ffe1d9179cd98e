//! The command line: one file a command, each with its arguments and its `run`.

mod input;
mod output;
mod planned;
mod proof;
mod trouble;
mod vectors;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use self::planned::Planned;
use self::trouble::Trouble;

/// Holds implementations of the dotEnv Cloud encryption-key API to their contract.
#[derive(Debug, Parser)]
#[command(name = "keyproof", version, propagate_version = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// One-off tools for SDK authors: derive, verify, pad, data-key, seal, open
    Proof(proof::Arguments),
    /// The corpus of known answers: list, verify, export
    Vectors(vectors::Arguments),
    /// Planned: hold an implementation of the crypto, or a client, to the contract
    Sdk(Planned),
    /// Planned: the Rust reference adapter
    Adapter(Planned),
    /// Planned: the proof that the suites can fail
    Selftest(Planned),
    /// Planned: merge, compare and convert reports
    Report(Planned),
}

/// Reads the process's arguments, runs the command and gives its exit code.
pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    let outcome = match arguments.command {
        Command::Proof(arguments) => proof::run(arguments),
        Command::Vectors(arguments) => vectors::run(arguments),
        Command::Sdk(_) => Planned::refuse("sdk"),
        Command::Adapter(_) => Planned::refuse("adapter"),
        Command::Selftest(_) => Planned::refuse("selftest"),
        Command::Report(_) => Planned::refuse("report"),
    };
    outcome.unwrap_or_else(Trouble::report).into()
}
