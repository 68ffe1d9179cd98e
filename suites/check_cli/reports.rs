//! Reports as users get them: every format from one run, shards, and what `keyproof report` makes of
//! JSON reports.

use std::path::PathBuf;

use libtest_mimic::Failed;
use serde_json::Value;

use crate::support::Trial;
use crate::support::process::{Completed, check, check_with, keyproof, path};
use crate::support::stub;

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        Trial::test("reports/one_run_writes_every_format", every_format),
        Trial::test("reports/the_job_summary_is_appended", summary),
        Trial::test("reports/two_in_one_file_are_refused", shared_file),
        Trial::test("reports/a_server_that_is_not_there_gets_a_report", nobody_listens),
        Trial::test("reports/a_trace_has_every_exchange_and_no_secret", trace),
        Trial::test("reports/shards_make_the_whole_run", shards),
        Trial::test("reports/a_shard_that_is_no_shard_is_refused", no_shard),
        Trial::test("reports/merge_refuses_what_are_no_shards", merge_refuses),
        Trial::test("reports/diff_exits_1_for_a_regression", diff),
        Trial::test("reports/convert_is_the_report_in_another_format", convert),
        Trial::test("reports/what_is_no_report_exits_2", no_report),
    ]
}

const QUICK: &str = "server/descriptor/server-managed";
const FAILING: [&str; 4] =
    ["--defect", "descriptor-sends-key-check", "--run", "server/descriptor/proof-never-sent"];
const FORMATS: [&str; 8] = ["text", "json", "ndjson", "junit", "tap", "html", "markdown", "github"];

/// A file of each format, and the options that write them.
pub(crate) fn everywhere(name: &str) -> (Vec<PathBuf>, Vec<String>) {
    let files = FORMATS.map(|format| path(&format!("{name}.{format}")));
    for file in &files {
        let _ = std::fs::remove_file(file);
    }
    let options = FORMATS.iter().zip(&files).flat_map(|(format, file)| {
        let destination = format!("{format}={}", file.display());
        ["--report".to_owned(), destination]
    });
    let options = options.collect();
    (files.into(), options)
}

fn words(options: &[String]) -> Vec<&str> {
    options.iter().map(String::as_str).collect()
}

/// What a report command says.
fn report(arguments: &[&str]) -> Completed {
    let arguments = [&["report"], arguments].concat();
    keyproof(&arguments, &[]).output().unwrap().into()
}

/// A JSON report of a check, with the exit that it ended with.
fn json(name: &str, arguments: &[&str]) -> (String, i32) {
    let file = path(name).to_str().unwrap().to_owned();
    let destination = format!("json={file}");
    let output = check(&[arguments, &["--report", &destination]].concat());
    (file, output.exit)
}

fn every_format() -> Result<(), Failed> {
    let (files, options) = everywhere("every");
    let output = check(&[&FAILING[..], &words(&options)].concat());
    assert_eq!((output.exit, output.stderr.as_str()), (1, ""), "{output:?}");
    for (format, file) in FORMATS.iter().zip(&files) {
        let text = std::fs::read_to_string(file)?;
        for expected in ["server/descriptor/proof-never-sent", "not conformant"] {
            assert!(text.contains(expected), "{format}: {text}");
        }
    }
    assert_eq!(std::fs::read_to_string(&files[0])?, output.stdout);
    let output = check(&[&FAILING[..], &["--report", "junit=-"]].concat());
    assert!(output.stdout.starts_with("<?xml "), "{output:?}");
    Ok(())
}

fn summary() -> Result<(), Failed> {
    let file = path("summary.md");
    std::fs::write(&file, "# before\n")?;
    let variables = [("GITHUB_STEP_SUMMARY", file.to_str().unwrap())];
    let arguments = [&FAILING[..], &["--report", "github=-"]].concat();
    let output = check_with(&arguments, &variables);
    assert_eq!(output.exit, 1, "{output:?}");
    let text = std::fs::read_to_string(&file)?;
    assert!(text.starts_with("# before\n## ❌ keyproof: embedded mock\n"), "{text}");
    let mark = output.first_line().strip_prefix("::stop-commands::").unwrap().to_owned();
    assert_eq!(mark.len(), 32);
    assert!(output.stdout.contains(&format!("\n::{mark}::\n::error title=")));
    let again = check_with(&arguments, &variables);
    assert!(!again.stdout.contains(&mark), "another one each time");
    Ok(())
}

