//! `--last-failed`, and the record that it reads.

use std::fs;
use std::path::{Path, PathBuf};

use libtest_mimic::Failed;

use crate::support::Trial;
use crate::support::process::{Completed, Mock, check_with, folder, keyproof};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        Trial::test("last_failed/exit_2_with_nothing_recorded", nothing_recorded),
        Trial::test("last_failed/what_failed_is_run_again", runs_again),
        Trial::test("last_failed/what_a_run_leaves_out_keeps_its_record", left_out),
        Trial::test("last_failed/exit_3_if_all_passed", all_passed),
        Trial::test("last_failed/a_selection_narrows_it", narrowed),
        Trial::test("last_failed/a_case_that_is_no_more_is_named", no_more),
        Trial::test("last_failed/each_target_has_its_own_record", targets),
        Trial::test("last_failed/the_record_holds_ids_and_verdicts_only", no_secrets),
        Trial::test("last_failed/a_known_failure_is_done_with", known),
        Trial::test("last_failed/a_record_that_cannot_be_kept_is_a_warning", unwritable),
        Trial::test("last_failed/a_damaged_record_is_left_as_it_is", damaged),
        Trial::test("last_failed/the_record_is_in_the_users_folder", places),
    ]
}

const ORDER: &str = "server/history/order";
const QUICK: &str = "server/descriptor/server-managed";
const DEFECT: [&str; 2] = ["--defect", "history-ordered-as-text"];

/// Checks the broken mock, with its record in that folder.
fn check(state: &Path, arguments: &[&str]) -> Completed {
    let place = ["--state", state.to_str().unwrap()];
    check_with(&[&DEFECT, &place, arguments].concat(), &[])
}

/// The one record in that folder.
fn record(state: &Path) -> PathBuf {
    let mut files: Vec<_> = fs::read_dir(state)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
        .collect();
    assert_eq!(files.len(), 1, "{files:?}");
    files.pop().unwrap()
}

fn listed(state: &Path) -> String {
    let output = check(state, &["--last-failed", "--list"]);
    assert_eq!((output.exit, output.stderr.as_str()), (0, ""), "{output:?}");
    output.stdout
}

fn nothing_recorded() -> Result<(), Failed> {
    let state = folder("last_nothing");
    for also in [&[][..], &["--list"], &["--run", QUICK]] {
        let output = check(&state, &[&["--last-failed"], also].concat());
        assert_eq!((output.exit, output.stdout.as_str()), (2, ""), "{output:?}");
        assert_eq!(
            output.stderr,
            "keyproof: --last-failed: no run against embedded mock --defect \
             history-ordered-as-text is recorded: run it once without --last-failed\n"
        );
    }
    Ok(())
}

fn runs_again() -> Result<(), Failed> {
    let state = folder("last_again");
    let output = check(&state, &["--run", "server/history/*"]);
    assert_eq!((output.exit, output.stderr.as_str()), (1, ""), "{output:?}");
    assert_eq!(listed(&state), format!("{ORDER}\n"));
    for _ in 0..2 {
        let output = check(&state, &["--last-failed"]);
        assert_eq!(output.exit, 1, "{output:?}");
        assert!(output.stdout.contains("\n3 cases in "), "and two of sanity");
        assert!(output.stdout.contains(&format!("\n✗ fail {ORDER}: ")));
    }
    Ok(())
}

fn left_out() -> Result<(), Failed> {
    let state = folder("last_left_out");
    check(&state, &["--run", ORDER]);
    let output = check(&state, &["--run", QUICK]);
    assert_eq!(output.exit, 0, "{output:?}");
    assert_eq!(listed(&state), format!("{ORDER}\n"));
    Ok(())
}

/// Makes the record say that these did not pass.
fn pretend(state: &Path, ids: &[&str]) {
    let path = record(state);
    let text = fs::read_to_string(&path).unwrap();
    let entries: Vec<_> = ids.iter().map(|id| format!("\"{id}\": \"fail\"")).collect();
    let (head, _) = text.split_once("\"not_passed\": {").unwrap();
    let text = format!("{head}\"not_passed\": {{{}}}}}", entries.join(","));
    fs::write(path, text).unwrap();
}

fn all_passed() -> Result<(), Failed> {
    let state = folder("last_all_passed");
    check(&state, &["--run", QUICK]);
    pretend(&state, &[QUICK]);
    let output = check(&state, &["--last-failed"]);
    assert_eq!(output.exit, 0, "{output:?}");
    let output = check(&state, &["--last-failed"]);
    assert_eq!((output.exit, output.stdout.as_str()), (3, ""), "{output:?}");
    assert_eq!(
        output.stderr,
        "keyproof: no case is selected: each passed when it was last run; leave out \
         --last-failed to run them again\n"
    );
    Ok(())
}

fn narrowed() -> Result<(), Failed> {
    let state = folder("last_narrowed");
    check(&state, &["--run", QUICK]);
    pretend(&state, &[QUICK, ORDER]);
    let output = check(&state, &["--last-failed", "--run", "server/history/*", "--list"]);
    assert_eq!((output.exit, output.stdout), (0, format!("{ORDER}\n")));
    let output = check(&state, &["--last-failed", "--run", "server/rotate/*"]);
    assert_eq!((output.exit, output.stdout.as_str()), (3, ""), "{output:?}");
    let expected = "keyproof: no case is selected: each of those passed when it was last run\n";
    assert_eq!(output.stderr, expected);
    Ok(())
}

