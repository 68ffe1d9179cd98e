//! `--restart COMMAND`, with real processes: a mock that is killed and started again, and commands that go wrong.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use libtest_mimic::Failed;
use rustix::process::{Pid, Signal, kill_process};

use crate::support::Trial;
use crate::support::process::{Completed, Mock, check, folder, keyproof};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        Trial::test("restart/a_mock_with_a_data_file_has_all_that_it_answered", durable),
        Trial::test("restart/a_mock_that_keeps_nothing_is_found_out", forgetful),
        Trial::test("restart/without_a_command_it_is_not_observable", not_given),
        Trial::test("restart/a_command_that_fails_is_told_with_its_words", fails),
        Trial::test("restart/a_server_that_stays_away_is_told", stays_away),
        Trial::test("restart/a_command_is_handed_no_token", no_token),
        Trial::test("restart/a_command_ends_with_the_run_that_started_it", interrupted),
        Trial::test("restart/it_is_refused_where_it_has_no_use", refused),
    ]
}

const CASE: &str = "server/restart/*";
const OPTIONS: [&str; 6] = ["--limits", "off", "--min-iterations", "1000", "--log", "off"];

/// Kills the mock with SIGKILL, and starts another on its port, which is killed with this. The port is free when the
/// first has ended, which takes a moment after the signal; its parent, the test, has not waited for it yet.
struct Restart {
    command: String,
    /// Where the number of the second is written.
    number: PathBuf,
}

impl Restart {
    fn of(mock: &mut Mock, folder: &Path, more: &str) -> Self {
        let number = folder.join("number");
        let (binary, first) = (env!("CARGO_BIN_EXE_keyproof"), mock.process().id());
        let place = mock.text("url").trim_start_matches("http://");
        let options = OPTIONS.join(" ");
        let command = format!(
            "kill -9 {first} && until ps -o stat= -p {first} | grep -q Z; do :; done && {{ '{binary}' mock --listen {place} {options} {more} >/dev/null 2>&1 & \
             echo $! >'{}'; }}",
            number.display()
        );
        Self { command, number }
    }
}

impl Drop for Restart {
    fn drop(&mut self) {
        let number = std::fs::read_to_string(&self.number).unwrap_or_default();
        if let Some(process) = number.trim().parse().ok().and_then(Pid::from_raw) {
            let _ = kill_process(process, Signal::KILL);
        }
    }
}

fn durable() -> Result<(), Failed> {
    let folder = folder("restart-durable");
    let file = folder.join("mock.redb");
    let file = file.to_str().unwrap();
    let mut mock = Mock::start_with(&[&OPTIONS[..], &["--data", file]].concat());
    let restart = Restart::of(&mut mock, &folder, &format!("--data '{file}'"));
    let arguments = ["--run", CASE, "--require", "restart", "--restart", &restart.command];
    let checked = mock.check(&arguments, &[]);
    assert_eq!(checked.exit, 0, "{checked:?}");
    assert!(checked.stdout.contains("3 cases in "), "{checked:?}");
    Ok(())
}

