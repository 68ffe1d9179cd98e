//! The binary: everything is in the library, [`keyproof::cli`] reads the command line.

use std::process::ExitCode;

fn main() -> ExitCode {
    keyproof::cli::run()
}
