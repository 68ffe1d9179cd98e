//! The hidden `keyproof guard -- CMD`: see [`crate::adapter::guard`].

use std::ffi::OsString;
use std::os::unix::process::parent_id;

use tokio::signal::unix::SignalKind;

use super::{Trouble, output, signal};
use crate::adapter::guard;
use crate::harness::Exit;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The process whose end ends the command; the guard's own parent, if left out
    #[arg(long)]
    parent: Option<u32>,
    /// The command and its arguments
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, required = true)]
    command: Vec<OsString>,
}

pub(super) fn run(arguments: &Arguments) -> Result<Exit, Trouble> {
    let runtime = super::runtime()?;
    let listen = |kind| {
        let _inside = runtime.enter();
        signal::listen(kind)
    };
    // Ctrl-C reaches the whole foreground group: what it means is for the harness to say.
    let _ignored = listen(SignalKind::interrupt())?;
    let mut terminate = listen(SignalKind::terminate())?;
    let mut hang_up = listen(SignalKind::hangup())?;
    let parent = arguments.parent.unwrap_or_else(parent_id);
    let told = move || {
        runtime.block_on(async {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = hang_up.recv() => {}
            }
        });
    };
    let code = guard::run(&arguments.command, parent, told).unwrap_or_else(|(message, code)| {
        output::note(&message);
        code
    });
    // At once: what else runs here waits for signals that need not come.
    std::process::exit(i32::from(code))
}
