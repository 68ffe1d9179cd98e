//! `keyproof selftest` for servers, the real process. What it makes of each defect is what the target
//! `defects` shows, and `.ci/run` runs it whole.

use keyproof::cli::server::Subject;
use libtest_mimic::Failed;

use crate::support::Trial;
use crate::support::process::{Completed, keyproof, snapshot};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        Trial::test("selftest/each_row_says_who_caught_it", rows),
        Trial::test("selftest/every_defect_and_variant_can_be_selected", listed),
        Trial::test("selftest/exit_3_if_nothing_is_selected", nothing),
    ]
}

fn selftest(arguments: &[&str]) -> Completed {
    let arguments = [&["selftest"], arguments].concat();
    keyproof(&arguments, &[]).output().unwrap().into()
}

fn rows() -> Result<(), Failed> {
    let output = selftest(&[
        "--run",
        "server/right",
        "--run",
        "server/pending-limit-clamped",
        "--run",
        "server/rotate-unlimited",
        "--run",
        "server/api-version-on-success-only",
    ]);
    assert_eq!((output.exit, output.stderr.as_str()), (0, ""), "{output:?}");
    let (_, table) = output.stdout.split_once("not applicable\n\n").ok_or("no table")?;
    snapshot("selftest_server_rows", table);
    Ok(())
}

fn listed() -> Result<(), Failed> {
    let output = selftest(&["--list"]);
    assert_eq!(output.exit, 0);
    let is_server = |id: &&str| id.starts_with("server/");
    let ids: Vec<&str> = output.stdout.lines().filter(is_server).collect();
    let all: Vec<String> = Subject::all().into_iter().map(Subject::id).collect();
    assert_eq!(ids, all);
    Ok(())
}

fn nothing() -> Result<(), Failed> {
    let output = selftest(&["--run", "server/rotate-unlimitd"]);
    assert_eq!((output.exit, output.stdout.as_str()), (3, ""));
    assert!(output.stderr.contains("nearest: server/rotate-unlimited"), "{output:?}");
    Ok(())
}
