//! `check --explore`: what a user sees.

use libtest_mimic::Failed;

use crate::support::Trial;
use crate::support::process::{Completed, Mock, check, snapshot};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        Trial::test("explore/nothing_is_found", nothing_found),
        Trial::test("explore/a_sequence_on_the_embedded_mock", embedded),
        Trial::test("explore/a_sequence_on_a_server_by_url", by_url),
        Trial::test("explore/not_with_a_selection", selection),
    ]
}

/// Without what is drawn anew each time.
fn snapshot_of(name: &str, output: &Completed) {
    let mut shown = String::new();
    let mut parts = output.stdout.split("\"content\":\"");
    shown.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let (content, rest) = part.split_once('"').unwrap_or((part, ""));
        let content = if content.starts_with('\'') { content } else { "[sealed]" };
        shown.push_str(&format!("\"content\":\"{content}\"{rest}"));
    }
    snapshot(name, &shown);
}

fn nothing_found() -> Result<(), Failed> {
    let output = check(&["--explore=100", "--seed", "1"]);
    assert_eq!(output.exit, 0, "{output:?}");
    assert!(output.stdout.starts_with("explored 100 steps on "), "{output:?}");
    assert!(output.stdout.ends_with(": an order explains every answer\n"), "{output:?}");
    assert_eq!(output.stderr, "keyproof: seed 1: --seed 1 draws the same sequences again\n");
    Ok(())
}

fn embedded() -> Result<(), Failed> {
    let output = check(&["--explore", "--seed", "2", "--defect", "restore-keeps-old-key"]);
    assert_eq!(output.exit, 1, "{output:?}");
    snapshot_of("check_explore_embedded", &output);
    Ok(())
}

fn by_url() -> Result<(), Failed> {
    let defect = ["--limits", "off", "--min-iterations", "1000", "--defect", "submit-forgets"];
    let mock = Mock::start_with(&defect);
    // With the control API nothing is waited for: a mock is never behind.
    let control = [
        ("KEYPROOF_CONTROL_URL", mock.text("control_url")),
        ("KEYPROOF_CONTROL_TOKEN", mock.text("control_token")),
    ];
    let output = mock.check(&["--explore", "--seed", "1"], &control);
    assert_eq!(output.exit, 1, "{output:?}");
    snapshot_of("check_explore_by_url", &output);
    Ok(())
}

fn selection() -> Result<(), Failed> {
    let output = check(&["--explore", "--run", "server/**"]);
    assert_eq!(output.exit, 2, "{output:?}");
    Ok(())
}
