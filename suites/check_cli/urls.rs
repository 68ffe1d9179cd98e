//! `keyproof check --url` against a `keyproof mock`.

use libtest_mimic::Failed;
use serde_json::{Value, json};

use crate::support::Trial;
use crate::support::process::{Completed, Mock, check_with, path, snapshot};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        Trial::test("url/what_is_observable_holds_and_the_rest_is_named", plain),
        Trial::test("url/what_is_supplied_is_observable", supplied),
        Trial::test("url/the_target_comes_from_the_environment_too", environment),
        Trial::test("url/the_token_comes_from_a_file_too", token_file),
        Trial::test("url/a_flag_goes_before_the_environment", precedence),
        Trial::test("url/live_limits_allow_a_selection", live_limits),
        Trial::test("url/no_output_shows_a_secret", no_secret),
        Trial::test("url/a_failure_reruns_by_its_own_command", rerun),
    ]
}

const QUICK: &str = "server/descriptor/server-managed";

/// Has each write take its time, so that two of them overlap however busy this machine is.
fn slow_down(mock: &Mock) -> Result<(), Failed> {
    let fault = json!({
        "token": mock.token("full"),
        "matching": {"method": "POST"},
        "times": 1_000_000,
        "effect": {"kind": "delay", "milliseconds": 20},
    });
    let http = reqwest::Client::builder().no_proxy().build()?;
    let call = http.post(format!("{}/faults", mock.text("control_url")));
    let call = call.bearer_auth(mock.text("control_token")).body(fault.to_string());
    let answer = tokio::runtime::Runtime::new()?.block_on(call.send())?;
    assert_eq!(answer.status(), 201);
    Ok(())
}

fn plain() -> Result<(), Failed> {
    let mock = Mock::start();
    slow_down(&mock)?;
    let output = mock.check(&[], &[]);
    assert_eq!(output.exit, 0, "{output:?}");
    let expected = "keyproof: plan: at most ";
    assert!(output.stderr.starts_with(expected), "{output:?}");
    assert_eq!(output.stderr.lines().count(), 1, "{output:?}");
    let url = mock.text("url");
    assert!(output.first_line().starts_with(&format!("keyproof: {url}, ")));
    assert!(output.last_line().starts_with(&format!("{url}: no failure seen: ")));
    snapshot("check_incomplete", &output.stdout);
    Ok(())
}

