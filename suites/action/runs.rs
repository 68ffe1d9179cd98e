//! Runs of the action: what turns a build red, and what goes where.

use std::fs;

use libtest_mimic::Failed;
use serde_json::Value;

use super::composite::{Job, RECORDER, Ran};
use crate::support::Trial;
use crate::support::process::Mock;

const ORGANIZATION: &str = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
const QUICK: &str = "--run=server/descriptor/*-managed";

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        Trial::test("run/an_empty_input_fails_before_anything_else", empty),
        Trial::test("run/a_conformant_server_is_green", green),
        Trial::test("run/a_defective_server_is_red_and_says_why", red),
        Trial::test("run/the_other_exit_codes_are_passed_on", exits),
        Trial::test("run/a_line_of_args_is_one_argument", lines),
        Trial::test("run/nothing_is_read_as_shell_text", no_injection),
        Trial::test("run/the_token_is_in_the_environment_only", token),
        Trial::test("run/args_cannot_send_the_token_elsewhere", elsewhere),
        Trial::test("run/an_option_beside_its_value_is_told_how", beside),
        Trial::test("run/success_without_a_check_is_red", unchecked),
        Trial::test("run/a_signal_reaches_keyproof", signal),
        Trial::test("run/a_spoilt_binary_is_not_run", spoilt),
    ]
}

fn against(mock: &Mock, args: &str) -> Ran {
    let (url, organization) = (mock.text("url"), mock.text("organization"));
    let token = mock.token("full");
    let ran = Job::new(url, organization, token, args).run();
    assert!(!ran.log.contains(token), "{}", ran.log);
    ran
}

/// What the action adds to what is always there.
fn added(args: &str) -> Vec<String> {
    let job = Job::new("https://staging.example", ORGANIZATION, "token", args);
    let mut arguments = job.started_with();
    let added = arguments.split_off(9);
    let (place, reports) = arguments.split_at(5);
    assert_eq!(place, ["check", "--url", "https://staging.example", "--org", ORGANIZATION]);
    assert!(reports[1].starts_with("json=/"), "{reports:?}");
    assert_eq!([&reports[0], &reports[2], &reports[3]], ["--report", "--report", "github=-"]);
    added
}

fn empty() -> Result<(), Failed> {
    let url = "http://127.0.0.1:1";
    let rows = [
        ("url", ["", ORGANIZATION, "secret-token"]),
        ("org", [url, "", "secret-token"]),
        ("token", [url, ORGANIZATION, ""]),
        ("token", [url, ORGANIZATION, " \n"]),
        ("url", ["", "", ""]),
    ];
    for (input, [url, organization, token]) in rows {
        let ran = Job::new(url, organization, token, "").run();
        let expected = format!(
            "::error title=keyproof::the input {input} is empty: give it a value (secrets are empty in pull \
             requests from forks)\n"
        );
        assert_eq!((ran.exit, ran.log), (2, expected));
        assert_eq!(ran.processes.len(), 1, "the first step is the last");
    }
    Ok(())
}

fn green() -> Result<(), Failed> {
    let mock = Mock::start();
    let ran = against(&mock, QUICK);
    assert_eq!(ran.exit, 0, "{}", ran.log);
    let url = mock.text("url");
    let report: Value = serde_json::from_str(&ran.report.unwrap())?;
    assert_eq!((&report["target"], &report["exit"]), (&url.into(), &0.into()));
    assert!(ran.log.contains("\n::notice title=keyproof"), "{}", ran.log);
    assert!(ran.summary.contains(url), "{}", ran.summary);
    Ok(())
}

fn red() -> Result<(), Failed> {
    let defect = ["--limits", "off", "--min-iterations", "1000"];
    let defect = [&defect[..], &["--defect", "descriptor-version-as-text"]].concat();
    let mock = Mock::start_with(&defect);
    let ran = against(&mock, "--run=server/descriptor/*");
    assert_eq!(ran.exit, 1, "{}", ran.log);
    let report: Value = serde_json::from_str(&ran.report.unwrap())?;
    assert_eq!(report["exit"], 1);
    let failed = report["failures"][0]["case"].as_str().unwrap();
    let annotation = format!("\n::error title=fail {failed}::");
    assert!(ran.log.contains(&annotation), "{failed}: {}", ran.log);
    assert!(ran.summary.contains(failed), "{failed}: {}", ran.summary);
    Ok(())
}

