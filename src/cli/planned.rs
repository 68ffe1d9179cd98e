//! What is part of the fixed command line and is not built yet: refused, never ignored.

use super::Trouble;
use crate::harness::Exit;

/// Whatever stands behind a planned command.
#[derive(Debug, clap::Args)]
#[command(disable_help_flag = true)]
pub(super) struct Planned {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
    _rest: Vec<std::ffi::OsString>,
}

impl Planned {
    pub(super) fn refuse(command: &str) -> Result<Exit, Trouble> {
        Err(not_built(format_args!("keyproof {command}")))
    }
}

/// Refuses the first option of the list that was given.
pub(super) fn refuse_options(options: &[(&str, bool)]) -> Result<(), Trouble> {
    match options.iter().find(|(_, given)| *given) {
        Some((option, _)) => Err(not_built(option)),
        None => Ok(()),
    }
}

fn not_built(what: impl std::fmt::Display) -> Trouble {
    Trouble::usage(format!("`{what}` is planned and not built yet"))
}
