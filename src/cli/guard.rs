//! The hidden `keyproof guard -- CMD`: see [`crate::adapter::guard`].

use std::ffi::OsString;

use super::signal::listen;
use super::{Trouble, environment, output};
use crate::adapter::guard;
use crate::harness::Exit;
use crate::system::process::Parent;
use crate::system::signal::Signal;

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
    let runtime = super::process::runtime()?;
    let inside = runtime.enter();
    // Ctrl-C reaches the whole foreground group: what it means is for the harness to say.
    let _ignored = listen(Signal::Interrupt)?;
    let mut terminate = listen(Signal::Terminate)?;
    let mut hang_up = listen(Signal::HangUp)?;
    drop(inside);
    let parent = arguments.parent.map_or_else(Parent::now, Parent::with_id);
    let stop = move || {
        runtime.block_on(async {
            tokio::select! {
                _ = terminate.next() => {}
                _ = hang_up.next() => {}
            }
        });
    };
    let code = guard::run(&arguments.command, &environment::own(), parent, stop);
    let code = code.unwrap_or_else(|(message, code)| {
        output::note(&message);
        code
    });
    // At once: what else runs here waits for signals that need not come.
    std::process::exit(i32::from(code))
}