fn exits() -> Result<(), Failed> {
    let nowhere = Job::new("http://127.0.0.1:1", ORGANIZATION, "token", QUICK).run();
    assert_eq!(nowhere.exit, 4, "{}", nowhere.log);
    let mock = Mock::start();
    let incomplete =
        against(&mock, &format!("{QUICK}\n--run=server/limit/requests\n--require=quota"));
    assert_eq!(incomplete.exit, 3, "{}", incomplete.log);
    let usage = against(&mock, "--no-such-option");
    assert_eq!(usage.exit, 2, "{}", usage.log);
    assert_eq!(usage.report, None);
    Ok(())
}

fn lines() -> Result<(), Failed> {
    let rows: [(&str, &[&str]); 4] = [
        ("", &[]),
        ("\n \n\t\n", &[]),
        ("--budget=rotations=0", &["--budget=rotations=0"]),
        (
            "  --header=X-Environment: staging  east \r\n\n--run\nserver/rotate/*\n--report=text=a report.txt\n",
            &[
                "--header=X-Environment: staging  east",
                "--run",
                "server/rotate/*",
                "--report=text=a report.txt",
            ],
        ),
    ];
    for (args, wanted) in rows {
        assert_eq!(added(args), wanted, "{args:?}");
    }
    Ok(())
}

fn no_injection() -> Result<(), Failed> {
    let hostile = [
        "$(touch pwned)",
        "`touch pwned`",
        "; touch pwned",
        "\"; touch pwned; \"",
        "'; touch pwned; '",
        "*",
        "${HOME}",
        "--run=~",
        "\\n",
    ];
    assert_eq!(added(&hostile.join("\n")), hostile);
    for text in hostile {
        let job = Job::new(text, text, text, text).with_stub(RECORDER);
        let ran = job.run();
        assert_eq!(ran.exit, 0, "{}", ran.log);
        let workspace = job.workspace();
        assert!(!workspace.join("pwned").exists(), "{text}");
        let arguments = fs::read_to_string(workspace.join("arguments"))?;
        let arguments: Vec<_> = arguments.lines().collect();
        assert_eq!((arguments[2], arguments[4], arguments[9]), (text, text, text));
    }
    Ok(())
}

fn token() -> Result<(), Failed> {
    let token = "dotenv_a token 'of' \"its\" $own";
    let job = Job::new("https://staging.example", ORGANIZATION, token, "").with_stub(RECORDER);
    let ran = job.run();
    let read = |name: &str| fs::read_to_string(job.workspace().join(name)).unwrap();
    assert_eq!(read("token"), format!("{token}\n"));
    assert!(!read("arguments").contains("dotenv_"));
    assert!(!ran.log.contains("dotenv_"), "{}", ran.log);
    Ok(())
}

fn elsewhere() -> Result<(), Failed> {
    let mock = Mock::start();
    for args in ["--url=http://127.0.0.1:1", "--org\nother"] {
        let ran = against(&mock, args);
        assert_eq!(ran.exit, 2, "{}", ran.log);
        assert!(ran.log.contains("cannot be used multiple times"), "{}", ran.log);
    }
    Ok(())
}

fn beside() -> Result<(), Failed> {
    let ran = Job::new("https://staging.example", ORGANIZATION, "token", "--budget rotations=0");
    let ran = ran.run();
    let expected = "::error title=keyproof::args: `--budget rotations=0` is one argument, as it is one line: write \
                --budget=rotations=0\n";
    assert_eq!((ran.exit, ran.log.as_str()), (2, expected));
    Ok(())
}

fn unchecked() -> Result<(), Failed> {
    let mock = Mock::start();
    for args in ["--list", "--help", "--cleanup"] {
        let ran = against(&mock, args);
        assert_eq!(ran.exit, 3, "{args}: {}", ran.log);
        assert!(ran.log.contains("::nothing was checked: "), "{}", ran.log);
    }
    Ok(())
}

/// The process that GitHub starts, and sends its signals to, has become keyproof.
fn signal() -> Result<(), Failed> {
    let job = Job::new("https://staging.example", ORGANIZATION, "token", "");
    let job = job.with_stub(RECORDER);
    let ran = job.run();
    let process: u32 = fs::read_to_string(job.workspace().join("process"))?.trim().parse()?;
    let [_, check, _] = ran.processes[..] else {
        return Err(format!("other steps: {ran:?}").into());
    };
    assert_eq!(process, check);
    Ok(())
}

fn spoilt() -> Result<(), Failed> {
    let job = Job::new("https://staging.example", ORGANIZATION, "token", "").spoilt();
    let ran = job.run();
    assert_eq!(ran.exit, 4, "{}", ran.log);
    assert!(ran.log.contains("::the binary is not the one that was built: "), "{}", ran.log);
    Ok(())
}
