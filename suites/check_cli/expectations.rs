//! `--expect` and `--update-expect`: known failures, as users meet them.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use libtest_mimic::Failed;
use serde_json::Value;

use crate::support::Trial;
use crate::support::process::{Completed, folder, keyproof, snapshot};

pub(crate) fn trials() -> Vec<Trial> {
    let has_patch = Command::new("patch").arg("--version").output().is_ok();
    vec![
        Trial::test("expect/a_known_failure_is_no_news_and_not_conformant", known),
        Trial::test("expect/a_known_failure_stays_in_every_report", reports),
        Trial::test("expect/an_expected_could_not_run_is_complete", could_not_run),
        Trial::test("expect/a_stale_entry_is_told_and_fails", stale),
        Trial::test("expect/a_new_failure_beside_a_known_one_fails", new_failure),
        Trial::test("expect/only_what_is_selected_is_judged", unselected),
        Trial::test("expect/a_file_that_is_wrong_is_refused", refused),
        Trial::test("expect/an_update_is_printed_and_never_written", update),
        Trial::test("expect/an_update_of_nothing_says_so", nothing_to_update),
        Trial::test("expect/a_first_file_is_begun", begun),
        Trial::test("expect/patch_takes_what_is_printed", patched).with_ignored_flag(!has_patch),
    ]
}

const PROOF: [&str; 4] =
    ["--defect", "descriptor-sends-key-check", "--run", "server/descriptor/proof-never-sent"];
const KNOWN: &str = "[[expect]]\ncase = \"server/descriptor/proof-never-sent\"\n\
                     reason = \"mended with the next release\"\nissue = \"https://issues.example/7\"\n";

/// A folder with a `known.toml` of that text.
fn with(name: &str, text: &str) -> PathBuf {
    let folder = folder(name);
    fs::write(folder.join("known.toml"), text).unwrap();
    folder
}

/// Checks in that folder, with its file.
fn check(folder: &PathBuf, arguments: &[&str]) -> Completed {
    let all = [&["check", "--expect", "known.toml"], arguments].concat();
    let mut process = keyproof(&all, &[]);
    process.current_dir(folder).output().unwrap().into()
}

fn known() -> Result<(), Failed> {
    let output = check(&with("expect_known", KNOWN), &PROOF);
    assert_eq!((output.exit, output.stderr.as_str()), (0, ""), "{output:?}");
    let expected = "embedded mock: no new failures (1 known): ";
    assert!(output.last_line().starts_with(expected), "{output:?}");
    snapshot("check_known", &output.stdout);
    Ok(())
}

fn reports() -> Result<(), Failed> {
    let output =
        check(&with("expect_reports", KNOWN), &[&PROOF[..], &["--report", "json=-"]].concat());
    assert_eq!(output.exit, 0, "{output:?}");
    let document: Value = serde_json::from_str(&output.stdout)?;
    assert_eq!(document["exit"], 0);
    let cases = document["cases"].as_array().unwrap();
    let case = cases.iter().find(|case| case["id"] == PROOF[3]).unwrap();
    assert_eq!(case["verdict"], "expected-fail");
    assert_eq!(case["known"]["reason"], "mended with the next release");
    assert_eq!(case["known"]["issue"], "https://issues.example/7");
    assert_eq!(document["failures"][0]["case"], PROOF[3]);
    let verbose = check(&with("expect_verbose", KNOWN), &[&PROOF[..], &["--verbose"]].concat());
    let headline = format!("\n✗ expected-fail {}: ", PROOF[3]);
    assert!(verbose.stdout.contains(&headline), "{verbose:?}");
    Ok(())
}

fn could_not_run() -> Result<(), Failed> {
    let text = "[[expect]]\ncase = 'server/history/one-active'\nverdict = 'could-not-run'\n\
                reason = 'no client custody here'\n";
    let defect = ["--defect", "descriptor-refuses-client-custody"];
    let one = ["--run", "server/history/one-active"];
    let other = ["--run", "server/descriptor/server-managed"];
    let folder = with("expect_could_not_run", text);
    let output = check(&folder, &[defect, one, other].concat());
    assert_eq!(output.exit, 0, "{output:?}");
    let expected = "embedded mock: no new failures (1 known): ";
    assert!(output.last_line().starts_with(expected), "{output:?}");
    assert!(output.stdout.contains("\n        known: no client custody here\n"));
    // Alone it leaves nothing that was judged.
    let output = check(&folder, &[defect, one].concat());
    assert_eq!(output.exit, 3, "{output:?}");
    Ok(())
}

