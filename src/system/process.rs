//! Processes: the one that started this one, and those that it starts.

use std::io;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _, parent_id};
use std::process::{Child, Command, ExitStatus};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};

/// What a shell adds to the number of the signal that ended a command.
const SIGNALLED: i32 = 128;
/// What a shell reports for a command that was killed.
pub const KILLED: u8 = 137;

/// The process that takes over the children of one that has ended. A parent in another container is 0.
const FIRST: u32 = 1;

/// The process that has started this one.
///
/// On Windows nobody takes over a child: there, this is a handle of the process, opened while it lives.
#[derive(Debug, Clone, Copy)]
pub struct Parent {
    id: u32,
}

impl Parent {
    /// The one there is now.
    pub fn now() -> Self {
        Self { id: parent_id() }
    }

    /// The one that had this number when it started this process.
    pub const fn with_id(id: u32) -> Self {
        Self { id }
    }

    /// Whether it has ended: its child then belongs to another process.
    pub fn has_ended(self) -> bool {
        parent_id() != self.id
    }

    /// Whether its end would never be seen, since no process takes over from it.
    pub const fn is_endless(self) -> bool {
        self.id <= FIRST
    }
}

/// A process and all that it starts, which are killed together.
///
/// Unix has process groups for this. On Windows it is a job object.
#[derive(Debug)]
pub struct Group {
    leader: Option<Pid>,
}

impl Group {
    /// Starts a command in a group of its own.
    ///
    /// # Errors
    /// The command could not be started.
    pub fn start(command: &mut Command) -> io::Result<(Child, Self)> {
        let child = command.process_group(0).spawn()?;
        let leader = pid(child.id());
        Ok((child, Self { leader }))
    }

    /// Kills all that is left of the group.
    pub fn kill(&self) {
        // A group that is gone already is what is wanted.
        let _ = self.leader.map(|leader| kill_process_group(leader, Signal::KILL));
    }
}

/// A command as the user would type it.
///
/// On Windows `cmd /C` runs it.
pub fn shell(text: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", text]);
    command
}

/// Asks a process to end in order. The caller knows that it has not been waited for: its number could be
/// another's by then.
///
/// Unix sends SIGTERM. Windows has no such request for a program without a window: CTRL_BREAK_EVENT reaches one
/// that was started in a process group of its own.
pub fn ask_to_end(process: u32) {
    // One that has ended in the meantime needs no signal.
    let _ = pid(process).map(|process| kill_process(process, Signal::TERM));
}

/// What a shell reports of an ended command: its own exit code, or 128 and the number of the signal that ended
/// it. On Windows there is always an exit code.
pub fn exit_code(status: ExitStatus) -> i32 {
    let signalled = || status.signal().map(|signal| SIGNALLED + signal);
    status.code().or_else(signalled).unwrap_or(SIGNALLED)
}

fn pid(process: u32) -> Option<Pid> {
    i32::try_from(process).ok().and_then(Pid::from_raw)
}
