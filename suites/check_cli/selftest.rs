//! `keyproof selftest` for servers, the real process. What it makes of each defect is what the target
//! `defects` shows, and `.ci/run` runs it whole.

use keyproof::cli::server::Subject;
use libtest_mimic::Failed;

use crate::support::Trial;
use crate::support::process::{Said, keyproof, snapshot};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        Trial::test("selftest/each_row_says_who_caught_it", rows),
        Trial::test("selftest/every_defect_and_variant_can_be_selected", listed),
        Trial::test("selftest/exit_3_if_nothing_is_selected", nothing),
    ]
}

fn selftest(arguments: &[&str]) -> Said {
    let arguments = [&["selftest"], arguments].concat();
    keyproof(&arguments, &[]).output().unwrap().into()
}

fn rows() -> Result<(), Failed> {
    let said = selftest(&[
        "--run",
        "server/right",
        "--run",
        "server/pending-limit-clamped",
        "--run",
        "server/rotate-unlimited",
        "--run",
        "server/api-version-on-success-only",
    ]);
    assert_eq!((said.exit, said.stderr.as_str()), (0, ""), "{said:?}");
    let (_, table) = said
        .stdout
        .split_once("not applicable\n\n")
        .ok_or("no table")?;
    snapshot("selftest_server_rows", table);
    Ok(())
}

fn listed() -> Result<(), Failed> {
    let said = selftest(&["--list"]);
    assert_eq!(said.exit, 0);
    let is_server = |id: &&str| id.starts_with("server/");
    let ids: Vec<&str> = said.stdout.lines().filter(is_server).collect();
    let all: Vec<String> = Subject::all().into_iter().map(Subject::id).collect();
    assert_eq!(ids, all);
    Ok(())
}

fn nothing() -> Result<(), Failed> {
    let said = selftest(&["--run", "server/rotate-unlimitd"]);
    assert_eq!((said.exit, said.stdout.as_str()), (3, ""));
    assert!(
        said.stderr.contains("nearest: server/rotate-unlimited"),
        "{said:?}"
    );
    Ok(())
}
