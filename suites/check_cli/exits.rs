//! Every exit code, each from a real cause.

use libtest_mimic::Failed;

use crate::support::Trial;
use crate::support::process::{Completed, Mock, check, check_with, keyproof, path, snapshot};
use crate::support::stub;

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        Trial::test("exit_0/everything_held", everything_held),
        Trial::test("exit_0/a_should_that_is_not_met_is_a_warning", warning),
        Trial::test("exit_0/a_choice_that_the_contract_leaves", variant),
        Trial::test("exit_1/a_must_that_is_not_met", failed),
        Trial::test("exit_2/words_that_are_no_options_or_values", usage),
        Trial::test("exit_2/a_url_that_is_no_loopback_origin", origins),
        Trial::test("exit_2/an_environment_that_is_half_there", environment),
        Trial::test("exit_3/nothing_is_selected", nothing_selected),
        Trial::test("exit_3/nothing_selected_is_observable", nothing_observable),
        Trial::test("exit_3/a_required_need_is_not_supplied", required),
        Trial::test("exit_3/a_must_could_not_run", could_not_run),
        Trial::test("exit_4/nobody_listens", nobody_listens),
        Trial::test("exit_4/the_server_goes_away", goes_away),
        Trial::test("exit_4/a_server_that_answers_with_garbage", garbage),
    ]
}

/// A case that is quick to run.
const QUICK: &str = "server/descriptor/server-managed";
const ULID: &str = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
const TOKEN: (&str, &str) = ("KEYPROOF_TOKEN", "a-token-that-nobody-has-made");

fn is(output: &Completed, exit: i32, last_line: &str) {
    assert_eq!((output.exit, output.last_line()), (exit, last_line), "{output:?}");
}

fn everything_held() -> Result<(), Failed> {
    let output = check(&[]);
    is(&output, 0, "embedded mock: conformant: 68 of 68 MUSTs held, 2 more untested");
    assert!(output.first_line().starts_with("keyproof: embedded mock, "));
    assert_eq!(output.stderr, "");
    assert!(!output.stdout.contains('\u{1b}'), "a pipe gets no colour");
    snapshot("check_green", &output.stdout);
    Ok(())
}

fn warning() -> Result<(), Failed> {
    let case = "server/client-rotation/read-only-token";
    let output = check(&["--defect", "client-rotation-ignores-scope", "--run", case]);
    assert_eq!(output.exit, 0, "{output:?}");
    assert!(output.last_line().starts_with("embedded mock: selection held: "));
    assert!(output.stdout.contains("1 warn"));
    Ok(())
}

fn variant() -> Result<(), Failed> {
    // What a server chooses otherwise is not applicable, and that is all.
    let case = "server/submit/resubmission";
    let chooses = ["--variant", "submit-moved-counted"];
    let output = check(&[&chooses[..], &["--run", case, "--run", QUICK]].concat());
    assert_eq!(output.exit, 0, "{output:?}");
    assert!(output.stdout.contains("1 not-applicable"), "{output:?}");
    // What it does not send with each level, it is asked for.
    let output = check(&["--variant", "secret-ids-absent"]);
    is(&output, 0, "embedded mock: conformant: 68 of 68 MUSTs held, 2 more untested");
    let mock = Mock::start_with(&["--limits", "off", "--variant", "not-found-without-code"]);
    let output = mock.check(&["--run", "server/convention/not-found"], &[]);
    assert_eq!(output.exit, 0, "{output:?}");
    Ok(())
}

fn failed() -> Result<(), Failed> {
    let output = check(&[
        "--defect",
        "descriptor-sends-key-check",
        "--run",
        "server/descriptor/proof-never-sent",
    ]);
    assert_eq!(output.exit, 1, "{output:?}");
    assert!(output.last_line().starts_with("embedded mock: not conformant: "));
    snapshot("check_failing", &output.stdout);
    Ok(())
}

/// Arguments and variables of a process.
type Call<'a> = (&'a [&'a str], &'a [(&'a str, &'a str)]);

