//! `KEYPROOF_*`: a name that nobody reads is never passed over.

use keyproof::cli::environment::{VARIABLES, names};
use libtest_mimic::Failed;

use crate::support::Trial;
use crate::support::process::{Completed, Mock, keyproof};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        Trial::test("environment/a_misspelt_name_is_2_with_the_right_one", misspelt),
        Trial::test("environment/any_other_unknown_name_is_a_warning", unknown),
        Trial::test("environment/what_is_of_another_command_is_ignored", foreign),
        Trial::test("environment/a_control_token_alone_is_a_mocks", alone),
        Trial::test("environment/help_names_what_a_command_reads", help),
    ]
}

/// A command that reads none of them.
const LIST: [&str; 2] = ["vectors", "list"];

fn run(arguments: &[&str], variables: &[(&str, &str)]) -> Completed {
    keyproof(arguments, variables).output().unwrap().into()
}

fn misspelt() -> Result<(), Failed> {
    for (name, meant) in [
        ("KEYPROOF_TOKN", "KEYPROOF_TOKEN"),
        ("KEYPROOF_TOKNE", "KEYPROOF_TOKEN"),
        ("KEYPROOF_TOKENS", "KEYPROOF_TOKEN"),
        ("KEYPROF_TOKEN", "KEYPROOF_TOKEN"),
        ("KEYPROOFF_ORGS", "KEYPROOF_ORG"),
        ("KEYPROOF_TOKEN_FILES", "KEYPROOF_TOKEN_FILE"),
        ("KEYPROOF_TOKEN_READONLY", "KEYPROOF_TOKEN_READ_ONLY"),
        ("KEYPROOF_CONTROL_TOKEN_FIL", "KEYPROOF_CONTROL_TOKEN_FILE"),
        ("KEYPROOF_MOCK_LISTN", "KEYPROOF_MOCK_LISTEN"),
    ] {
        for command in [&LIST[..], &["check", "--list"], &["mock", "--fixture-schema"]] {
            let output = run(command, &[(name, "s3cret")]);
            let expected =
                format!("keyproof: {name} is set, which nothing reads: {meant} is the name\n");
            assert_eq!((output.exit, output.stdout.as_str()), (2, ""), "{output:?}");
            assert_eq!(output.stderr, expected);
        }
    }
    Ok(())
}

fn unknown() -> Result<(), Failed> {
    let quiet = run(&LIST, &[]);
    let output =
        run(&LIST, &[("KEYPROOF_WORDS", "s3cret"), ("KEYPROOF_A\nB", "x"), ("KEYPRESS", "x")]);
    assert_eq!((output.exit, output.stdout), (0, quiet.stdout), "{}", output.stderr);
    assert_eq!(
        output.stderr,
        "keyproof: warning: KEYPROOF_A\\u{a}B is set, which nothing reads\n\
         keyproof: warning: KEYPROOF_WORDS is set, which nothing reads\n"
    );
    Ok(())
}

fn foreign() -> Result<(), Failed> {
    let names = names();
    let mut variables: Vec<_> = names.iter().map(|name| (name.as_str(), "nonsense")).collect();
    variables.push(("KEYPROOF_TEST_ANYTHING", "x"));
    assert_eq!(run(&LIST, &variables).stderr, "");
    for variable in VARIABLES {
        for (command, arguments) in
            [("check", &["check", "--list"][..]), ("mock", &["mock", "exec", "--", "true"])]
        {
            if !variable.read_by.contains(&command) {
                let output = run(arguments, &[(variable.name, "nonsense")]);
                assert_eq!((output.exit, output.stderr.as_str()), (0, ""), "{}", variable.name);
            }
        }
    }
    Ok(())
}

fn alone() -> Result<(), Failed> {
    let mock = Mock::start();
    let arguments = ["--run", "server/descriptor/server-managed", "--exact"];
    let output =
        mock.check(&arguments, &[("KEYPROOF_CONTROL_TOKEN", "0123456789abcdef0123456789abcdef")]);
    assert_eq!(output.exit, 0, "{output:?}");
    Ok(())
}

fn help() -> Result<(), Failed> {
    for command in ["check", "mock", "mock ready"] {
        let words: Vec<&str> = command.split(' ').chain(["--help"]).collect();
        let output = run(&words, &[]);
        let read = VARIABLES.iter().filter(|variable| variable.read_by.contains(&command));
        for variable in read {
            let file = if variable.in_file { "[_FILE]" } else { "" };
            let shown = format!("{}{file}", variable.name);
            assert!(output.stdout.contains(&shown), "{shown}");
        }
    }
    Ok(())
}
