//! `keyproof selftest`, the real process. What it makes of each bug is what the trials beside these
//! show, and `.ci/run` runs it whole.

use keyproof::adapter::reference::Bug;
use keyproof::suite::client;
use keyproof::suite::sdk::selftest::Subject;
use libtest_mimic::Failed;

use super::bench::{heard, process};
use crate::support::{Trial, snapshot};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        Trial::test("selftest/each_row_says_who_caught_it", rows),
        Trial::test("selftest/every_bug_can_be_selected", listed),
        Trial::test("selftest/exit_3_if_nothing_is_selected", nothing),
    ]
}

fn selftest(arguments: &[&str]) -> (i32, String, String) {
    let mut selftest = process();
    heard(selftest.arg("selftest").args(arguments))
}

fn rows() -> Result<(), Failed> {
    let (exit, stdout, stderr) = selftest(&[
        "--run",
        "sdk/right-terse",
        "--run",
        "sdk/fixed-iv",
        "--run",
        "sdk/repairs-utf8",
    ]);
    assert_eq!((exit, stderr.as_str()), (0, ""), "{stdout}");
    let (_, table) = stdout.split_once("not applicable\n\n").ok_or("no table")?;
    snapshot("selftest_rows", table);
    Ok(())
}

fn listed() -> Result<(), Failed> {
    let (exit, stdout, _) = selftest(&["--list"]);
    assert_eq!(exit, 0);
    let is_adapter = |id: &&str| id.starts_with("sdk/");
    let ids: Vec<&str> = stdout.lines().filter(is_adapter).collect();
    assert_eq!(ids.len(), Subject::all().len());
    let clients = stdout.lines().filter(|id| id.starts_with("client/")).count();
    assert_eq!(clients, client::selftest::Subject::all().len());
    for bug in Bug::all() {
        if let Bug::Slip(_) = bug {
            assert!(stdout.contains(&format!("client/{bug}\n")), "{bug}");
            continue;
        }
        assert!(ids.contains(&format!("sdk/{bug}").as_str()), "{bug}");
        assert!(Subject::Wrong(bug).expectation().is_ok(), "{bug}");
    }
    Ok(())
}

fn nothing() -> Result<(), Failed> {
    let (exit, stdout, stderr) = selftest(&["--run", "sdk/fixd-iv"]);
    assert_eq!((exit, stdout.as_str()), (3, ""));
    assert!(stderr.contains("nearest: sdk/fixed-iv"), "{stderr}");
    Ok(())
}
