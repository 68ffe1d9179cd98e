//! Runs the binary, and compares what a user sees with a snapshot.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

/// The binary with nothing of the caller's environment that it reads.
pub(crate) fn keyproof(arguments: &[&str], variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_keyproof"));
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(|name| name.starts_with("KEYPROOF_")) {
            command.env_remove(name);
        }
    }
    command
        .args(arguments)
        .current_dir(env!("CARGO_TARGET_TMPDIR"))
        .env_remove("NO_COLOR")
        .env_remove("GITHUB_STEP_SUMMARY")
        .env("COLUMNS", "100")
        .env("XDG_STATE_HOME", path("state"))
        .envs(variables.iter().copied())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// What a process said and ended with.
#[derive(Debug)]
pub(crate) struct Completed {
    pub(crate) exit: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl From<Output> for Completed {
    fn from(output: Output) -> Self {
        Self {
            exit: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Completed {
    /// The line of a report that says what the run proved.
    pub(crate) fn last_line(&self) -> &str {
        self.stdout.lines().last().unwrap_or_default()
    }

    pub(crate) fn first_line(&self) -> &str {
        self.stdout.lines().next().unwrap_or_default()
    }
}

pub(crate) fn check(arguments: &[&str]) -> Completed {
    check_with(arguments, &[])
}

pub(crate) fn check_with(arguments: &[&str], variables: &[(&str, &str)]) -> Completed {
    let arguments = [&["check"], arguments].concat();
    keyproof(&arguments, variables).output().unwrap().into()
}

/// A path of its own for a test's file.
pub(crate) fn path(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("check_cli");
    std::fs::create_dir_all(&folder).unwrap();
    folder.join(name)
}

/// An empty folder of a test's own.
pub(crate) fn folder(name: &str) -> PathBuf {
    let folder = path(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// A `keyproof mock` on a free port. Dropping it ends the process.
pub(crate) struct Mock {
    process: Child,
    facts: Value,
}

impl Mock {
    /// One without limits, whose server-managed keys are cheap to derive from.
    pub(crate) fn start() -> Self {
        Self::start_with(&["--limits", "off", "--min-iterations", "1000"])
    }

    pub(crate) fn start_with(arguments: &[&str]) -> Self {
        let options = ["mock", "--with-parent", "--listen", "127.0.0.1:0", "--json"];
        let arguments = [&options, arguments].concat();
        let mut process = keyproof(&arguments, &[]).spawn().unwrap();
        let mut line = String::new();
        let mut stdout = BufReader::new(process.stdout.take().unwrap());
        stdout.read_line(&mut line).unwrap();
        Self { process, facts: serde_json::from_str(&line).unwrap() }
    }

    pub(crate) fn process(&mut self) -> &mut Child {
        &mut self.process
    }

    pub(crate) fn text(&self, member: &str) -> &str {
        self.facts[member].as_str().unwrap()
    }

    pub(crate) fn token(&self, name: &str) -> &str {
        self.facts["tokens"][name].as_str().unwrap()
    }

    /// Checks it by URL, with these variables beside the token.
    pub(crate) fn check(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Completed {
        let place = ["--url", self.text("url"), "--org", self.text("organization")];
        let token = ("KEYPROOF_TOKEN", self.token("full"));
        check_with(&[&place, arguments].concat(), &[variables, &[token]].concat())
    }
}

impl Drop for Mock {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The text without what differs from run to run: times, durations, ports, names, random tokens.
pub(crate) fn normalised(text: &str) -> String {
    let mut shown = String::new();
    for line in text.lines() {
        let line = match line.trim_start().split_once(": ") {
            Some(("< date", _)) => "  < date: [date]".to_owned(),
            Some(("< x-ratelimit-reset", _)) => "  < x-ratelimit-reset: [seconds]".to_owned(),
            _ => words(line),
        };
        shown.push_str(&line);
        shown.push('\n');
    }
    shown
}

fn words(line: &str) -> String {
    let mut shown = String::new();
    let mut word = String::new();
    let is_part = |symbol: char| symbol.is_ascii_alphanumeric() || "-_:.".contains(symbol);
    for symbol in line.chars().chain(['\n']) {
        if is_part(symbol) {
            word.push(symbol);
            continue;
        }
        shown.push_str(&steady(&word));
        word.clear();
        shown.push(symbol);
    }
    shown.pop();
    let Some((before, rest)) = shown.split_once(" cases in ") else {
        return shown;
    };
    let (_, after) = rest.split_once(" s: ").unwrap_or_default();
    format!("{before} cases in [seconds] s: {after}")
}

fn steady(word: &str) -> String {
    let bytes = word.as_bytes();
    let is_time = bytes.len() == 20 && bytes[10] == b'T' && bytes[19] == b'Z';
    if is_time {
        return "[time]".to_owned();
    }
    if word.starts_with("control_") {
        return "[control token]".to_owned();
    }
    if word.starts_with("kp-") && word.split('-').count() == 4 {
        return "[project]".to_owned();
    }
    match word.strip_prefix("127.0.0.1:") {
        Some(port) if port.starts_with(|first: char| first.is_ascii_digit()) => {
            let rest = port.trim_start_matches(|digit: char| digit.is_ascii_digit());
            format!("127.0.0.1:[port]{rest}")
        }
        _ => word.to_owned(),
    }
}

/// Compares with `suites/snapshots/<name>.snap`.
pub(crate) fn snapshot(name: &str, seen: &str) {
    super::snapshot(name, normalised(seen));
}

/// Whether a command ends well: whether there is what it asks for.
pub(crate) fn succeeds(command: &[&str]) -> bool {
    let mut process = Command::new(command[0]);
    process.args(&command[1..]);
    process.stdout(Stdio::null()).stderr(Stdio::null());
    process.status().is_ok_and(|status| status.success())
}