fn stale() -> Result<(), Failed> {
    let text = "# Known on staging.\n\n\
                [[expect]]\ncase = 'server/descriptor/proof-never-sent'\nreason = 'a bug'\n\
                message = 'has another shape'\n\n\
                [[expect]]\ncase = 'server/descriptor/server-managed'\nreason = 'a bug'\n\n\
                [[expect]]\ncase = 'server/history/**'\nreason = 'a bug'\nexpires = 2020-02-29\n";
    let output = check(
        &with("expect_stale", text),
        &[
            "--defect",
            "descriptor-sends-key-check",
            "--defect",
            "history-ordered-as-text",
            "--run",
            "server/descriptor/*-*",
            "--run",
            "server/history/order",
        ],
    );
    assert_eq!((output.exit, output.stderr.as_str()), (1, ""), "{output:?}");
    let is_told = |line: &&str| line.starts_with("stale expectation: ");
    let expected: Vec<&str> = output.stdout.lines().filter(is_told).collect();
    snapshot("check_stale", &expected.join("\n"));
    // Alone, an unexpected pass is enough.
    let file = "[[expect]]\ncase = 'server/descriptor/server-managed'\nreason = 'a bug'\n";
    let output = check(&with("expect_pass", file), &["--run", "server/descriptor/server-managed"]);
    assert_eq!(output.exit, 1, "{output:?}");
    let expected = "embedded mock: stale expectations: ";
    assert!(output.last_line().starts_with(expected), "{output:?}");
    Ok(())
}

fn new_failure() -> Result<(), Failed> {
    let output = check(
        &with("expect_new_failure", KNOWN),
        &[&PROOF[..], &["--defect", "history-ordered-as-text", "--run", "server/history/order"]]
            .concat(),
    );
    assert_eq!(output.exit, 1, "{output:?}");
    let expected = "embedded mock: not conformant: ";
    assert!(output.last_line().starts_with(expected), "{output:?}");
    assert!(output.last_line().contains(", 1 failed, 1 known to fail, "));
    Ok(())
}

fn unselected() -> Result<(), Failed> {
    let folder = with("expect_unselected", KNOWN);
    let output = check(&folder, &["--run", "server/descriptor/server-managed"]);
    assert_eq!(output.exit, 0, "{output:?}");
    let expected = "embedded mock: selection held: ";
    assert!(output.last_line().starts_with(expected), "{output:?}");
    Ok(())
}

fn refused() -> Result<(), Failed> {
    let mut seen = String::new();
    let entry = "[[expect]]\ncase = \"server/descriptor/server-managed\"\nreason = \"a\"\n";
    let files: [&[u8]; 9] = [
        b"[[expect]]\ncase = \n",
        b"[[expect]]\ncase = \"server/descriptr/scope\"\nreason = \"a\"\n",
        b"[[expect]]\ncase = \"server/descriptor/scope\"\n",
        b"[[expect]]\ncase = \"server/descriptor/scope\"\nreason = \"\"\n",
        b"[[expect]]\ncase = \"server/descriptor/scope\"\nreason = \"a\"\nskip = true\n",
        b"[[expect]]\ncase = \"server/descriptor/scope\"\nreason = \"a\"\nexpires = 2026-02-30\n",
        b"[[expect]]\ncase = \"server/descriptor/scope\"\nreason = \"a\"\nverdict = \"warn\"\n",
        b"# fine\n\xff\n",
        b"[[expect]]\ncase = \"server/*/s**ve\"\nreason = \"\x1b[31m\"\n",
    ];
    let twice = format!("{entry}\n{entry}");
    for text in files.into_iter().chain([twice.as_bytes()]) {
        let folder = folder("expect_refused");
        fs::write(folder.join("known.toml"), text)?;
        let output = check(&folder, &[]);
        assert_eq!((output.exit, output.stdout.as_str()), (2, ""), "{output:?}");
        assert!(!output.stderr.contains('\u{1b}'));
        seen.push_str(&format!("{}\n{}\n", text.escape_ascii(), output.stderr));
    }
    let folder = with("expect_usage", KNOWN);
    for arguments in [
        &["--expect", "no-such.toml"][..],
        &["--expect", "."],
        &["--update-expect"],
        &["--expect", "known.toml", "--update-expect", "--report", "json=-"],
    ] {
        let mut process = keyproof(&[&["check"], arguments].concat(), &[]);
        let output: Completed = process.current_dir(&folder).output()?.into();
        assert_eq!((output.exit, output.stdout.as_str()), (2, ""), "{output:?}");
        seen.push_str(&format!("check {}\n{}\n", arguments.join(" "), output.stderr));
    }
    snapshot("check_expect_refused", &seen);
    Ok(())
}

