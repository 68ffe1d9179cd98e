//! The adapters of `suites/adapters/` are conformant. A runtime that is not on this machine makes its
//! trial an ignored one, which says so; `.ci/run` installs them all.

use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

use keyproof::harness::{Exit, Verdict};
use libtest_mimic::Failed;

use super::bench::run;
use crate::support::{Trial, succeeds};

/// Language, what tells that its runtime is there, and the adapter's file.
const SHIPPED: [(&str, &[&str], &str); 4] = [
    ("php", &["php", "-r", "exit(extension_loaded('openssl') ? 0 : 1);"], "php/adapter.php"),
    ("go", &["go", "version"], "go/adapter.go"),
    ("js", &["node", "--version"], "js/adapter.mjs"),
    ("python", &["python3", "-c", "import cryptography"], "python/adapter.py"),
];

pub(crate) fn trials() -> Vec<Trial> {
    each("shipped", conformant)
}

/// A trial for each of them whose runtime is there.
pub(crate) fn each(topic: &str, judge: fn(&[String]) -> Result<(), Failed>) -> Vec<Trial> {
    let shipped = SHIPPED.into_iter();
    shipped
        .map(|(language, probe, file)| {
            if succeeds(probe) {
                return Trial::test(format!("{topic}/{language}"), move || {
                    judge(&command(language, file)?)
                });
            }
            let title = format!("{topic}/{language}, ignored: `{}` fails", probe.join(" "));
            Trial::test(title, || Ok(())).with_ignored_flag(true)
        })
        .collect()
}

/// The runtimes that are not on this machine.
pub(crate) fn missing() -> Vec<&'static str> {
    let shipped = SHIPPED.into_iter();
    let missing = shipped.filter(|(_, probe, _)| !succeeds(probe));
    missing.map(|(language, ..)| language).collect()
}

/// Each language, with its adapter's command.
pub(crate) fn commands() -> Result<Vec<(&'static str, Vec<String>)>, Failed> {
    let shipped = SHIPPED.into_iter();
    let commands = shipped.map(|(language, _, file)| Ok((language, command(language, file)?)));
    commands.collect()
}

fn command(language: &str, file: &str) -> Result<Vec<String>, Failed> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("suites/adapters").join(file);
    let path = path.to_str().unwrap().to_owned();
    Ok(match language {
        "go" => vec![build(&path)?],
        "js" => vec!["node".to_owned(), path],
        "python" => vec!["python3".to_owned(), path],
        runtime => vec![runtime.to_owned(), path],
    })
}

fn conformant(command: &[String]) -> Result<(), Failed> {
    let ran = run(command.to_vec(), &[]);
    let mut outcomes = ran.conclusion.outcomes.iter();
    if let Some(other) = outcomes.find(|outcome| outcome.verdict != Verdict::Pass) {
        return Err(ran.explain(other).into());
    }
    assert_eq!(ran.conclusion.exit(), Exit::Held);
    Ok(())
}

/// Built once for all tests of this process: two that write one file would be in each other's way.
fn build(path: &str) -> Result<String, Failed> {
    static BUILT: OnceLock<Result<String, String>> = OnceLock::new();
    let built = BUILT.get_or_init(|| {
        let binary = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("keyproof-go-adapter");
        let mut go = Command::new("go");
        let built = go.args(["build", "-o"]).arg(&binary).arg(path).output();
        let built = built.map_err(|error| format!("go: {error}"))?;
        if built.status.success() {
            Ok(binary.to_str().unwrap().to_owned())
        } else {
            Err(String::from_utf8_lossy(&built.stderr).into_owned())
        }
    });
    built.clone().map_err(Into::into)
}
