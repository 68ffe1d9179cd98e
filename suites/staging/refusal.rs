//! What is refused before anything is written.

use keyproof::mock::Limits;
use libtest_mimic::Failed;

use super::host::Host;
use crate::support::Trial;
use crate::support::process::{check_with, keyproof};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        Trial::test("refusal/the_live_service_needs_production", production),
        Trial::test("refusal/http_is_for_this_machine", plain_http),
        Trial::test("refusal/options_of_a_server_take_a_server", options_without_url),
        Trial::test("refusal/read_only_and_project_go_together", halves),
        Trial::test("refusal/a_budget_says_what_is_wrong_with_it", budgets),
        Trial::test("refusal/read_only_sends_nothing_that_could_act", read_only),
        Trial::test("refusal/a_token_that_may_not_delete_begins_nothing", no_delete),
    ]
}

const TOKEN: [(&str, &str); 1] = [("KEYPROOF_TOKEN", "dotenv_of_nobody_at_all")];

fn refused(arguments: &[&str], message: &str) {
    let output = check_with(arguments, &TOKEN);
    assert_eq!((output.exit, output.stdout.as_str()), (2, ""), "{output:?}");
    assert!(output.stderr.contains(message), "{}", output.stderr);
}

fn production() -> Result<(), Failed> {
    for url in ["https://api.dotenv.cloud", "https://API.dotenv.cloud."] {
        let message =
            "this is the live service, with real secrets in it: --production says that you mean it";
        refused(&["--url", url, "--org", "x"], message);
    }
    Ok(())
}

fn plain_http() -> Result<(), Failed> {
    let message = "https only, as tokens go there: http is for loopback addresses";
    refused(&["--url", "http://staging.example", "--org", "x"], message);
    Ok(())
}

fn options_without_url() -> Result<(), Failed> {
    for option in [
        &["--budget", "minutes=5"][..],
        &["--cleanup"],
        &["--shared-org"],
        &["--production"],
        &["--job-wait", "5"],
        &["--read-only", "--project", "my-app"],
        &["--ca-file", "ca.pem"],
        &["--proxy", "http://127.0.0.1:1"],
        &["--header", "X-A: b"],
        &["--timeout", "5"],
        &["--wait", "5"],
        &["--retries", "1"],
        &["--user-agent", "me"],
        &["--concurrency", "2"],
    ] {
        let output = keyproof(&[&["check"], option].concat(), &[]).output()?;
        let stderr = String::from_utf8(output.stderr)?;
        assert_eq!(output.status.code(), Some(2), "{option:?}");
        let message = format!(
            "keyproof: {} is for a server by URL: give --url, --org and KEYPROOF_TOKEN\n",
            option[0]
        );
        assert_eq!(stderr, message);
    }
    Ok(())
}

fn halves() -> Result<(), Failed> {
    let place = ["--url", "http://127.0.0.1:1", "--org", "x"];
    for (half, other) in
        [(&["--read-only"][..], "--project <SLUG>"), (&["--project", "my-app"], "--read-only")]
    {
        refused(&[&place, half].concat(), other);
    }
    Ok(())
}

fn budgets() -> Result<(), Failed> {
    let place = ["--url", "http://127.0.0.1:1", "--org", "x", "--budget"];
    for (budget, message) in [
        ("", "give requests=N,rotations=N,minutes=N, or some of them"),
        ("10", "give requests=N,rotations=N,minutes=N, or some of them"),
        ("seconds=10", "no such budget"),
        ("minutes=-1", "a number is not whole"),
        ("minutes=1,minutes=2", "minutes is given twice"),
    ] {
        refused(&[&place[..], &[budget]].concat(), message);
    }
    Ok(())
}

fn read_only() -> Result<(), Failed> {
    for (project, descriptor) in
        [("my-app", "server/descriptor/server-managed"), ("my-vault", "server/pending/shape")]
    {
        let host = Host::new(Limits::Off);
        let output = host.check(&["--read-only", "--project", project, "--report", "json=-"]);
        let document: serde_json::Value = serde_json::from_str(&output.stdout)?;
        assert_eq!(output.exit, 0, "{project}: {} {}", output.stderr, document["verdict"]);
        // Almost nothing was seen: no reader may take it for a server that is right.
        assert_eq!(document["headline"], "no-failure-seen");
        let verdict = document["verdict"].as_str().unwrap();
        assert!(verdict.starts_with("no failure seen: ") && verdict.contains("(needs: writes "));
        let cases = document["cases"].as_array().unwrap();
        let case = cases.iter().find(|case| case["id"] == descriptor).unwrap();
        assert_eq!(case["verdict"], "pass", "{project}: {case}");
        let went = host.proxy.take();
        assert!(went.len() > 5);
        for passed in went {
            let is_read =
                passed.method == "GET" || passed.path.ends_with("/re-encrypt-history/pending");
            assert!(is_read, "{} {}", passed.method, passed.path);
        }
    }
    Ok(())
}

fn no_delete() -> Result<(), Failed> {
    let host = Host::watched(Limits::Off, |_, _| true);
    host.proxy.refuse_deletes();
    let output = host.check(&["--run", "server/descriptor/server-managed"]);
    assert_eq!((output.exit, output.stdout.as_str()), (3, ""), "{output:?}");
    let left = host.left_behind();
    let [slug] = &left[..] else {
        return Err(format!("{left:?}").into());
    };
    let message = format!("nothing else was begun: delete {slug} by hand");
    assert!(output.stderr.contains(&message), "{}", output.stderr);
    Ok(())
}