/// What a user sees of commands that are refused, one after the other.
fn refused(calls: &[Call<'_>]) -> String {
    let mut seen = String::new();
    for (arguments, variables) in calls {
        let output: Completed = keyproof(arguments, variables).output().unwrap().into();
        assert_eq!((output.exit, output.stdout.as_str()), (2, ""), "{arguments:?}");
        for (name, value) in *variables {
            seen.push_str(&format!("{name}={value} "));
        }
        let words: Vec<_> =
            arguments.iter().map(|word| if word.is_empty() { "''" } else { word }).collect();
        seen.push_str(&format!("keyproof {}\n{}\n", words.join(" "), output.stderr));
    }
    seen
}

fn usage() -> Result<(), Failed> {
    let seen = refused(&[
        (&["check", "--nonsense"], &[]),
        (&["check", "--report", "json"], &[]),
        (&["check", "--report", "xml=out.xml"], &[]),
        (&["check", "--run", QUICK, "--run", "server/descriptr/*"], &[]),
        (&["check", "--run", ""], &[]),
        (&["check", "--require", "qouta"], &[]),
        (&["check", "--defect", "nonsense-of-all-kinds"], &[]),
        (&["check", "--variant", "nonsense-of-all-kinds"], &[]),
        (
            &[
                "check",
                "--url",
                "http://127.0.0.1:1",
                "--org",
                ULID,
                "--variant",
                "pending-newest-first",
            ],
            &[TOKEN],
        ),
        (
            &[
                "check",
                "--url",
                "http://127.0.0.1:1",
                "--org",
                ULID,
                "--defect",
                "store-keeps-refused",
            ],
            &[TOKEN],
        ),
        (&["check", "--url", "", "--org", ULID], &[TOKEN]),
        (&["check", "--org", ""], &[]),
        (&["check", "--url", "http://127.0.0.1:1"], &[]),
        (&["check", "--org", ULID], &[TOKEN]),
    ]);
    snapshot("check_usage", &seen);
    Ok(())
}

fn origins() -> Result<(), Failed> {
    let mut seen = String::new();
    for url in [
        "127.0.0.1:4747",
        "http://127.0.0.1:4747/api/v1",
        "http://127.0.0.1:4747/?q=1",
        "http://127.0.0.1:4747/#part",
        "http://user:pass@127.0.0.1:4747",
        "http://192.0.2.7",
        "https://api.dotenv.cloud",
        "ftp://127.0.0.1",
        "not a url",
    ] {
        let call: &[&str] = &["check", "--url", url, "--org", ULID];
        seen.push_str(&refused(&[(call, &[TOKEN])]));
    }
    let seen = seen.replace(&format!("{}={} ", TOKEN.0, TOKEN.1), "");
    assert!(!seen.contains(TOKEN.1));
    snapshot("check_origins", &seen);
    Ok(())
}

fn environment() -> Result<(), Failed> {
    let call: &[&str] = &["check"];
    let empty = path("empty_token");
    std::fs::write(&empty, "\n")?;
    let seen = refused(&[
        (call, &[("KEYPROOF_URL", "")]),
        (call, &[("KEYPROOF_ORG", "")]),
        (call, &[("KEYPROOF_TOKEN", "")]),
        (call, &[("KEYPROOF_ANYTHING", "")]),
        (call, &[("KEYPROOF_URL", "http://127.0.0.1:1")]),
        (call, &[TOKEN]),
        (call, &[("KEYPROOF_TOKEN_FILE", "no/such/file")]),
        (call, &[TOKEN, ("KEYPROOF_TOKEN_FILE", "no/such/file")]),
        (
            &["check", "--url", "http://127.0.0.1:1", "--org", ULID],
            &[TOKEN, ("KEYPROOF_OTHER_ORG", ULID)],
        ),
    ]);
    snapshot("check_environment", &seen);
    let variables = [("KEYPROOF_TOKEN_FILE", empty.to_str().unwrap())];
    let output = check_with(&[], &variables);
    assert_eq!(output.exit, 2);
    assert!(output.stderr.ends_with("is empty\n"), "{output:?}");
    Ok(())
}

fn nothing_selected() -> Result<(), Failed> {
    for (arguments, expected) in [
        (
            &["--run", "server/descriptr/*"][..],
            "keyproof: no case is selected: `server/descriptr/*` matches none; nearest: ",
        ),
        (
            &["--run", QUICK, "--skip", "server/**"],
            "keyproof: no case is selected: what `--run` selects, `--skip` takes away\n",
        ),
    ] {
        for also in [&[][..], &["--list"]] {
            let output = check(&[arguments, also].concat());
            assert_eq!((output.exit, output.stdout.as_str()), (3, ""), "{output:?}");
            assert!(output.stderr.starts_with(expected), "{output:?}");
        }
    }
    Ok(())
}

fn nothing_observable() -> Result<(), Failed> {
    let mock = Mock::start();
    let output = mock.check(&["--run", "server/pending/held"], &[]);
    assert_eq!(output.exit, 3, "{output:?}");
    assert!(output.last_line().contains(": nothing judged: "), "{output:?}");
    Ok(())
}

fn required() -> Result<(), Failed> {
    let mock = Mock::start();
    let selection = ["--run", QUICK, "--run", "server/limit/requests"];
    let output = mock.check(&selection, &[]);
    assert_eq!(output.exit, 0, "{output:?}");
    for need in ["quota", "all"] {
        let output = mock.check(&[&selection[..], &["--require", need]].concat(), &[]);
        assert_eq!(output.exit, 3, "{output:?}");
        assert!(output.stdout.contains("\n  quota (1 case, required): "));
        assert!(output.last_line().contains(": incomplete: "), "{output:?}");
    }
    let output = mock.check(&[&selection[..], &["--require", "control"]].concat(), &[]);
    assert_eq!(output.exit, 0, "{output:?}");
    Ok(())
}

fn could_not_run() -> Result<(), Failed> {
    let defect = ["--defect", "descriptor-refuses-client-custody"];
    let output = check(&[&defect[..], &["--run", "server/history/one-active"]].concat());
    assert_eq!(output.exit, 3, "{output:?}");
    assert!(output.stdout.contains("? could-not-run  server/history/one-active: "));
    Ok(())
}

fn nobody_listens() -> Result<(), Failed> {
    let url = stub::nobody();
    let json = path("nobody.json");
    let report = format!("json={}", json.to_str().unwrap());
    let arguments = ["--url", &url, "--org", ULID, "--report", &report];
    let output = check_with(&arguments, &[TOKEN]);
    assert_eq!((output.exit, output.stdout.as_str()), (4, ""), "{output:?}");
    let expected = format!("keyproof: {url}: the connection was refused");
    assert!(output.stderr.contains(&expected), "{output:?}");
    // A report that CI reads is there all the same, and holds no verdict.
    let document: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(json)?)?;
    assert_eq!(document["exit"], 4);
    assert_eq!(document["counts"]["cases"]["pass"], 0);
    Ok(())
}

