//! Every command of the README, as it stands there.
//!
//! The quick start's own two are run by `.ci/run`: they build and test this very project.

use std::path::Path;
use std::process::Command;

use libtest_mimic::Failed;

use crate::support::Trial;

const README: &str = include_str!("../README.md");
/// The port that the README names, where somebody else's mock may be listening.
const README_PORT: &str = "4747";

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = vec![Trial::test("the_quick_start_is_two_commands", || {
        let quick_start: Vec<_> = blocks().first().unwrap().lines().collect();
        let wanted = ["cargo run --release -- check", "cargo test"];
        if quick_start == wanted { Ok(()) } else { Err(format!("{quick_start:?}").into()) }
    })];
    for (number, block) in blocks().into_iter().enumerate().skip(1) {
        let first = block.lines().next().unwrap_or_default();
        let name = format!("block {number}: {first}");
        trials.push(match missing(block) {
            None => Trial::test(name, move || run(block)),
            Some(runtime) => {
                Trial::test(format!("{name}, ignored: there is no {runtime}"), || Ok(()))
                    .with_ignored_flag(true)
            }
        });
    }
    assert!(trials.len() > 4, "the README has commands");
    trials
}

/// The shell blocks of the README.
fn blocks() -> Vec<&'static str> {
    README
        .split("```sh\n")
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap().trim_end())
        .collect()
}

/// A runtime that the block starts and this machine has not; `.ci/run` installs them all.
fn missing(block: &str) -> Option<&'static str> {
    let runtimes = ["php", "go", "node", "python3", "chromium"].into_iter();
    let mut started = runtimes.filter(|one| {
        let forms = [format!("[\"{one}\""), format!("{one} build"), format!("=\"{one} ")];
        forms.iter().any(|form| block.contains(form))
    });
    started.find(|runtime| {
        let mut shell = Command::new("bash");
        shell.args(["-c", "command -v \"$0\"", runtime]);
        !shell.output().unwrap().status.success()
    })
}

/// Runs a block in an empty folder, with the binary on the path. A block that starts a mock gets a
/// free port, and goes on when the mock answers.
fn run(block: &str) -> Result<(), Failed> {
    let folder = tempdir();
    let binary = Path::new(env!("CARGO_BIN_EXE_keyproof"));
    let port = free_port();
    let ready = format!(
        "until curl -sf http://127.0.0.1:{port}/_mock/health >/dev/null; do kill -0 $!; done"
    );
    // A block that fails leaves its mock running, which would hold the output open.
    let end = "trap 'kill $(jobs -p) 2>/dev/null || true' EXIT\n".to_owned();
    let script: String =
        block
            .replace(README_PORT, &port.to_string())
            .lines()
            .map(|line| {
                if line.ends_with(" &") {
                    format!("{line}\n{ready}\n")
                } else {
                    format!("{line}\n")
                }
            })
            .fold(end, |script, line| script + &line);
    let path = format!(
        "{}:{}",
        binary.parent().unwrap().display(),
        std::env::var("PATH").unwrap_or_default()
    );
    let ours = std::env::vars_os().map(|(name, _)| name);
    let ours = ours.filter(|name| name.to_string_lossy().starts_with("KEYPROOF_"));
    let mut bash = Command::new("bash");
    for name in ours {
        bash.env_remove(name);
    }
    let output = bash
        .args(["-euo", "pipefail", "-c", &script])
        .current_dir(&folder)
        .env("PATH", path)
        .env("XDG_STATE_HOME", &folder)
        .output()
        .map_err(|error| format!("bash did not start: {error}"))?;
    std::fs::remove_dir_all(&folder).unwrap();
    if output.status.success() {
        return if block.contains("--peer") {
            shows_matrix(&String::from_utf8_lossy(&output.stdout))
        } else {
            Ok(())
        };
    }
    Err(format!(
        "{}\n{script}\n{}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
    .into())
}

/// The matrix that a command has printed is the one that the README shows.
fn shows_matrix(stdout: &str) -> Result<(), Failed> {
    let matrix = stdout.lines().skip_while(|line| !line.starts_with("a row is who"));
    let matrix = matrix.skip(1).take_while(|line| !line.is_empty());
    let shown: Vec<String> = matrix.map(|line| format!("    {line}\n")).collect();
    if !shown.is_empty() && README.contains(&shown.concat()) {
        Ok(())
    } else {
        Err(format!("the README does not show\n{}", shown.concat()).into())
    }
}

fn tempdir() -> std::path::PathBuf {
    use std::sync::atomic::{AtomicU32, Ordering};

    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join(format!("readme-{}-{number}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .unwrap()
        .port()
}