fn forgetful() -> Result<(), Failed> {
    let folder = folder("restart-forgetful");
    let mut mock = Mock::start_with(&OPTIONS);
    let restart = Restart::of(&mut mock, &folder, "");
    let checked = mock.check(&["--run", CASE, "--restart", &restart.command], &[]);
    assert_eq!(checked.exit, 1, "{checked:?}");
    let words = "server/restart/acknowledged-writes: what was answered before a restart is not there after it";
    assert!(one_line(&checked.stdout).contains(words), "{checked:?}");
    assert!(one_line(&checked.stdout).contains("got 404 not_found"), "{checked:?}");
    Ok(())
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn not_given() -> Result<(), Failed> {
    let mock = Mock::start_with(&OPTIONS);
    let checked = mock.check(&["--run", CASE, "--require", "restart"], &[]);
    assert_eq!(checked.exit, 3, "{checked:?}");
    assert!(one_line(&checked.stdout).contains("give --restart COMMAND"), "{checked:?}");
    Ok(())
}

fn restarted_by(command: &str) -> Completed {
    let mock = Mock::start_with(&OPTIONS);
    mock.check(&["--run", CASE, "--restart", command], &[])
}

fn fails() -> Result<(), Failed> {
    let checked = restarted_by("printf 'no such \\033[31mservice' >&2; exit 3");
    assert_eq!(checked.exit, 3, "{checked:?}");
    let words = "the command of --restart ended with status 3: no such \\u{1b}[31mservice";
    assert!(one_line(&checked.stdout).contains(words), "{checked:?}");
    Ok(())
}

/// It is gone for good: whoever asks next has no answer either.
fn stays_away() -> Result<(), Failed> {
    let mut mock = Mock::start_with(&OPTIONS);
    let command = format!("kill -9 {}; exit 7", mock.process().id());
    let checked = mock.check(&["--run", CASE, "--restart", &command], &[]);
    assert_eq!(checked.exit, 4, "{checked:?}");
    assert!(one_line(&checked.stdout).contains("ended with status 7"), "{checked:?}");
    Ok(())
}

fn no_token() -> Result<(), Failed> {
    let file = folder("restart-environment").join("environment");
    let checked = restarted_by(&format!("env >'{}'; exit 1", file.display()));
    assert_eq!(checked.exit, 3, "{checked:?}");
    let environment = std::fs::read_to_string(file)?;
    assert!(environment.contains("PATH="), "{environment}");
    assert!(!environment.contains("KEYPROOF_"), "{environment}");
    Ok(())
}

/// Whoever holds the other end of a pipe is seen to be gone when it ends.
fn interrupted() -> Result<(), Failed> {
    let pipe = folder("restart-interrupted").join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status()?.success());
    let mock = Mock::start_with(&OPTIONS);
    let command = format!("exec 3>'{}'; echo begun >&3; sleep 600 & wait", pipe.display());
    let place = ["check", "--url", mock.text("url"), "--org", mock.text("organization")];
    let arguments = [&place[..], &["--run", CASE, "--restart", &command]].concat();
    let child = keyproof(&arguments, &[("KEYPROOF_TOKEN", mock.token("full"))]).spawn()?;
    let mut pipe = BufReader::new(File::open(&pipe)?);
    let mut line = String::new();
    pipe.read_line(&mut line)?;
    assert_eq!(line, "begun\n");
    let process = Pid::from_raw(child.id().cast_signed()).ok_or("no process")?;
    kill_process(process, Signal::INT)?;
    assert_eq!(pipe.read_to_string(&mut line)?, 0);
    let output: Completed = child.wait_with_output()?.into();
    assert_eq!(output.exit, 3, "{output:?}");
    Ok(())
}

fn refused() -> Result<(), Failed> {
    let refusal = |output: Completed| {
        assert_eq!((output.exit, output.stdout.as_str()), (2, ""), "{output:?}");
        output.stderr
    };
    assert_eq!(
        refusal(check(&["--restart", "true"])),
        "keyproof: --restart is for a server by URL: give --url, --org and KEYPROOF_TOKEN\n"
    );
    let mock = Mock::start_with(&OPTIONS);
    for (more, why) in [
        (
            &["--restart", " "][..],
            "--restart: give a command that kills the server and starts it again",
        ),
        (
            &["--restart", "true", "--read-only", "--project", "my-app"],
            "--restart: it is run while something is written: leave out --read-only",
        ),
        (
            &["--restart", "true", "--cleanup"],
            "--restart: --cleanup runs no case: leave one of them out",
        ),
        (
            &["--restart", "true", "--shard", "1/2"],
            "--restart: the other shards would find no server meanwhile: leave out --shard",
        ),
    ] {
        assert_eq!(refusal(mock.check(more, &[])), format!("keyproof: {why}\n"));
    }
    Ok(())
}
