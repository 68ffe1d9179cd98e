//! Known failures, the last ones and required needs of `keyproof sdk`.

use std::path::{Path, PathBuf};

use libtest_mimic::Failed;

use super::bench::{heard, keyproof, process};
use crate::support::Trial;

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        Trial::test("expectations/a_known_bug_is_no_news", known),
        Trial::test("expectations/a_mended_bug_is_stale", mended),
        Trial::test("expectations/an_update_is_a_diff", update),
        Trial::test("expectations/what_failed_is_run_again", last_failed),
        Trial::test("expectations/a_required_need_is_incomplete", required),
    ]
}

const CASE: &str = "sdk/vectors/key_proof/published-1000-iterations";
const BUG: [&str; 2] = ["--bug", "proof-nul-padded"];

fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("sdk-{name}"));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    let text = format!("[[expect]]\ncase = '{CASE}'\nreason = 'an old release'\n");
    std::fs::write(folder.join("known.toml"), text).unwrap();
    folder
}

/// What the reference adapter comes to in that folder.
fn sdk(folder: &Path, options: &[&str], adapter: &[&str]) -> (i32, String, String) {
    let mut sdk = process();
    sdk.arg("sdk").args(options);
    sdk.args(["--", keyproof(), "adapter"]).args(adapter);
    heard(sdk.current_dir(folder))
}

fn known() -> Result<(), Failed> {
    let options = ["--expect", "known.toml", "--run", CASE];
    let (exit, stdout, stderr) = sdk(&folder("known"), &options, &BUG);
    assert_eq!((exit, stderr.as_str()), (0, ""), "{stdout}");
    assert!(stdout.contains(": no new failures (1 known): "), "{stdout}");
    assert!(stdout.contains("\n        known: an old release\n"), "{stdout}");
    Ok(())
}

fn mended() -> Result<(), Failed> {
    let options = ["--expect", "known.toml", "--run", CASE];
    let (exit, stdout, _) = sdk(&folder("mended"), &options, &[]);
    assert_eq!(exit, 1, "{stdout}");
    let expected =
        format!("\nstale expectation: known.toml:1: {CASE} passes: take the entry out\n");
    assert!(stdout.contains(&expected), "{stdout}");
    assert!(stdout.contains(": stale expectations: "), "{stdout}");
    Ok(())
}

fn update() -> Result<(), Failed> {
    let options = ["--expect", "known.toml", "--update-expect", "--run", CASE];
    let (exit, stdout, stderr) = sdk(&folder("update"), &options, &[]);
    assert_eq!(exit, 1, "{stderr}");
    let diff = format!(
        "--- known.toml\n+++ known.toml\n@@ -1,3 +0,0 @@\n-[[expect]]\n-case = '{CASE}'\n\
         -reason = 'an old release'\n"
    );
    assert_eq!(stdout, diff);
    assert!(stderr.contains(": stale expectations: "), "{stderr}");
    Ok(())
}

fn last_failed() -> Result<(), Failed> {
    let folder = folder("last-failed");
    let state = folder.join("state");
    let run = |options: &[&str], adapter: &[&str]| {
        let mut sdk = process();
        sdk.arg("sdk").args(options);
        sdk.args(["--", keyproof(), "adapter"]).args(adapter);
        sdk.env("XDG_STATE_HOME", &state).current_dir(&folder);
        heard(&mut sdk)
    };
    let (exit, _, stderr) = run(&["--last-failed"], &BUG);
    assert_eq!(exit, 2);
    assert_eq!(
        stderr,
        "keyproof: --last-failed: no run against this command, started in this folder, is \
         recorded: run it once without --last-failed\n"
    );
    let some = ["--run", CASE, "--run", "sdk/vectors/pad_key/length-*"];
    assert_eq!(run(&some, &BUG).0, 1);
    let (exit, stdout, _) = run(&["--last-failed", "--list"], &BUG);
    assert_eq!((exit, stdout), (0, format!("{CASE}\n")));
    // Another command is another target.
    assert_eq!(run(&["--last-failed"], &[]).0, 2);
    let (exit, stdout, _) = run(&["--last-failed"], &BUG);
    assert_eq!(exit, 1, "{stdout}");
    assert!(stdout.contains(&format!("✗ fail {CASE}: ")), "{stdout}");
    // What may stand in a command is nobody's business.
    let records = std::fs::read_dir(state.join("keyproof"))?;
    for record in records {
        let text = std::fs::read_to_string(record?.path())?;
        assert!(!text.contains("nul-padded"), "{text}");
    }
    let mut bare = process();
    let (exit, _, stderr) = heard(bare.args(["sdk", "--last-failed"]));
    assert_eq!(exit, 2);
    assert!(stderr.starts_with("keyproof: no adapter: "), "{stderr}");
    Ok(())
}

fn required() -> Result<(), Failed> {
    let folder = folder("required");
    let some = ["--run", "sdk/peers/*", "--run", "sdk/vectors/pad_key/length-*"];
    let (exit, stdout, _) = sdk(&folder, &some, &[]);
    assert_eq!(exit, 0, "{stdout}");
    for need in ["peers", "all"] {
        let (exit, stdout, _) = sdk(&folder, &[&some[..], &["--require", need]].concat(), &[]);
        assert_eq!(exit, 3, "{stdout}");
        assert!(stdout.contains(", required): "), "{stdout}");
    }
    let (exit, _, stderr) = sdk(&folder, &["--require", "pears"], &[]);
    assert_eq!(exit, 2);
    assert_eq!(stderr, "keyproof: `pears` is not a need of any case; nearest: peers\n");
    Ok(())
}
