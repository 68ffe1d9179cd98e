//! A server that plants the operator's token, escapes, line breaks and workflow commands in whatever it
//! may send, in every phase of a run: none of it comes out anywhere.

use std::collections::HashMap;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, mpsc};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use keyproof::mock::Limits;
use libtest_mimic::Failed;
use parking_lot::Mutex;

use super::host::Host;
use super::planted::{ABANDONED, DATE, Fate, SECRET, adorned, answered, header, projects, refused};
use crate::support::Trial;
use crate::support::process::{Completed, folder, keyproof};

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    for row in rows() {
        for (place, variables) in [("", &[][..]), ("_on_github", &[("GITHUB_ACTIONS", "true")])] {
            let name = format!("hostile/{}{place}", row.name);
            let of = format!("hostile-{}{place}", row.name);
            trials.push(Trial::test(name, move || harmless(row, &of, variables)));
        }
    }
    trials
}

#[derive(Clone, Copy)]
struct Row {
    name: &'static str,
    arguments: &'static [&'static str],
    /// The fate of a request by its method, its path, and how many of that method came before it.
    fate: fn(&str, &str, usize) -> Fate,
    /// Words of ours that come out, as the server's words have got that far.
    message: &'static str,
}

const CASES: &[&str] =
    &["--run", "server/descriptor/*", "--run", "server/history/*", "--run", "server/rotate/keep"];

fn rows() -> Vec<Row> {
    let row = |name, fate, message| Row { name, arguments: CASES, fate, message };
    vec![
        row(
            "first_contact_forbidden",
            |_, _, _| refused("403", &[]),
            "keyproof: the token may not list projects (403 \\u{1b}[31m[withheld]\\u{a}::error",
        ),
        row(
            "first_contact_unwell",
            |_, _, _| refused("500", &[]),
            "keyproof: the server answers 500 \\u{1b}[31m[withheld]",
        ),
        row(
            "first_contact_of_a_type",
            |_, _, _| answered("200", &[&header("content-type")], "hello"),
            "keyproof: the answer is [withheld] #\\u{23}[error]planted that is not JSON",
        ),
        row(
            "first_contact_encoded",
            |_, _, _| answered("200", &[&header("content-encoding")], "{}"),
            "the answer is encoded as [withheld] #\\u{23}[error]planted",
        ),
        row(
            "first_contact_redirected",
            |_, _, _| {
                let long = "x".repeat(180);
                let place = format!("location: https://{long}/{SECRET}/##[error]planted");
                answered("302", &[&place], "")
            },
            "/[withheld]/ (302)",
        ),
        row(
            "first_contact_without_a_date",
            |_, _, _| {
                let date = header("date");
                answered("200", &[&date], "{\"data\":[]}")
            },
            "its Date is none that can be read, and was not used",
        ),
        row(
            "a_trial_refused",
            |method, _, _| match method {
                "POST" => refused("422", &[]),
                _ => Fate::Passed,
            },
            "keyproof: a trial: no project could be made: creating a project was refused with 422 \
             \\u{1b}[31m[withheld]",
        ),
        row(
            "a_trial_that_stays",
            |method, _, _| match method {
                "DELETE" => refused("403", &[]),
                _ => Fate::Passed,
            },
            "keyproof: a trial: the token may make projects and not delete them",
        ),
        Row {
            name: "a_plan_refused",
            arguments: &["--budget", "requests=1"],
            fate: |_, _, _| Fate::Passed,
            message: "keyproof: the plan is at most",
        },
        row(
            "cases_with_planted_answers",
            |_, path, _| {
                if path.ends_with("/projects") { Fate::Passed } else { Fate::Adorned }
            },
            "[withheld]",
        ),
        row(
            "cases_with_planted_refusals",
            |method, path, before| match (method, path.contains("encryption-key")) {
                (_, true) if before % 2 == 0 => refused("418", &[DATE]),
                ("DELETE", _) => Fate::Adorned,
                _ => Fate::Passed,
            },
            "\\u{1b}[31m[withheld]",
        ),
        row(
            "tidying_refused",
            |method, _, before| match method {
                "DELETE" if before > 0 => refused("403", &[DATE]),
                _ => Fate::Passed,
            },
            "kp-",
        ),
        Row {
            name: "a_clean_up_refused",
            arguments: &["--cleanup"],
            fate: |_, _, _| refused("403", &[DATE]),
            message: "keyproof: the token may not list projects (403 \\u{1b}[31m[withheld]",
        },
        Row {
            name: "a_clean_up_of_what_stays",
            arguments: &["--cleanup"],
            fate: |method, _, _| match method {
                "DELETE" => refused("403", &[DATE]),
                _ => projects(),
            },
            message: ABANDONED,
        },
        row(
            "cases_interrupted",
            |_, path, _| {
                if path.ends_with("/encryption-key/rotate") { Fate::Held } else { Fate::Adorned }
            },
            "the run was stopped before its end",
        ),
    ]
}

/// The hostile server, and the organization that it is about.
struct Hostile {
    url: String,
    host: Host,
    /// Receives one signal for each request that is kept waiting.
    held: mpsc::Receiver<()>,
}

