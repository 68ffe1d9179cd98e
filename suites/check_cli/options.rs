//! Selection and reports of `keyproof check`, and what the other commands print.

use std::io::{BufRead as _, BufReader};

use keyproof::suite::server;
use libtest_mimic::Failed;
use serde_json::Value;

use crate::support::Trial;
use crate::support::process::{Completed, check, check_with, keyproof, path, snapshot};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        Trial::test("selection/list_prints_ids_that_run_takes", list),
        Trial::test("selection/a_star_stays_within_a_segment", globs),
        Trial::test("selection/exact_takes_no_glob", exact),
        Trial::test("selection/skip_takes_away", skip),
        Trial::test("quick/runs_the_few_cases_that_find_most", quick),
        Trial::test("quick/is_what_run_and_skip_leave_of_it", quick_selection),
        Trial::test("report/a_json_document_begins_with_its_format", json),
        Trial::test("report/text_goes_where_it_is_sent", text),
        Trial::test("report/verbose_lists_every_case", verbose),
        Trial::test("report/a_pipe_gets_no_colour", plain),
        Trial::test("report/a_defect_is_run_again_by_its_own_command", rerun),
        Trial::test("report/a_seed_is_told_and_kept", seed),
        Trial::test("mock/the_banner_has_all_that_a_client_needs", banner),
        Trial::test("help/names_every_option", help),
        Trial::test("requirements/names_every_requirement", requirements),
    ]
}

const QUICK: &str = "server/descriptor/server-managed";

fn listed(arguments: &[&str]) -> Vec<String> {
    let output = check(&[&["--list"], arguments].concat());
    assert_eq!((output.exit, output.stderr.as_str()), (0, ""), "{output:?}");
    output.stdout.lines().map(str::to_owned).collect()
}

fn list() -> Result<(), Failed> {
    let all = listed(&[]);
    let ids: Vec<_> = server::cases().iter().map(|case| case.id).collect();
    assert_eq!(all, ids);
    let mut arguments = vec!["--exact"];
    for id in &all {
        arguments.extend(["--run", id.as_str()]);
    }
    assert_eq!(listed(&arguments), all);
    let one = check(&["--run", QUICK, "--exact"]);
    assert_eq!(one.exit, 0, "{one:?}");
    assert!(one.stdout.contains("\n3 cases in "), "one, and two of sanity");
    Ok(())
}

fn quick() -> Result<(), Failed> {
    let few: Vec<&str> = server::quick()?.cases.iter().map(String::as_str).collect();
    assert_eq!(listed(&["--quick"]), few);
    let output = check(&["--quick"]);
    assert_eq!((output.exit, output.stderr.as_str()), (0, ""), "{output:?}");
    let told = "embedded mock: quick: no failure seen: ";
    assert!(output.last_line().starts_with(told), "{output:?}");
    let lines: Vec<&str> = output.stdout.lines().collect();
    let sight = lines.iter().position(|line| line.starts_with("quick: ")).unwrap();
    assert!(lines[sight].contains(" that a run here without rotations catches, of "));
    // What it cannot see is told by name.
    let unseen = lines[sight + 1];
    assert!(unseen.starts_with("not looked at: ") && unseen.contains("rotate-new-key"), "{unseen}");
    let output = check(&["--quick", "--report", "json=-"]);
    let document: Value = serde_json::from_str(&output.stdout)?;
    assert_eq!(
        (&document["extent"], &document["headline"]),
        (&"quick".into(), &"no-failure-seen".into())
    );
    assert_eq!(document["annex"][1], unseen);
    Ok(())
}

fn quick_selection() -> Result<(), Failed> {
    let few = listed(&["--quick"]);
    let of = |select: fn(&str) -> bool| -> Vec<String> {
        few.iter().filter(|id| select(id)).cloned().collect()
    };
    let descriptor = of(|id| id.starts_with("server/descriptor/"));
    assert!(!descriptor.is_empty());
    assert_eq!(listed(&["--quick", "--run", "server/descriptor/*"]), descriptor);
    let others = of(|id| !id.starts_with("server/descriptor/"));
    assert_eq!(listed(&["--quick", "--skip", "server/descriptor/*"]), others);
    let output = check(&["--quick", "--run", "server/rotate/*"]);
    assert_eq!((output.exit, output.stdout.as_str()), (3, ""));
    let message =
        "keyproof: no case is selected: a quick run has none of those that are selected\n";
    assert_eq!(output.stderr, message);
    Ok(())
}

fn globs() -> Result<(), Failed> {
    let all = listed(&[]);
    let of = |prefix: &str| -> Vec<String> {
        let ids = all.iter().filter(|id| id.starts_with(prefix));
        ids.cloned().collect()
    };
    assert_eq!(listed(&["--run", "server/rotate/*"]), of("server/rotate/"));
    assert_eq!(listed(&["--run", "server/**"]), all);
    let output = check(&["--list", "--run", "server/*"]);
    assert_eq!((output.exit, output.stdout.as_str()), (3, ""));
    Ok(())
}

fn exact() -> Result<(), Failed> {
    assert_eq!(listed(&["--exact", "--run", QUICK]), [QUICK]);
    let output = check(&["--list", "--exact", "--run", "server/rotate/*"]);
    assert_eq!((output.exit, output.stdout.as_str()), (3, ""));
    Ok(())
}

fn skip() -> Result<(), Failed> {
    let all = listed(&[]).len();
    let left = listed(&["--skip", "server/rotate/*", "--skip", QUICK]);
    let rotate = listed(&["--run", "server/rotate/*"]).len();
    assert_eq!(left.len(), all - rotate - 1);
    assert!(!left.iter().any(|id| id.starts_with("server/rotate/") || id == QUICK));
    Ok(())
}

