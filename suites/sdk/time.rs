//! Adapters that take their time, which is no mistake.

use std::path::PathBuf;

use libtest_mimic::Failed;

use super::bench::{heard, keyproof, process};
use crate::support::Trial;

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        Trial::test("time/who_is_slow_to_start_may_be_slow_to_end", slow),
        Trial::test("time/one_pause_is_asked_again", pause),
        Trial::test("time/an_answer_to_no_request_is_not_waited_for", null),
    ]
}

/// Runs some cases against the reference adapter behind a script of a shell: `$0` is keyproof.
fn behind(script: &str, run: &str) -> (i32, String) {
    let mut command = process();
    command.args(["sdk", "--run", run, "--run", "sdk/protocol/*", "--"]);
    let (exit, stdout, stderr) = heard(command.args(["sh", "-c", script, keyproof()]));
    (exit, stdout + &stderr)
}

/// Its end takes longer than the 2 s that any adapter has, and less than twice its start.
fn slow() -> Result<(), Failed> {
    let script = r#"sleep 2; "$0" adapter; code=$?; sleep 3; exit $code"#;
    let (exit, printed) = behind(script, "sdk/vectors/pad_key/length-1");
    assert_eq!(exit, 0, "{printed}");
    let script = r#""$0" adapter; code=$?; sleep 4; exit $code"#;
    let (exit, printed) = behind(script, "sdk/vectors/pad_key/length-1");
    assert_eq!(exit, 1, "{printed}");
    assert!(printed.contains("✗ fail sdk/protocol/end-of-input"), "{printed}");
    Ok(())
}

/// The request that finds the machine asleep for longer than its limit is asked again.
fn pause() -> Result<(), Failed> {
    let mark = format!("sdk-pause-{}", std::process::id());
    let mark = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(mark);
    let script = format!(
        r#"while IFS= read -r line; do
            case $line in *derive_key_proof*) mkdir '{}' 2>/dev/null && sleep 11;; esac
            printf '%s\n' "$line"
        done | "$0" adapter"#,
        mark.display()
    );
    let (exit, printed) = behind(&script, "sdk/vectors/key_proof/length-*");
    std::fs::remove_dir(&mark)?;
    assert_eq!(exit, 0, "{printed}");
    Ok(())
}

/// Who cannot read a line does not know its id: the answer under null is to the request that is open.
fn null() -> Result<(), Failed> {
    let script = r#"while IFS= read -r line; do
            case $line in
            *pad_key*) printf '{"id":null,"error":{"message":"not a request"}}\n';;
            *) printf '%s\n' "$line" | "$0" adapter;;
            esac
        done"#;
    let (exit, printed) = behind(script, "sdk/vectors/pad_key/length-1");
    assert_ne!(exit, 0, "{printed}");
    assert!(printed.contains("not a request"), "{printed}");
    assert!(printed.contains("\"op\":\"pad_key\"") || printed.contains("pad_key {"), "{printed}");
    Ok(())
}
