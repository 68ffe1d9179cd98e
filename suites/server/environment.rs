//! Where the cases are aimed: this very binary, started again with other variables.

use std::process::{Command, Output};

use keyproof::mock::{Limits, MockServer};
use libtest_mimic::Failed;

use crate::support::Trial;
use crate::support::bench::runtime;
use crate::support::proxy::Proxy;

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        Trial::test("environment/an_empty_variable_fails_the_target", empty),
        Trial::test("environment/half_a_target_fails_the_target", half),
        Trial::test("environment/the_variables_of_keyproof_check_are_ignored", ignored),
        Trial::test("environment/three_variables_aim_the_cases_elsewhere", elsewhere),
        Trial::test("environment/one_trial_runs_its_case_and_no_other", one),
        Trial::test("environment/a_failing_server_fails_the_trial", failing),
    ]
}

const URL: &str = "KEYPROOF_TEST_URL";
const ORG: &str = "KEYPROOF_TEST_ORG";
const TOKEN: &str = "KEYPROOF_TEST_TOKEN";
/// A case that needs no shared step, so that running it is quick.
const QUICK: &str = "server/descriptor/client-managed";

fn start(case: &str, variables: &[(&str, &str)]) -> Result<Output, Failed> {
    let mut command = Command::new(std::env::current_exe()?);
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(|name| name.starts_with("KEYPROOF_")) {
            command.env_remove(name);
        }
    }
    command.envs(variables.iter().copied());
    Ok(command.args(["--exact", &format!("server::{case}")]).output()?)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn empty() -> Result<(), Failed> {
    for (name, others) in [
        (URL, &[][..]),
        (TOKEN, &[(URL, "http://127.0.0.1:1"), (ORG, "x")][..]),
        ("KEYPROOF_TEST_ANYTHING", &[][..]),
    ] {
        let output = start(QUICK, &[others, &[(name, "")]].concat())?;
        assert!(!output.status.success());
        let message = format!("{name} is set and empty: give it a value, or unset it\n");
        assert_eq!(text(&output.stderr), message);
    }
    Ok(())
}

fn half() -> Result<(), Failed> {
    for (given, missing) in [
        (&[URL][..], "KEYPROOF_TEST_ORG, KEYPROOF_TEST_TOKEN"),
        (&[ORG, TOKEN], "KEYPROOF_TEST_URL"),
    ] {
        let given: Vec<_> = given.iter().map(|&name| (name, "x")).collect();
        let output = start(QUICK, &given)?;
        assert!(!output.status.success());
        let message = format!("the KEYPROOF_TEST_* go together; missing: {missing}\n");
        assert_eq!(text(&output.stderr), message);
    }
    Ok(())
}

fn ignored() -> Result<(), Failed> {
    let variables =
        [("KEYPROOF_URL", "http://127.0.0.1:1"), ("KEYPROOF_ORG", ""), ("KEYPROOF_TOKEN", "x")];
    let output = start(QUICK, &variables)?;
    assert!(output.status.success(), "{}", text(&output.stdout));
    assert!(text(&output.stdout).contains("1 passed; 0 failed; 0 ignored"));
    Ok(())
}

fn elsewhere() -> Result<(), Failed> {
    let runtime = runtime();
    let mock = runtime.block_on(MockServer::builder().limits(Limits::Off).start())?;
    let token = mock.token("full").unwrap();
    let variables = [(URL, mock.url()), (ORG, &mock.organization()), (TOKEN, token.as_str())];
    let output = start(QUICK, &variables)?;
    assert!(output.status.success(), "{}", text(&output.stdout));
    assert!(text(&output.stdout).contains("1 passed; 0 failed; 0 ignored"));
    let output = start("server/pending/held", &variables)?;
    assert!(output.status.success(), "{}", text(&output.stdout));
    let message = text(&output.stdout);
    assert!(message.contains("0 passed; 0 failed; 1 ignored"), "{message}");
    assert!(
        message.contains("not observable here, control: set KEYPROOF_CONTROL_URL"),
        "{message}"
    );
    Ok(())
}

fn failing() -> Result<(), Failed> {
    let variables = [(URL, "http://127.0.0.1:1"), (ORG, "x"), (TOKEN, "y")];
    let output = start(QUICK, &variables)?;
    assert!(!output.status.success());
    let message = text(&output.stdout);
    assert!(
        message.contains("could-not-run  server/descriptor/client-managed: the sanity case server/sanity/answers did not pass"),
        "{message}"
    );
    Ok(())
}

fn one() -> Result<(), Failed> {
    let runtime = runtime();
    let mock = runtime.block_on(MockServer::builder().limits(Limits::Off).start())?;
    let proxy = runtime.block_on(Proxy::before(mock.url()))?;
    let token = mock.token("full").unwrap();
    let variables =
        [(URL, proxy.url.as_str()), (ORG, &mock.organization()), (TOKEN, token.as_str())];
    let output = start("server/sanity/answers", &variables)?;
    assert!(output.status.success(), "{}", text(&output.stdout));
    assert_eq!(proxy.take().len(), 2, "the first and the last of the sanity cases");
    let output = start("catalogue/ids_are_slugs_and_told_apart", &variables)?;
    assert!(output.status.success(), "{}", text(&output.stdout));
    assert_eq!(proxy.take().len(), 0, "no case was asked for");
    Ok(())
}