fn no_more() -> Result<(), Failed> {
    let state = folder("last_no_more");
    check(&state, &["--run", QUICK]);
    pretend(&state, &["server/of/old", QUICK]);
    let output = check(&state, &["--last-failed"]);
    assert_eq!(output.exit, 0, "{output:?}");
    let expected = "keyproof: warning: server/of/old is no case any more: left out\n";
    assert_eq!(output.stderr, expected);
    pretend(&state, &["server/of/old"]);
    let output = check(&state, &["--last-failed"]);
    assert_eq!(output.exit, 3, "{output:?}");
    assert!(output.stderr.starts_with(expected), "{output:?}");
    Ok(())
}

fn targets() -> Result<(), Failed> {
    let state = folder("last_targets");
    check(&state, &["--run", ORDER]);
    let place = ["--state", state.to_str().unwrap()];
    let mock = Mock::start();
    for output in [
        check_with(&[&place[..], &["--last-failed"]].concat(), &[]),
        mock.check(&[&place[..], &["--last-failed"]].concat(), &[]),
    ] {
        assert_eq!(output.exit, 2, "{output:?}");
        assert!(output.stderr.contains(" is recorded: run it once "), "{output:?}");
    }
    assert_eq!(listed(&state), format!("{ORDER}\n"));
    Ok(())
}

fn no_secrets() -> Result<(), Failed> {
    let state = folder("last_no_secrets");
    let mock =
        Mock::start_with(&["--limits", "off", "--min-iterations", "1000", "--defect", DEFECT[1]]);
    let place = ["--state", state.to_str().unwrap(), "--run", "server/history/*"];
    let output = mock.check(&place, &[]);
    assert_eq!(output.exit, 1, "{output:?}");
    let path = record(&state);
    let name = path.file_name().unwrap().to_str().unwrap();
    assert!(name.starts_with("last-run-check-"), "{name}");
    let (url, organization) = (mock.text("url"), mock.text("organization"));
    assert_eq!(
        fs::read_to_string(&path)?,
        format!(
            "{{\n  \"format\": 1,\n  \"target\": \"{url} {organization}\",\n  \"not_passed\": {{\n    \
             \"{ORDER}\": \"fail\"\n  }}\n}}\n"
        )
    );
    Ok(())
}

fn known() -> Result<(), Failed> {
    let state = folder("last_known");
    let file = state.with_extension("toml");
    fs::write(&file, format!("[[expect]]\ncase = '{ORDER}'\nreason = 'a bug'\n"))?;
    check(&state, &["--run", ORDER]);
    let output = check(&state, &["--last-failed", "--expect", file.to_str().unwrap()]);
    assert_eq!(output.exit, 0, "{output:?}");
    assert_eq!(check(&state, &["--last-failed"]).exit, 3);
    Ok(())
}

fn unwritable() -> Result<(), Failed> {
    let file = folder("last_unwritable").join("file");
    fs::write(&file, "")?;
    let run = |case| -> Completed {
        let variables = [("XDG_STATE_HOME", file.to_str().unwrap())];
        keyproof(&[&["check", "--run", case], &DEFECT[..]].concat(), &variables)
            .output()
            .unwrap()
            .into()
    };
    let output = run(QUICK);
    assert_eq!(output.exit, 0, "{output:?}");
    let expected = "keyproof: warning: this run is not recorded for --last-failed: ";
    assert!(output.stderr.starts_with(expected), "{output:?}");
    assert_eq!(run(ORDER).exit, 1);
    Ok(())
}

fn damaged() -> Result<(), Failed> {
    let state = folder("last_damaged");
    check(&state, &["--run", QUICK]);
    let path = record(&state);
    for (text, why) in [
        ("{\"format\":1", "EOF while parsing"),
        (
            "{\"format\":2,\"target\":\"\",\"not_passed\":{}}",
            "its format is 2, and this keyproof knows 1",
        ),
        ("{\"format\":1,\"target\":\"\",\"not_passed\":{\"a\":\"sad\"}}", "unknown variant `sad`"),
    ] {
        fs::write(&path, text)?;
        let output = check(&state, &["--last-failed"]);
        assert_eq!((output.exit, output.stdout.as_str()), (2, ""), "{output:?}");
        for part in [why, "remove it to begin anew\n"] {
            assert!(output.stderr.contains(part), "{output:?}");
        }
        let output = check(&state, &["--run", QUICK]);
        assert_eq!(output.exit, 0, "{output:?}");
        assert!(output.stderr.contains(": warning: this run is not recorded"));
        assert_eq!(fs::read_to_string(&path)?, text);
    }
    Ok(())
}

fn places() -> Result<(), Failed> {
    let home = folder("last_home");
    let run = |variables: &[(&str, &str)]| -> Completed {
        let mut process = keyproof(&["check", "--run", QUICK], &[]);
        process.env_remove("XDG_STATE_HOME").env_remove("HOME");
        let output: Completed =
            process.envs(variables.iter().copied()).current_dir(&home).output().unwrap().into();
        assert_eq!((output.exit, output.stderr.as_str()), (0, ""), "{output:?}");
        output
    };
    let text = home.to_str().unwrap();
    run(&[("XDG_STATE_HOME", text), ("HOME", "/nowhere")]);
    record(&home.join("keyproof"));
    fs::remove_dir_all(home.join("keyproof"))?;
    // A relative one is to be ignored.
    run(&[("XDG_STATE_HOME", "state"), ("HOME", text)]);
    record(&home.join(".local/state/keyproof"));
    assert!(!home.join("state").exists());
    fs::remove_dir_all(home.join(".local"))?;
    run(&[]);
    assert_eq!(fs::read_dir(&home)?.count(), 0, "nowhere to keep it");
    Ok(())
}
