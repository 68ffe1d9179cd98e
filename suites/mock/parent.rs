//! A mock that ends with the process that started it, and one that `exec` runs.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use serde_json::Value;

use super::process::folder;
use super::support::claims;

claims!(
    a_mock_ends_with_the_shell_that_started_it,
    a_mock_ends_with_the_node_that_started_it,
    a_mock_ends_with_the_python_that_started_it,
    it_ends_with_its_parent_while_a_request_hangs,
    what_it_had_answered_is_kept,
    a_mock_without_the_option_outlives_its_parent,
    without_a_parent_the_option_is_refused,
    exec_and_its_command_end_with_the_parent,
    exec_ends_a_command_that_does_not_want_to,
);

/// Longest time for something to end on a machine that is busy.
const LONGEST: Duration = Duration::from_secs(30);

/// Starts its arguments, tells their process, and waits.
const SHELL: [&str; 4] = ["sh", "-c", r#""$@" & echo $!; wait"#, "sh"];
const NODE: [&str; 4] = [
    "node",
    "-e",
    "const [program, ...rest] = process.argv.slice(1);
     const child = require('child_process').spawn(program, rest, { stdio: 'inherit' });
     console.log(child.pid);
     child.on('exit', () => process.exit());",
    "--",
];
const PYTHON: [&str; 3] = [
    "python3",
    "-c",
    "import subprocess, sys
child = subprocess.Popen(sys.argv[1:])
print(child.pid, flush=True)
child.wait()",
];

/// A process that has started `keyproof mock`, which writes to its standard output too.
struct Parent {
    process: Child,
    out: BufReader<ChildStdout>,
    /// The process of the mock.
    mock: String,
    /// What the mock wrote before its parent told its process.
    early: Option<String>,
}

impl Parent {
    /// None where the machine has not what it takes.
    fn start(with: &[&str], arguments: &[&str]) -> Option<Self> {
        let mut parent = Command::new(with[0]);
        parent.args(&with[1..]).args([env!("CARGO_BIN_EXE_keyproof"), "mock"]);
        parent.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = parent.spawn().ok()?;
        let mut out = BufReader::new(process.stdout.take().unwrap());
        let mut mock = String::new();
        out.read_line(&mut mock).unwrap();
        // The two write as they come: the mock may be the quicker one.
        let early = mock.starts_with('{').then(|| std::mem::take(&mut mock));
        if early.is_some() {
            out.read_line(&mut mock).unwrap();
        }
        Some(Self { process, out, mock: mock.trim().to_owned(), early })
    }

    fn line(&mut self) -> String {
        if let Some(early) = self.early.take() {
            return early;
        }
        let mut line = String::new();
        self.out.read_line(&mut line).unwrap();
        line
    }

    /// Kills it, and waits until nobody is left that could write to its output.
    fn kill(self) {
        assert!(self.killed(LONGEST), "the mock outlives its parent");
    }

    /// Whether nobody is left within that time. Who is left is killed.
    fn killed(mut self, longest: Duration) -> bool {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
        let (sender, ended) = mpsc::channel();
        std::thread::spawn(move || {
            let _ = self.out.read_to_end(&mut Vec::new());
            let _ = sender.send(());
        });
        let has_ended = ended.recv_timeout(longest).is_ok();
        if !has_ended {
            Command::new("kill").args(["-KILL", &self.mock]).status().unwrap();
        }
        has_ended
    }
}

fn ends_with(parent: &[&str]) {
    let options = ["--with-parent", "--listen", "127.0.0.1:0", "--json"];
    let Some(mut parent) = Parent::start(parent, &options) else {
        return;
    };
    let line: Value = serde_json::from_str(&parent.line()).unwrap();
    let address = line["url"].as_str().unwrap().trim_start_matches("http://").to_owned();
    parent.kill();
    assert!(std::net::TcpListener::bind(address).is_ok(), "the port is free again");
}

async fn a_mock_ends_with_the_shell_that_started_it() {
    ends_with(&SHELL);
}

async fn a_mock_ends_with_the_node_that_started_it() {
    ends_with(&NODE);
}

async fn a_mock_ends_with_the_python_that_started_it() {
    ends_with(&PYTHON);
}

async fn it_ends_with_its_parent_while_a_request_hangs() {
    let options = ["--with-parent", "--listen", "127.0.0.1:0", "--json"];
    let mut parent = Parent::start(&SHELL, &options).unwrap();
    let line: Value = serde_json::from_str(&parent.line()).unwrap();
    let control = |path: &str| {
        let call = reqwest::Client::new()
            .post(format!("{}/{path}", line["control_url"].as_str().unwrap()));
        call.bearer_auth(line["control_token"].as_str().unwrap())
    };
    let token = line["tokens"]["full"].as_str().unwrap();
    // It is asked for what never comes, for as long as may be.
    let ask = format!(r#"{{"token":"{token}","wait_for":1,"seconds":60}}"#);
    let hanging = tokio::spawn(control("journal").body(ask).send());
    // Once a later call was answered, the earlier one is under way, or never will be.
    let whole = control("reset").send().await.unwrap();
    assert_eq!(whole.status(), 204);
    parent.kill();
    assert!(hanging.await.unwrap().is_err());
}

async fn what_it_had_answered_is_kept() {
    let data = folder("orphaned").join("kept.redb");
    let options =
        ["--with-parent", "--listen", "127.0.0.1:0", "--json", "--data", data.to_str().unwrap()];
    let begin = || {
        let mut parent = Parent::start(&SHELL, &options).unwrap();
        let line: Value = serde_json::from_str(&parent.line()).unwrap();
        (parent, line)
    };
    let call = |line: &Value, method: reqwest::Method, path: &str| {
        let (url, organization) = (&line["url"], &line["organization"]);
        let path =
            format!("{}/api/v1/{}/{path}", url.as_str().unwrap(), organization.as_str().unwrap());
        let call = reqwest::Client::new().request(method, path);
        call.bearer_auth(line["tokens"]["full"].as_str().unwrap())
    };
    let (parent, line) = begin();
    let made =
        call(&line, reqwest::Method::POST, "projects").header("content-type", "application/json");
    let made = made.body(r#"{"name":"late"}"#).send().await.unwrap();
    assert_eq!(made.status(), 201);
    parent.kill();
    // Whoever ended in order has let go of the file.
    let (parent, line) = begin();
    let found = call(&line, reqwest::Method::GET, "late").send().await.unwrap();
    assert_eq!(found.status(), 200);
    parent.kill();
}

async fn a_mock_without_the_option_outlives_its_parent() {
    let mut parent = Parent::start(&SHELL, &["--listen", "127.0.0.1:0", "--json"]).unwrap();
    let line: Value = serde_json::from_str(&parent.line()).unwrap();
    let health = format!("{}/_mock/health", line["url"].as_str().unwrap());
    parent.process.kill().unwrap();
    parent.process.wait().unwrap();
    assert_eq!(reqwest::get(health).await.unwrap().status(), 200);
    assert!(!parent.killed(Duration::ZERO));
}

/// A shell whose own parent has ended becomes the mock. Where another process than the first takes over
/// such a one, there is nothing to be refused.
async fn without_a_parent_the_option_is_refused() {
    let orphan = r#"
        (while kill -0 "$$" 2>/dev/null; do :; done
         exec sh -c 'test $PPID = 1 || exec echo adopted; exec "$0" mock --with-parent --json --listen :0' "$0") &
    "#;
    let mut parent = Command::new("sh");
    parent.args(["-c", orphan, env!("CARGO_BIN_EXE_keyproof")]).stdin(Stdio::null());
    let mut parent = parent.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    parent.wait().unwrap();
    let (mut out, mut err) = (String::new(), String::new());
    parent.stdout.take().unwrap().read_to_string(&mut out).unwrap();
    parent.stderr.take().unwrap().read_to_string(&mut err).unwrap();
    if out == "adopted\n" {
        return;
    }
    assert_eq!(out, "");
    assert!(err.starts_with("keyproof: --with-parent: "), "{err}");
}

async fn exec_and_its_command_end_with_the_parent() {
    let command = ["exec", "--", "sh", "-c", "echo up; while :; do sleep 0.05; done"];
    let mut parent = Parent::start(&SHELL, &command).unwrap();
    assert_eq!(parent.line(), "up\n");
    parent.kill();
}

async fn exec_ends_a_command_that_does_not_want_to() {
    let command = ["exec", "--", "sh", "-c", "trap '' TERM; echo up; while :; do sleep 0.05; done"];
    let mut parent = Parent::start(&SHELL, &command).unwrap();
    assert_eq!(parent.line(), "up\n");
    parent.kill();
}