/// What lists no projects.
fn no_projects() -> String {
    stub::answer(
        "200 OK",
        &["content-type: application/json", "date: Thu, 11 Jun 2026 00:00:00 GMT"],
        r#"{"data":[]}"#,
    )
}

fn goes_away() -> Result<(), Failed> {
    // The fourth request makes a project, and what is left behind is named.
    let url = stub::answering(4, no_projects());
    let output = check_with(&["--url", &url, "--org", ULID], &[TOKEN]);
    assert_eq!((output.exit, output.stdout.as_str()), (4, ""), "{output:?}");
    let expected = "could not be deleted: the connection was refused";
    assert!(output.stderr.contains("keyproof: a trial: kp-"), "{output:?}");
    assert!(output.stderr.contains(expected), "{output:?}");
    let expected = "keyproof: warning: left on the server: kp-";
    assert!(output.stderr.contains(expected), "{output:?}");
    Ok(())
}

fn garbage() -> Result<(), Failed> {
    let html = "<!doctype html><title>Sign in</title>";
    let mut seen = String::new();
    for (status, headers, body) in [
        ("200 OK", &["content-type: text/html"][..], html),
        ("500 Internal Server Error", &["content-type: application/json"], "{}"),
        ("302 Found", &["location: https://login.example/sign-in"], ""),
        ("200 OK", &["content-type: application/json"], "[1,2"),
        ("200 OK", &["content-type: application/json"], "{\"data\":\"\u{1b}[31m\"}"),
    ] {
        let url = stub::answering(9, stub::answer(status, headers, body));
        let output = check_with(&["--url", &url, "--org", ULID], &[TOKEN]);
        assert_eq!((output.exit, output.stdout.as_str()), (4, ""), "{output:?}");
        assert!(!output.stderr.contains(TOKEN.1) && !output.stderr.contains('\u{1b}'));
        let expected = output.stderr.lines().find(|line| !line.contains(": plan: "));
        seen.push_str(&format!("{}\n", expected.unwrap()));
    }
    snapshot("check_garbage", &seen);
    Ok(())
}