/// All that a mock can tell a check.
fn everything(mock: &Mock) -> [(&'static str, &str); 8] {
    [
        ("KEYPROOF_OTHER_ORG", mock.text("other_organization")),
        ("KEYPROOF_TOKEN_OTHER_ORGANIZATION", mock.token("other_organization")),
        ("KEYPROOF_CONTROL_URL", mock.text("control_url")),
        ("KEYPROOF_CONTROL_TOKEN", mock.text("control_token")),
        ("KEYPROOF_TOKEN_READ_ONLY", mock.token("read_only")),
        ("KEYPROOF_TOKEN_KEY_RETRIEVE", mock.token("key_retrieve")),
        ("KEYPROOF_TOKEN_KEY_ROTATE", mock.token("key_rotate")),
        ("KEYPROOF_TOKEN_EXPIRED", mock.token("expired")),
    ]
}

fn document(output: &Completed) -> Value {
    serde_json::from_str(&output.stdout).unwrap()
}

fn needs(document: &Value) -> Vec<&str> {
    let needs = document["needs"].as_array().unwrap().iter();
    needs.map(|need| need["name"].as_str().unwrap()).collect()
}

fn supplied() -> Result<(), Failed> {
    let mock = Mock::start();
    let output = mock.check(&["--report", "json=-"], &everything(&mock));
    let document = document(&output);
    assert_eq!(output.exit, 0, "{}", document["verdict"]);
    assert_eq!(needs(&document), ["quota", "restart"]);
    let verdicts = &document["counts"]["cases"];
    let sum = |names: &[&str]| -> u64 {
        let counts = names.iter().map(|name| verdicts[name].as_u64().unwrap());
        counts.sum()
    };
    let all = document["cases"].as_array().unwrap().len() as u64;
    assert_eq!(sum(&["pass", "not-observable"]), all, "{verdicts}");
    Ok(())
}

fn environment() -> Result<(), Failed> {
    let mock = Mock::start();
    let variables = [
        ("KEYPROOF_URL", mock.text("url")),
        ("KEYPROOF_ORG", mock.text("organization")),
        ("KEYPROOF_TOKEN", mock.token("full")),
    ];
    let output = check_with(&["--run", QUICK], &variables);
    assert_eq!(output.exit, 0, "{output:?}");
    assert!(output.last_line().starts_with(mock.text("url")));
    Ok(())
}

fn token_file() -> Result<(), Failed> {
    let mock = Mock::start();
    let file = path("token");
    std::fs::write(&file, format!("{}\n", mock.token("full")))?;
    let place = ["--url", mock.text("url"), "--org", mock.text("organization")];
    let variables = [("KEYPROOF_TOKEN_FILE", file.to_str().unwrap())];
    let output = check_with(&[&place[..], &["--run", QUICK]].concat(), &variables);
    assert_eq!(output.exit, 0, "{output:?}");
    assert!(output.last_line().starts_with(mock.text("url")));
    Ok(())
}

fn precedence() -> Result<(), Failed> {
    let mock = Mock::start();
    let variables = [("KEYPROOF_URL", "http://127.0.0.1:1"), ("KEYPROOF_ORG", "x")];
    let output = mock.check(&["--run", QUICK], &variables);
    assert_eq!(output.exit, 0, "{output:?}");
    Ok(())
}

fn live_limits() -> Result<(), Failed> {
    let mock = Mock::start_with(&["--min-iterations", "1000"]);
    let output = mock.check(&["--run", "server/descriptor/*-managed"], &[]);
    assert_eq!(output.exit, 0, "{output:?}");
    Ok(())
}

/// Defects that make reports quote the answers that hold most.
const TALKATIVE: &[&str] = &[
    "--limits",
    "off",
    "--min-iterations",
    "1000",
    "--defect",
    "descriptor-sends-key-check",
    "--defect",
    "history-exposes-server-key",
    "--defect",
    "pending-ignores-limit",
];
const QUOTING: &[&str] =
    &["--run", "server/descriptor/*", "--run", "server/history/*", "--run", "server/pending/limit"];

fn no_secret() -> Result<(), Failed> {
    let mock = Mock::start_with(TALKATIVE);
    let json = path("no_secret.json");
    let report = format!("json={}", json.to_str().unwrap());
    let arguments = [QUOTING, &["--report", "text=-", "--report", &report]].concat();
    let variables = everything(&mock);
    let output = mock.check(&arguments, &variables);
    assert_eq!(output.exit, 1, "{output:?}");
    let json = std::fs::read_to_string(json)?;
    let tokens = variables.iter().filter(|(name, _)| name.contains("TOKEN"));
    let tokens = tokens.map(|(_, token)| *token);
    for token in tokens.chain([mock.token("full")]) {
        for text in [&output.stdout, &output.stderr, &json] {
            assert!(!text.contains(token), "{token} is shown");
        }
    }
    assert!(output.stdout.contains("[withheld]") && json.contains("[withheld]"));
    Ok(())
}

fn rerun() -> Result<(), Failed> {
    let mock = Mock::start_with(TALKATIVE);
    let output = mock.check(QUOTING, &[]);
    assert_eq!(output.exit, 1, "{output:?}");
    let commands: Vec<_> = output
        .stdout
        .lines()
        .filter_map(|line| line.trim_start().strip_prefix("run again"))
        .map(str::trim)
        .collect();
    assert_eq!(commands.len(), 3, "{}", output.stdout);
    for command in commands {
        let arguments = command.strip_prefix("keyproof check ").unwrap();
        let arguments: Vec<_> = arguments.split_whitespace().collect();
        let case = arguments.iter().skip_while(|word| **word != "--run").nth(1);
        let token = [("KEYPROOF_TOKEN", mock.token("full"))];
        let again = check_with(&arguments, &token);
        assert_eq!(again.exit, 1, "{again:?}");
        let headline = format!("✗ fail {}: ", case.unwrap());
        let of = |output: &Completed| -> String {
            let mut lines = output.stdout.lines();
            let line = lines.find(|line| line.starts_with(&headline));
            line.unwrap().to_owned()
        };
        assert_eq!(of(&again), of(&output));
        assert!(again.stdout.contains(": 2 pass, 1 fail\n"), "only that case");
    }
    Ok(())
}
