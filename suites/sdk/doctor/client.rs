//! What `keyproof sdk --doctor --client` says of a client's first mistakes.

use keyproof::harness::Exit;
use libtest_mimic::Failed;

use super::{doctor, tells};
use crate::sdk::bench::keyproof;
use crate::support::Trial;

pub(super) fn trials() -> Vec<Trial> {
    vec![
        Trial::test("doctor/client/the_reference_adapter_is_green", green),
        Trial::test("doctor/client/a_slip_is_told_with_its_requests", slip),
        Trial::test("doctor/client/who_sends_nothing_is_told_where_to", nothing),
        Trial::test("doctor/client/who_lists_no_operation_is_incomplete", none),
    ]
}

fn holds(command: &[&str], exit: Exit, wanted: &[&str]) -> Result<(), Failed> {
    let (got, printed, _) = doctor(&["--client"], command);
    tells(&printed, wanted)?;
    assert_eq!(got, i32::from(exit.code()), "{printed}");
    Ok(())
}

fn green() -> Result<(), Failed> {
    let wanted =
        ["✓ get_encryption_key\n", "✓ reencrypt_history\n", "next: keyproof sdk --client -- "];
    holds(&[keyproof(), "adapter"], Exit::Held, &wanted)
}

fn slip() -> Result<(), Failed> {
    let wanted = [
        "✓ rotate_client_key\n",
        "✗ reencrypt_history: versions are left under an old key\n",
        "    do        its case: keyproof sdk --client --run client/history/batches",
        "    → POST ",
        "next: mend what is marked ✗",
    ];
    let command = [keyproof(), "adapter", "--bug", "client-ignores-remaining"];
    holds(&command, Exit::Failed, &wanted)
}

/// An adapter that lists one operation and answers it, and does nothing.
fn idle(op: &str) -> String {
    format!(
        r#"
import json, sys
for line in sys.stdin:
    request = json.loads(line)
    reply = {{"ok": {{}}}} if request["op"] == "{op}" else {{"unsupported": {{}}}}
    if request["op"] == "hello":
        reply = {{"ok": {{"protocol": 1, "name": "idle", "version": "1", "ops": ["{op}"]}}}}
    print(json.dumps({{"id": request["id"], **reply}}), flush=True)
"#
    )
}

fn nothing() -> Result<(), Failed> {
    let wanted =
        ["✗ push_secrets: ", "    do        no request reached the mock: send them to `base_url`"];
    holds(&["python3", "-c", &idle("push_secrets")], Exit::Failed, &wanted)
}

fn none() -> Result<(), Failed> {
    let wanted = ["? members of hello: `ops` of hello lacks get_encryption_key, "];
    holds(&["python3", "-c", &idle("pad_key")], Exit::Incomplete, &wanted)
}