impl Hostile {
    fn start(row: Row) -> Self {
        let host = Host::ticking(Limits::Off);
        let behind = host.mock.url().strip_prefix("http://").unwrap().to_owned();
        let token = host.mock.token("full").unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let counts: Arc<Mutex<HashMap<String, usize>>> = Arc::default();
        let (tell, held) = mpsc::channel();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (stream, tell) = (stream.unwrap(), tell.clone());
                let (behind, token) = (behind.clone(), token.clone());
                let counts = Arc::clone(&counts);
                std::thread::spawn(move || {
                    let Some(request) = Request::read(&stream) else {
                        return;
                    };
                    let before = {
                        let mut counts = counts.lock();
                        let count = counts.entry(request.method.clone()).or_default();
                        *count += 1;
                        *count - 1
                    };
                    let pass = || request.pass(&behind, &token);
                    let output = match (row.fate)(&request.method, &request.path, before) {
                        Fate::Passed => pass(),
                        Fate::Adorned => adorned(&pass()),
                        Fate::Answered(output) => output,
                        Fate::Held => {
                            let _ = tell.send(());
                            // Until the client hangs up.
                            let _ = (&stream).read(&mut [0]);
                            return;
                        }
                    };
                    let _ = (&stream).write_all(output.as_bytes());
                });
            }
        });
        Self { url, host, held }
    }
}

struct Request {
    method: String,
    path: String,
    head: String,
    body: Vec<u8>,
}

impl Request {
    fn read(stream: &TcpStream) -> Option<Self> {
        let mut reader = BufReader::new(stream);
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if reader.read_line(&mut head).unwrap_or(0) == 0 {
                return None;
            }
        }
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "))
            .map_or(0, |length| length.parse().unwrap());
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        let mut words = head.split(' ');
        Some(Self { method: words.next()?.to_owned(), path: words.next()?.to_owned(), head, body })
    }

    /// What the mock answers to who knows its token.
    fn pass(&self, behind: &str, token: &str) -> String {
        let head = self.head.replace(SECRET, token);
        let head = head.replacen("\r\n", "\r\nconnection: close\r\n", 1);
        let mut mock = TcpStream::connect(behind).unwrap();
        mock.write_all(head.as_bytes()).unwrap();
        mock.write_all(&self.body).unwrap();
        let mut output = String::new();
        mock.read_to_string(&mut output).unwrap();
        output
    }
}

fn harmless(row: Row, of: &str, variables: &[(&str, &str)]) -> Result<(), Failed> {
    let hostile = Hostile::start(row);
    let out = folder(of);
    let output = run(&hostile, row, &out, variables)?;
    let mut all = vec![
        ("standard output".to_owned(), output.stdout.clone().into_bytes()),
        ("standard error".to_owned(), output.stderr.clone().into_bytes()),
    ];
    collect(&out, &mut all);
    assert!(
        all.iter().any(|(_, bytes)| contains(bytes, row.message)),
        "nothing says {:?}: {output:?}",
        row.message
    );
    let wrong: Vec<String> = all
        .iter()
        .filter_map(|(place, bytes)| Some(format!("{place}: {}", harmful(bytes)?)))
        .collect();
    assert!(wrong.is_empty(), "{}\n{output:?}", wrong.join("\n"));
    Ok(())
}

fn run(
    hostile: &Hostile,
    row: Row,
    out: &Path,
    variables: &[(&str, &str)],
) -> Result<Completed, Failed> {
    let out = out.to_str().unwrap();
    let organization = hostile.host.mock.organization();
    let place = ["check", "--url", &hostile.url, "--org", &organization];
    let formats = ["text", "json", "ndjson", "junit", "tap", "html", "markdown", "github"];
    let reports = formats.map(|format| format!("--report={format}={out}/report.{format}"));
    let snapshots = format!("--snapshots={out}");
    let state = format!("--state={out}/state");
    let mut arguments = [&place[..], row.arguments].concat();
    arguments.extend(["--trace", "--retries=0", &snapshots, &state]);
    arguments.extend(reports.iter().map(String::as_str));
    let summary = format!("{out}/summary.md");
    let own = [("KEYPROOF_TOKEN", SECRET), ("GITHUB_STEP_SUMMARY", &summary)];
    let child = keyproof(&arguments, &[variables, &own].concat()).spawn()?;
    let id = child.id().to_string();
    // It has more to say than fits into a pipe that nobody reads.
    let saying = std::thread::spawn(|| child.wait_with_output());
    if row.name == "cases_interrupted" {
        hostile.held.recv_timeout(Duration::from_secs(120))?;
        assert!(Command::new("kill").args(["-INT", &id]).status()?.success());
    }
    Ok(saying.join().unwrap()?.into())
}

/// Every file below a folder.
fn collect(folder: &Path, all: &mut Vec<(String, Vec<u8>)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path: PathBuf = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, all);
        } else {
            all.push((path.display().to_string(), fs::read(&path).unwrap()));
        }
    }
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

/// The first thing in it that must not come out.
fn harmful(bytes: &[u8]) -> Option<String> {
    let hex: String = SECRET.bytes().map(|byte| format!("{byte:02x}")).collect();
    // Of the longest spelling, any part that would give half of it away.
    let half = &SECRET[..SECRET.len() / 2];
    for text in [half, &hex, &STANDARD.encode(SECRET), "##[error]", "\u{1b}"] {
        if contains(bytes, text) {
            return Some(format!("{text:?} came out"));
        }
    }
    let text = String::from_utf8_lossy(bytes);
    let is_command = |line: &&str| {
        line.trim_start().starts_with("::error") && line.contains("planted") && !is_annotation(line)
    };
    let command = text.lines().find(is_command)?;
    Some(format!("a workflow command came out: {command}"))
}

/// Whether it is a command of our own, in whose message nothing is obeyed.
fn is_annotation(line: &str) -> bool {
    line.starts_with("::error title=")
}