fn shared_file() -> Result<(), Failed> {
    let output = check(&["--report", "json=a.out", "--report", "junit=a.out"]);
    assert_eq!((output.exit, output.stdout.as_str()), (2, ""));
    let expected = "keyproof: two reports go to a.out: give each a file of its own\n";
    assert_eq!(output.stderr, expected);
    Ok(())
}

fn nobody_listens() -> Result<(), Failed> {
    let (files, options) = everywhere("nobody");
    let url = stub::nobody();
    let place = ["--url", &url, "--org", "01ARZ3NDEKTSV4RRFFQ69G5FAV"];
    let token = ("KEYPROOF_TOKEN", "a-token-that-nobody-has-made");
    let output = check_with(&[&place, &words(&options)[..]].concat(), &[token]);
    assert_eq!(output.exit, 4, "{output:?}");
    for (format, file) in FORMATS.iter().zip(&files) {
        let text = std::fs::read_to_string(file)?;
        assert!(text.contains("unreachable"), "{format}: {text}");
    }
    Ok(())
}

fn trace() -> Result<(), Failed> {
    let plain = check(&["--run", QUICK, "--exact"]);
    let output = check(&["--run", QUICK, "--exact", "--trace"]);
    assert_eq!(output.exit, 0, "{output:?}");
    assert_eq!(output.stdout.lines().count(), plain.stdout.lines().count());
    let trace = &output.stderr;
    assert!(trace.starts_with("# 3 cases, one after the other\n\n# exchange 1\n> GET /api/v1/"));
    for expected in [
        "\n> authorization: [withheld]\n",
        "\n< 200 OK\n",
        "pass server/descriptor/server-managed\n",
        "# the cases are over: what follows tidies up\n\n# exchange ",
        "\n> DELETE /api/v1/",
    ] {
        assert!(trace.contains(expected), "{expected}: {trace}");
    }
    let numbers = trace.lines().filter_map(|line| line.strip_prefix("# exchange "));
    let numbers: Vec<usize> = numbers.map(|number| number.parse().unwrap()).collect();
    assert!(numbers.len() > 3 && numbers.iter().copied().eq(1..=numbers.len()));
    assert!(trace.contains("\"content\":\"[withheld]\""), "{trace}");
    assert!(!trace.contains('\u{1b}'));
    Ok(())
}

fn shards() -> Result<(), Failed> {
    let selection = ["--run", "server/descriptor/*", "--run", "server/history/*"];
    let whole = check(&selection);
    let list = |shard: &[&str]| -> Vec<String> {
        let output = check(&[&selection, shard, &["--list"]].concat());
        output.stdout.lines().map(str::to_owned).collect()
    };
    let mut listed = [list(&["--shard", "1/2"]), list(&["--shard", "2/2"])].concat();
    listed.sort();
    listed.dedup();
    let mut all = list(&[]);
    all.sort();
    assert_eq!(listed, all);
    let mut files = Vec::new();
    for shard in ["1/2", "2/2"] {
        let name = format!("shard-{}.json", &shard[..1]);
        let (file, exit) = json(&name, &[&selection[..], &["--shard", shard]].concat());
        assert_eq!(exit, 0);
        let document: Value = serde_json::from_str(&std::fs::read_to_string(&file)?)?;
        assert_eq!(document["shard"]["count"], 2);
        files.push(file);
    }
    let merged = report(&["merge", &files[0], &files[1]]);
    assert_eq!((merged.exit, merged.last_line()), (0, whole.last_line()), "{merged:?}");
    let missing = report(&["merge", &files[1]]);
    assert_eq!(missing.exit, 3, "{missing:?}");
    assert!(missing.stdout.contains("\nincomplete: shard 1/2 is missing\n"));
    assert!(missing.last_line().starts_with("embedded mock: incomplete: "));
    let double = report(&["merge", &files[0], &files[0]]);
    assert_eq!((double.exit, double.stdout.as_str()), (2, ""), "{double:?}");
    assert!(double.stderr.contains("are both shard 1/2: give each shard once"));
    // A selection of one case leaves all shards but one without any.
    let exits = ["1/2", "2/2"].map(|shard| {
        let output = check(&["--run", QUICK, "--exact", "--shard", shard]);
        assert!(output.first_line().contains(&format!(", shard {shard}, ")), "{output:?}");
        (
            output.exit,
            output.last_line().contains(": shard "),
            output.last_line().contains(" has no case: "),
        )
    });
    assert!(exits.iter().all(|(exit, is_shard, _)| *exit == 0 && *is_shard));
    assert_eq!(exits.iter().filter(|(_, _, is_empty)| *is_empty).count(), 1);
    Ok(())
}