fn json() -> Result<(), Failed> {
    let file = path("report.json");
    let report = format!("json={}", file.to_str().unwrap());
    let output = check(&["--run", QUICK, "--report", &report]);
    assert_eq!(output.exit, 0, "{output:?}");
    assert!(output.last_line().starts_with("embedded mock: "), "the text too");
    let text = std::fs::read_to_string(file)?;
    assert!(text.starts_with("{\n  \"format\": 1,\n"), "{text:.60}");
    let document: Value = serde_json::from_str(&text)?;
    assert_eq!(document["target"], "embedded mock");
    assert_eq!(document["exit"], 0);
    let output = check(&["--run", QUICK, "--report", "json=-"]);
    let document: Value = serde_json::from_str(&output.stdout)?;
    assert_eq!(document["format"], 1, "and nothing but the document");
    Ok(())
}

fn text() -> Result<(), Failed> {
    let file = path("report.txt");
    let report = format!("text={}", file.to_str().unwrap());
    let output = check(&["--run", QUICK, "--report", "text=-", "--report", &report]);
    assert_eq!(output.exit, 0, "{output:?}");
    assert_eq!(std::fs::read_to_string(file)?, output.stdout);
    assert_eq!(output.stdout.matches("keyproof: embedded mock").count(), 1);
    Ok(())
}

fn verbose() -> Result<(), Failed> {
    let output = check(&["--run", "server/history/*", "--verbose"]);
    for id in listed(&["--run", "server/history/*"]) {
        assert!(output.stdout.contains(&format!("    ✓ pass  {id}\n")), "{id}");
    }
    Ok(())
}

fn plain() -> Result<(), Failed> {
    let selection = ["--defect", "descriptor-ignores-scope", "--run", "server/descriptor/scope"];
    for variables in [&[][..], &[("NO_COLOR", "1")], &[("NO_COLOR", "")]] {
        let output = check_with(&selection, variables);
        assert_eq!(output.exit, 1, "{output:?}");
        assert!(!output.stdout.contains('\u{1b}') && output.stderr.is_empty());
    }
    Ok(())
}

fn rerun() -> Result<(), Failed> {
    let output = check(&[
        "--defect",
        "history-ordered-as-text",
        "--defect",
        "descriptor-sends-key-check",
        "--run",
        "server/history/*",
        "--seed",
        "7",
    ]);
    assert_eq!(output.exit, 1, "{output:?}");
    let command = "keyproof check --defect history-ordered-as-text --defect descriptor-sends-key-check \
                   --run server/history/order --exact --seed 7";
    assert!(output.stdout.contains(&format!("  run again    {command}\n")), "{output:?}");
    let arguments: Vec<_> = command.split_whitespace().skip(2).collect();
    let again = check(&arguments);
    assert_eq!(again.exit, 1, "{again:?}");
    assert!(again.stdout.contains("\n✗ fail server/history/order: "));
    assert!(again.stdout.contains(": 2 pass, 1 fail\n"));
    Ok(())
}

fn seed() -> Result<(), Failed> {
    for (arguments, expected) in [(&[][..], ", seed 0, "), (&["--seed", "42"], ", seed 42, ")] {
        let output = check(&[&["--run", QUICK], arguments].concat());
        assert!(output.first_line().contains(expected), "{output:?}");
    }
    Ok(())
}

fn banner() -> Result<(), Failed> {
    let arguments = ["mock", "--listen", "127.0.0.1:0", "--defect", "rotate-unlimited"];
    let mut process = keyproof(&arguments, &[]).spawn()?;
    let mut seen = String::new();
    for line in BufReader::new(process.stderr.take().unwrap()).lines() {
        let line = line?;
        seen.push_str(&line);
        seen.push('\n');
        if line.trim_start().starts_with("-H ") {
            break;
        }
    }
    process.kill()?;
    let output: Completed = process.wait_with_output()?.into();
    assert_eq!(output.stdout, "");
    snapshot("mock_banner", &seen);
    Ok(())
}

fn help() -> Result<(), Failed> {
    let mut seen = String::new();
    for arguments in [&["--help"][..], &["check", "--help"], &["mock", "--help"]] {
        let output: Completed = keyproof(arguments, &[]).output()?.into();
        assert_eq!((output.exit, output.stderr.as_str()), (0, ""));
        seen.push_str(&format!("keyproof {}\n\n{}\n\n", arguments.join(" "), output.stdout));
    }
    snapshot("check_help", &seen);
    Ok(())
}

fn requirements() -> Result<(), Failed> {
    let output: Completed = keyproof(&["requirements"], &[]).output()?.into();
    assert_eq!((output.exit, output.stderr.as_str()), (0, ""));
    let catalogue = server::catalogue()?;
    for requirement in catalogue.iter() {
        let head = format!("{} (", requirement.id);
        assert!(output.stdout.lines().any(|line| line.starts_with(&head)));
    }
    let head: Vec<_> = output.stdout.split("\n\n").take(3).collect();
    snapshot("requirements_head", &head.join("\n\n"));
    let output: Completed = keyproof(&["requirements", "--format", "json"], &[]).output()?.into();
    assert!(output.stdout.starts_with("{\"format\":1,"));
    let document: Value = serde_json::from_str(&output.stdout)?;
    let listed = document["requirements"].as_array().unwrap();
    assert_eq!(listed.len(), catalogue.iter().count());
    Ok(())
}
