//! Commands that are part of the fixed command line and are not built yet: refused, never ignored.

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
        Err(Trouble::usage(format!(
            "`keyproof {command}` is planned and not built yet"
        )))
    }
}