const OLD: &str = "\
# Known on staging.

# Gone since May.
[[expect]]
case = \"server/descriptor/server-managed\"
reason = \"a bug\"

[[expect]] # ours
case = \"server/descriptor/proof-never-sent\" # all clients
reason = \"another bug\"
message = \"has another shape\"
";

const TWO_DEFECTS: [&str; 8] = [
    "--defect",
    "descriptor-sends-key-check",
    "--defect",
    "history-ordered-as-text",
    "--run",
    "server/descriptor/*-*",
    "--run",
    "server/history/order",
];

fn update() -> Result<(), Failed> {
    let folder = with("expect_update", OLD);
    let output = check(&folder, &[&TWO_DEFECTS[..], &["--update-expect"]].concat());
    assert_eq!(output.exit, 1, "that of the run: {output:?}");
    snapshot("check_update", &output.stdout);
    let report = "keyproof: embedded mock, seed 0, ";
    assert!(output.stderr.starts_with(report), "{output:?}");
    assert_eq!(fs::read_to_string(folder.join("known.toml"))?, OLD);
    Ok(())
}

fn nothing_to_update() -> Result<(), Failed> {
    let folder = with("expect_no_update", KNOWN);
    let output = check(&folder, &[&PROOF[..], &["--update-expect"]].concat());
    assert_eq!((output.exit, output.stdout.as_str()), (0, ""), "{output:?}");
    let expected = "\nkeyproof: known.toml: nothing to change\n";
    assert!(output.stderr.ends_with(expected), "{output:?}");
    Ok(())
}

fn begun() -> Result<(), Failed> {
    let folder = folder("expect_begun");
    let output = check(&folder, &[&PROOF[..], &["--update-expect"]].concat());
    assert_eq!(output.exit, 1, "{output:?}");
    let diff = "--- /dev/null\n+++ known.toml\n@@ -0,0 +1,4 @@\n+[[expect]]\n\
                +case = \"server/descriptor/proof-never-sent\"\n";
    assert!(output.stdout.starts_with(diff), "{output:?}");
    assert!(!folder.join("known.toml").exists());
    Ok(())
}

fn patched() -> Result<(), Failed> {
    let folder = with("expect_patched", OLD);
    let output = check(&folder, &[&TWO_DEFECTS[..], &["--update-expect"]].concat());
    fs::write(folder.join("update.diff"), &output.stdout)?;
    let patch = Command::new("patch")
        .args(["-p0", "-i", "update.diff"])
        .current_dir(&folder)
        .stdout(Stdio::null())
        .status()?;
    assert!(patch.success());
    // A reason is nobody's but the author's.
    let output = check(&folder, &TWO_DEFECTS);
    assert_eq!(output.exit, 2, "{output:?}");
    assert!(output.stderr.contains(": `reason` is empty: "), "{output:?}");
    let path = folder.join("known.toml");
    let text = fs::read_to_string(&path)?;
    fs::write(&path, text.replace("reason = \"\"", "reason = \"new\""))?;
    let output = check(&folder, &TWO_DEFECTS);
    assert_eq!(output.exit, 0, "{output:?}");
    let expected = "embedded mock: no new failures (2 known): ";
    assert!(output.last_line().starts_with(expected), "{output:?}");
    Ok(())
}
