//! Stands between the harness and an adapter: hands its three streams to the command untouched,
//! and ends the command with everything that it started when the harness is gone.
//!
//! A parent-death signal would do this in the kernel, but it fires when the *thread* that spawned
//! the process ends, and it needs unsafe code.

use std::ffi::OsString;
use std::process::{Command, ExitStatus};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use crate::system::process::{Group, KILLED, Parent, exit_code};

/// How often the guard looks whether its parent lives: nothing reports a parent's end.
const INTERVAL: Duration = Duration::from_millis(50);
/// What a shell reports for a command that could not be started.
const NOT_STARTED: u8 = 127;

/// What ends the guard.
enum Event {
    /// The command has ended.
    Ended(std::io::Result<ExitStatus>),
    /// The guard itself is to stop.
    Stop,
}

/// Runs the command, without the variables that are withheld from it, until it ends, `parent` has ended, or `stop`
/// returns; then kills it with everything that it started. Gives the exit code that a shell would report.
///
/// # Errors
/// The command could not be started: a message for standard error and the exit code.
pub fn run(
    command: &[OsString],
    withheld: &[OsString],
    parent: Parent,
    stop: impl FnOnce() + Send + 'static,
) -> Result<u8, (String, u8)> {
    let Some((program, arguments)) = command.split_first() else {
        return Err(("no command to run".to_owned(), 2));
    };
    let mut command = Command::new(program);
    command.args(arguments);
    for name in withheld {
        command.env_remove(name);
    }
    let (mut child, group) = Group::start(&mut command).map_err(|error| {
        let program = program.to_string_lossy();
        (format!("cannot start `{program}`: {error}"), NOT_STARTED)
    })?;
    let (sender, events) = mpsc::channel();
    let ended = sender.clone();
    std::thread::spawn(move || {
        let _ = ended.send(Event::Ended(child.wait()));
    });
    std::thread::spawn(move || {
        stop();
        let _ = sender.send(Event::Stop);
    });
    loop {
        match events.recv_timeout(INTERVAL) {
            Ok(Event::Ended(status)) => {
                group.kill();
                let status = status.map_err(|error| (format!("cannot wait: {error}"), 4))?;
                return Ok(u8::try_from(exit_code(status)).unwrap_or(1));
            }
            Err(RecvTimeoutError::Timeout) if !parent.has_ended() => {}
            Ok(Event::Stop) | Err(_) => {
                group.kill();
                return Ok(KILLED);
            }
        }
    }
}
