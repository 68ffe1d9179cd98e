//! The command line: one file a command, each with its arguments and its `run`.

mod adapter;
mod check;
mod cleanup;
mod config;
pub mod environment;
mod expectation;
mod file;
mod guard;
mod input;
mod judging;
mod last_run;
mod mock;
mod named;
mod output;
mod pipe;
mod process;
mod proof;
mod report;
mod requirements;
mod sdk;
mod selection;
mod selftest;
pub mod server;
mod signal;
mod trouble;
mod usage;
mod vectors;
pub mod wire;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use self::config::Config;
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
    /// The mock server, standalone
    Mock(Box<mock::Arguments>),
    /// Hold a server to the contract: the embedded mock, or one by URL
    Check(Box<check::Arguments>),
    /// Every requirement: level, source and cases
    Requirements(requirements::Arguments),
    /// One-off tools for SDK authors: derive, verify, pad, data-key, seal, open
    Proof(proof::Arguments),
    /// The corpus of known answers: list, verify, export
    Vectors(vectors::Arguments),
    /// Hold an implementation of the crypto to the contract, through an adapter
    Sdk(Box<sdk::Arguments>),
    /// The Rust reference adapter
    Adapter(adapter::Arguments),
    #[command(hide = true)]
    Guard(guard::Arguments),
    #[command(hide = true)]
    Pipe(pipe::Arguments),
    /// The proof that the suites can fail
    Selftest(selftest::Arguments),
    /// Reports put together, compared, converted: merge, diff, convert
    Report(report::Arguments),
}

/// Reads the process's arguments, runs the command and gives its exit code.
pub fn run() -> ExitCode {
    output::report_panics();
    environment::register_tokens();
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return usage::report(error).into(),
    };
    // A guard writes nothing of its own to the adapter's streams: its parent has checked the environment.
    let is_guard = matches!(arguments.command, Command::Guard(_));
    if !is_guard && let Err(trouble) = environment::look_over() {
        return trouble.report().into();
    }
    let outcome = match arguments.command {
        Command::Check(mut arguments) => Config::read().and_then(|config| {
            arguments.fill(config.check);
            check::run(&arguments)
        }),
        Command::Requirements(arguments) => requirements::run(&arguments),
        Command::Mock(arguments) => mock::run(&arguments),
        Command::Proof(arguments) => proof::run(arguments),
        Command::Vectors(arguments) => vectors::run(arguments),
        Command::Sdk(mut arguments) => Config::read().and_then(|config| {
            arguments.fill(config.sdk);
            sdk::run(&arguments)
        }),
        Command::Adapter(arguments) => adapter::run(&arguments),
        Command::Guard(arguments) => guard::run(&arguments),
        Command::Pipe(arguments) => pipe::run(&arguments),
        Command::Selftest(arguments) => selftest::run(&arguments),
        Command::Report(arguments) => report::run(&arguments),
    };
    outcome.unwrap_or_else(Trouble::report).into()
}
