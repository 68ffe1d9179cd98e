//! Stands between the harness and an adapter: hands its three streams to the command untouched,
//! and ends the command with everything that it started when the harness is gone.
//!
//! A parent-death signal would do this in the kernel, but it fires when the *thread* that spawned
//! the process ends, and it needs unsafe code.

use std::ffi::OsString;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _, parent_id};
use std::process::{Command, ExitStatus};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};

/// How often the guard looks whether its parent is there: nothing tells it.
const LOOK: Duration = Duration::from_millis(50);
/// What a shell reports for a command that could not be started.
const NOT_STARTED: u8 = 127;
/// What a shell adds to the number of the signal that ended a command.
const SIGNALLED: i32 = 128;

/// What ends the guard.
enum Event {
    /// The command has ended.
    Ended(std::io::Result<ExitStatus>),
    /// The guard itself was told to end.
    Told,
}

/// Runs the command until it ends, the process `parent` is gone, or `told` returns; then kills its
/// process group. Gives the command's own exit code, or 128 and the number of the signal.
///
/// # Errors
/// The command could not be started: a message for standard error and the exit code.
pub fn run(
    command: &[OsString],
    parent: u32,
    told: impl FnOnce() + Send + 'static,
) -> Result<u8, (String, u8)> {
    let Some((program, arguments)) = command.split_first() else {
        return Err(("no command to run".to_owned(), 2));
    };
    let mut child = Command::new(program)
        .args(arguments)
        .process_group(0)
        .spawn()
        .map_err(|error| {
            let program = program.to_string_lossy();
            (format!("cannot start `{program}`: {error}"), NOT_STARTED)
        })?;
    let group = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    let kill = || {
        // A group that is gone already is what is wanted.
        let _ = group.map(|group| kill_process_group(group, Signal::KILL));
    };
    let (sender, events) = mpsc::channel();
    let ended = sender.clone();
    std::thread::spawn(move || {
        let _ = ended.send(Event::Ended(child.wait()));
    });
    std::thread::spawn(move || {
        told();
        let _ = sender.send(Event::Told);
    });
    loop {
        match events.recv_timeout(LOOK) {
            Ok(Event::Ended(status)) => {
                kill();
                let status = status.map_err(|error| (format!("cannot wait: {error}"), 4))?;
                return Ok(code(status));
            }
            Err(RecvTimeoutError::Timeout) if parent_id() == parent => {}
            Ok(Event::Told) | Err(_) => {
                kill();
                return Ok(code(ExitStatus::from_raw(Signal::KILL.as_raw())));
            }
        }
    }
}

fn code(status: ExitStatus) -> u8 {
    let code = status
        .code()
        .or_else(|| status.signal().map(|signal| SIGNALLED + signal));
    code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1)
}
