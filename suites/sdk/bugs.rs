//! Each bug of the reference adapter is caught, by the case that claims to and for its reason. That
//! the same cases pass without a bug is what the trials beside these show.

use keyproof::adapter::reference::Bug;
use keyproof::harness::Verdict;
use keyproof::harness::selftest::{Expectation, Trial};
use keyproof::suite::sdk::{catch, claiming};
use libtest_mimic::Failed;

use super::bench::{keyproof, pads, run};

pub(crate) fn trials() -> Vec<crate::support::Trial> {
    // The slips of a client are caught elsewhere.
    let of_the_crypto = |bug: &Bug| !matches!(bug, Bug::Slip(_));
    let bugs = Bug::all().into_iter().filter(of_the_crypto);
    let bugs =
        bugs.map(|bug| crate::support::Trial::test(format!("caught/{bug}"), move || caught(bug)));
    let mut trials: Vec<_> = bugs.collect();
    let title = "caught/two_mistakes_at_once_are_taken_for_neither";
    trials.push(crate::support::Trial::test(title, two_at_once));
    let title = "caught/a_key_of_one_zero_that_is_taken_for_none";
    trials.push(crate::support::Trial::test(title, zero));
    let title = "caught/noncharacters_of_a_key_that_are_replaced";
    trials.push(crate::support::Trial::test(title, noncharacters));
    trials
}

fn two_at_once() -> Result<(), Failed> {
    let command = pads(r#"key.strip().ljust(32, b"\0")[:32]"#);
    let ran = run(command.into(), &["sdk/vectors/pad_key/*".to_owned()]);
    let expected = ran.explain(ran.outcome("sdk/vectors/pad_key/length-31"));
    assert!(expected.contains(": the padded key is a wrong one\n"), "{expected}");
    let alone = "no one mistake makes all answers; of this one: this is the key padded with NUL \
                 bytes: pad with the character 0, 0x30";
    assert!(expected.contains(alone), "{expected}");
    Ok(())
}

fn caught(bug: Bug) -> Result<(), Failed> {
    let catch = catch(bug)?;
    let command = ["adapter", "--bug", &bug.to_string()].map(str::to_owned);
    let ran = run([vec![keyproof().to_owned()], command.into()].concat(), &claiming(&catch));
    let trial = Trial {
        id: bug.to_string(),
        expectation: Expectation::Caught(catch),
        conclusion: ran.conclusion.clone(),
    };
    let Some(complaint) = trial.complaint() else {
        return Ok(());
    };
    let outcomes = ran.conclusion.outcomes.iter();
    let others: Vec<String> = outcomes
        .filter(|outcome| outcome.verdict != Verdict::Pass)
        .map(|outcome| ran.explain(outcome))
        .collect();
    Err(format!("{complaint}\n{}", others.join("\n")).into())
}

/// As Perl's `encode('UTF-8', …)` does it.
fn noncharacters() -> Result<(), Failed> {
    let replaced = "dict.fromkeys([0xfdd0, 0xfffe, 0xffff, 0x10ffff], 0xfffd)";
    let key = format!("key.decode().translate({replaced}).encode()");
    let command = pads(&format!(r#"{key}.ljust(32, b"0")[:32]"#));
    let id = "sdk/properties/pad-key";
    let ran = run(command.into(), &[id.to_owned()]);
    assert_eq!(ran.outcome(id).verdict, Verdict::Fail);
    Ok(())
}

/// As PHP's `empty($key)` and Perl's `unless $key` do it, in front of the adapter.
fn zero() -> Result<(), Failed> {
    let refusing = r#"
import json, subprocess, sys
adapter = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
for line in sys.stdin.buffer:
    request = json.loads(line)
    if request["params"].get("key") == "0" and request["op"].endswith("_with_project_key"):
        reply = json.dumps({"id": request["id"], "reject": {"class": "empty_key"}}).encode() + b"\n"
    else:
        adapter.stdin.write(line)
        adapter.stdin.flush()
        reply = adapter.stdout.readline()
    sys.stdout.buffer.write(reply)
    sys.stdout.buffer.flush()
adapter.stdin.close()
sys.exit(adapter.wait())
"#;
    let command = ["python3", "-c", refusing, keyproof(), "adapter"].map(str::to_owned);
    let ran = run(command.into(), &["sdk/properties/older-cipher-*".to_owned()]);
    for id in ["sdk/properties/older-cipher-seal", "sdk/properties/older-cipher-open"] {
        assert_eq!(ran.outcome(id).verdict, Verdict::Fail);
    }
    Ok(())
}