fn no_shard() -> Result<(), Failed> {
    for shard in ["0/2", "3/2", "1", "", "1/0"] {
        let output = check(&["--shard", shard]);
        assert_eq!((output.exit, output.stdout.as_str()), (2, ""), "{output:?}");
        assert!(output.stderr.contains("give I/N"), "{output:?}");
    }
    Ok(())
}

fn merge_refuses() -> Result<(), Failed> {
    let (whole, _) = json("merge-whole.json", &["--run", QUICK]);
    let output = report(&["merge", &whole]);
    assert_eq!((output.exit, output.stdout.as_str()), (2, ""));
    assert!(output.stderr.contains("is no shard: only reports of `--shard I/N`"), "{output:?}");
    let shard = |name: &str, seed: &str, shard: &str| {
        json(name, &["--run", QUICK, "--shard", shard, "--seed", seed]).0
    };
    let one = shard("merge-1.json", "1", "1/2");
    let other = shard("merge-2.json", "2", "2/2");
    let output = report(&["merge", &one, &other]);
    assert_eq!((output.exit, output.stdout.as_str()), (2, ""));
    assert!(output.stderr.contains("their seed differs, 1 and 2"), "{output:?}");
    assert_eq!(report(&["merge"]).exit, 2);
    Ok(())
}

fn diff() -> Result<(), Failed> {
    let run = ["--run", "server/descriptor/proof-never-sent"];
    let (good, exit) = json("diff-good.json", &run);
    assert_eq!(exit, 0);
    let (bad, exit) = json("diff-bad.json", &FAILING);
    assert_eq!(exit, 1);
    let (other, _) = json("diff-other.json", &["--run", QUICK]);
    for (old, new, exit, expected) in [
        (&good, &bad, 1, "regression: 3 cases held before, 1 no longer held; 0 more hold now"),
        (&bad, &good, 0, "no regression: 2 cases held before; 1 more hold now"),
        (&good, &good, 0, "no regression: 3 cases held before; 0 more hold now"),
        (&good, &other, 3, "incomplete: 3 cases held before, 1 no longer judged; 0 more hold now"),
    ] {
        let output = report(&["diff", old, new]);
        assert_eq!((output.exit, output.last_line()), (exit, expected), "{output:?}");
    }
    Ok(())
}

fn convert() -> Result<(), Failed> {
    let file = path("convert.json");
    let text = path("convert.txt");
    let json = format!("json={}", file.display());
    let plain = format!("text={}", text.display());
    let output = check(&[&FAILING[..], &["--report", &json, "--report", &plain]].concat());
    assert_eq!(output.exit, 1);
    let from = file.to_str().unwrap();
    let converted = report(&["convert", from, "--report", "text=-"]);
    assert_eq!((converted.exit, converted.stderr.as_str()), (0, ""), "{converted:?}");
    assert_eq!(converted.stdout, std::fs::read_to_string(&text)?);
    let converted = report(&["convert", from, "--report", "json=-"]);
    assert_eq!(converted.stdout, std::fs::read_to_string(&file)?);
    let (files, options) = everywhere("converted");
    let converted = report(&[&["convert", from], &words(&options)[..]].concat());
    assert_eq!((converted.exit, converted.stdout.as_str()), (0, ""), "{converted:?}");
    assert!(files.iter().all(|file| file.exists()));
    assert_eq!(report(&["convert", from]).exit, 2, "into what?");
    let unwritable = report(&["convert", from, "--report", "tap=no/such/folder/a.tap"]);
    assert_eq!(unwritable.exit, 4, "{unwritable:?}");
    Ok(())
}

fn no_report() -> Result<(), Failed> {
    let (whole, _) = json("whole.json", &["--run", QUICK]);
    let whole = std::fs::read_to_string(whole)?;
    let cut = path("cut.json");
    std::fs::write(&cut, &whole[..whole.len() / 2])?;
    let binary = path("binary.json");
    std::fs::write(&binary, [0xff, 0xfe, 0])?;
    for (file, expected) in [
        ("no/such/file.json", "cannot read no/such/file.json: "),
        (cut.to_str().unwrap(), " is not JSON, or not all of it: "),
        (binary.to_str().unwrap(), "cannot read "),
    ] {
        for arguments in
            [&["merge", file][..], &["diff", file, file], &["convert", file, "--report", "tap=-"]]
        {
            let output = report(arguments);
            assert_eq!((output.exit, output.stdout.as_str()), (2, ""), "{output:?}");
            assert!(output.stderr.contains(expected), "{output:?}");
        }
    }
    Ok(())
}
