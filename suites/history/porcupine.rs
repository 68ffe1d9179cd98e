//! The search for an order against Porcupine, which others wrote: both have to find one, or none, for the same
//! histories.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use keyproof::suite::server::history::search::{Found, search};
use libtest_mimic::Failed;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng as _;

use super::register::{Register, RegisterCall, corrupt, history, line};
use crate::support::{Trial, seed, succeeds};

const HISTORIES: usize = 10_000;
/// What is made of a wrong one: a single change often leaves it right.
const CORRUPTIONS: usize = 3;
/// Histories that each verdict has to have, or the comparison would say little.
const FEWEST: usize = HISTORIES / 5;

/// Ignored, and says so, where there is no Go; `.ci/run` needs it.
pub(crate) fn trial() -> Result<Trial, String> {
    let seed = seed()?;
    if succeeds(&["go", "version"]) {
        return Ok(Trial::test("agrees_with_porcupine", move || agrees(seed)));
    }
    let title = "agrees_with_porcupine, ignored: `go version` fails";
    Ok(Trial::test(title, || Ok(())).with_ignored_flag(true))
}

fn agrees(seed: u64) -> Result<(), Failed> {
    println!("seed {seed}");
    let mut draws = ChaCha8Rng::seed_from_u64(seed);
    let mut histories: Vec<Vec<RegisterCall>> = Vec::new();
    for number in 0..HISTORIES {
        let mut calls = history(&mut draws);
        if number % 2 == 1 {
            for _ in 0..CORRUPTIONS {
                corrupt(&mut calls, &mut draws);
            }
        }
        histories.push(calls);
    }
    let lines: Vec<String> = histories.iter().map(|calls| line(calls)).collect();
    let mut explained = 0;
    for (number, other) in opinions(&lines)?.lines().enumerate() {
        let ours = match search(&Register, &0, &histories[number]) {
            Found::Order(_) => true,
            Found::NoOrder(_) => false,
            Found::Undecided => return Err(format!("gave up on {}", lines[number]).into()),
        };
        if ours.to_string() != other {
            let line = &lines[number];
            return Err(format!("seed {seed}: {ours}, and Porcupine says {other}: {line}").into());
        }
        if number % 2 == 0 && !ours {
            return Err(format!("seed {seed}: a right history: {}", lines[number]).into());
        }
        explained += usize::from(ours);
    }
    assert!(explained >= FEWEST && HISTORIES - explained >= FEWEST, "{explained} are explained");
    Ok(())
}

/// What Porcupine says, a line a history.
fn opinions(lines: &[String]) -> Result<String, Failed> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("suites/history/porcupine");
    let binary = Path::new(env!("CARGO_TARGET_TMPDIR")).join("keyproof-porcupine");
    let mut build = Command::new("go");
    let built = build.args(["build", "-o"]).arg(&binary).arg(".").current_dir(source).output()?;
    if !built.status.success() {
        return Err(String::from_utf8_lossy(&built.stderr).into_owned().into());
    }
    let mut process = Command::new(binary).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let mut stdin = process.stdin.take().unwrap();
    let text = format!("{}\n", lines.join("\n"));
    let writer = std::thread::spawn(move || stdin.write_all(text.as_bytes()));
    let output = process.wait_with_output()?;
    writer.join().unwrap()?;
    let said = String::from_utf8(output.stdout)?;
    assert_eq!(said.lines().count(), lines.len(), "an opinion for each history");
    Ok(said)
}
