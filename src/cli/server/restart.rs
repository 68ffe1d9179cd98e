//! The command of `check --restart`, which kills the server without warning and starts it again.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::process::Stdio;
use std::time::Duration;

use crate::cli::environment;
use crate::system::file::nameless;
use crate::system::process::{Group, exit_code, shell};

/// How long the command may take: as long as the server may.
const LONGEST: Duration = Duration::from_secs(60);
/// Bytes of what the command said last that a message repeats.
const SHOWN: u64 = 2048;

/// The command, and how long it may take.
#[derive(Debug, Clone)]
pub(in crate::cli) struct RestartCommand {
    text: String,
    longest: Duration,
}

impl RestartCommand {
    pub(in crate::cli) fn new(text: &str) -> Self {
        Self { text: text.to_owned(), longest: LONGEST }
    }

    /// Runs it to its end, in a process group of its own. If it takes too long, or this is dropped before, the group is
    /// killed; what it has started lives on where it ends by itself.
    ///
    /// It is handed none of keyproof's own variables, which hold tokens. What it says goes to a file that has no name: a
    /// server that it starts may go on writing there.
    ///
    /// # Errors
    /// It could not be started, ended with another status than 0, or did not end: in words, with what it said last.
    pub(in crate::cli) async fn run(&self) -> Result<(), String> {
        let trouble =
            |error: std::io::Error| format!("the command of --restart cannot be run: {error}");
        let mut said = nameless(&std::env::temp_dir()).map_err(trouble)?;
        let mut command = shell(&self.text);
        command.stdin(Stdio::null());
        command.stdout(said.try_clone().map_err(trouble)?);
        command.stderr(said.try_clone().map_err(trouble)?);
        for name in environment::own() {
            command.env_remove(name);
        }
        let (mut child, group) = Group::start(&mut command).map_err(trouble)?;
        let mut running = Running { group, has_ended: false };
        let waiting = tokio::task::spawn_blocking(move || child.wait());
        let Ok(ended) = tokio::time::timeout(self.longest, waiting).await else {
            drop(running);
            return Err(format!(
                "the command of --restart did not end within {} s, and was killed: let it start the server in the \
                 background{}",
                self.longest.as_secs_f64(),
                last_words(&mut said)
            ));
        };
        running.has_ended = true;
        let status =
            ended.map_err(std::io::Error::other).and_then(|status| status).map_err(trouble)?;
        match exit_code(status) {
            0 => Ok(()),
            code => Err(format!(
                "the command of --restart ended with status {code}{}",
                last_words(&mut said)
            )),
        }
    }
}

/// A command that is killed, with all that it has started, unless it has ended.
struct Running {
    group: Group,
    has_ended: bool,
}

impl Drop for Running {
    fn drop(&mut self) {
        if !self.has_ended {
            self.group.kill();
        }
    }
}

/// The last of what a command said, to be put behind a message.
fn last_words(said: &mut File) -> String {
    let mut bytes = Vec::new();
    let length = said.metadata().map_or(0, |file| file.len());
    let start = said.seek(SeekFrom::Start(length.saturating_sub(SHOWN)));
    let read = start.and_then(|_| said.read_to_end(&mut bytes));
    let text = String::from_utf8_lossy(&bytes);
    match (read, text.trim()) {
        (Ok(_), text) if !text.is_empty() => format!(": {text}"),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    fn run(text: &str, longest: Duration) -> Result<(), String> {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
        let command = RestartCommand { longest, ..RestartCommand::new(text) };
        runtime.map_err(|error| error.to_string())?.block_on(command.run())
    }

    #[test]
    fn what_a_command_ends_with_is_told_with_its_last_words() {
        assert_eq!(run("true", LONGEST), Ok(()));
        let status = "the command of --restart ended with status ";
        assert_eq!(run("exit 3", LONGEST), Err(format!("{status}3")));
        assert_eq!(run("kill -9 $$", LONGEST), Err(format!("{status}137")));
        let spoken = run("echo said; echo why >&2; exit 1", LONGEST);
        assert_eq!(spoken, Err(format!("{status}1: said\nwhy")));
        let missing = run("exec /nowhere/at-all", LONGEST);
        assert!(missing.is_err_and(|why| why.starts_with(&format!("{status}12"))));
    }

    #[test]
    fn a_command_that_hangs_is_killed_and_what_it_left_running_is_not_waited_for() {
        let began = Instant::now();
        let hanging = run("echo begun; sleep 600 & wait", Duration::from_millis(300));
        assert_eq!(
            hanging,
            Err("the command of --restart did not end within 0.3 s, and was killed: let it start the server in the \
                 background: begun"
                .to_owned())
        );
        assert_eq!(run("sleep 20 & true", LONGEST), Ok(()));
        assert!(began.elapsed() < Duration::from_secs(15));
    }
}
