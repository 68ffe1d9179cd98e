//! The workflow and the job that the README offers for copying.

use std::collections::BTreeMap;
use std::process::Command;

use libtest_mimic::Failed;
use serde_json::Value;

use super::composite::Job;
use super::manifest::{Manifest, is_pinned};
use crate::support::Trial;
use crate::support::process::keyproof;

const README: &str = include_str!("../../README.md");
/// How the README names the action: nobody knows yet where a reader's copy is.
const ACTION: &str = "OWNER/keyproof@COMMIT";

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        Trial::test("readme/the_workflow_fits_the_action", fits),
        Trial::test("readme/the_workflow_is_careful", careful),
        Trial::test("readme/each_event_of_the_workflow_is_a_run", events),
        Trial::test("readme/what_the_workflow_keeps_is_written", kept),
        Trial::test("readme/the_gitlab_job_runs", gitlab),
        Trial::test("readme/the_gitlab_job_keeps_its_reports", gitlab_kept),
    ]
}

/// The two YAML blocks: for GitHub and for GitLab.
fn blocks() -> [Value; 2] {
    let blocks = README.split("```yaml\n").skip(1);
    let blocks = blocks.map(|rest| rest.split("```").next().unwrap());
    let parsed = blocks.map(|block| serde_saphyr::from_str(block).unwrap());
    parsed.collect::<Vec<_>>().try_into().unwrap()
}

fn workflow() -> Value {
    let [workflow, _] = blocks();
    workflow
}

/// The one job of the workflow.
fn job(workflow: &Value) -> &Value {
    let jobs = workflow["jobs"].as_object().unwrap();
    assert_eq!(jobs.len(), 1);
    jobs.values().next().unwrap()
}

/// The step that uses the action, and the one that keeps its reports.
fn steps(workflow: &Value) -> [&Value; 2] {
    let steps = job(workflow)["steps"].as_array().unwrap();
    steps.iter().collect::<Vec<_>>().try_into().unwrap()
}

fn fits() -> Result<(), Failed> {
    let workflow = workflow();
    let [check, keep] = steps(&workflow);
    assert_eq!(check["uses"], ACTION);
    let manifest = Manifest::read();
    let given = check["with"].as_object().unwrap();
    let unknown: Vec<_> =
        given.keys().filter(|name| !manifest.inputs.contains_key(*name)).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
    for (name, input) in &manifest.inputs {
        assert!(!input.required || given.contains_key(name), "{name} is missing");
    }
    let path = keep["with"]["path"].as_str().unwrap();
    let id = check["id"].as_str().unwrap();
    let output = manifest.outputs.keys().next().unwrap();
    assert!(path.contains(&format!("${{{{ steps.{id}.outputs.{output} }}}}")), "{path}");
    Ok(())
}

/// No right that is not needed, a secret for the token, one run at a time for one rate limit, and an
/// end when nothing moves.
fn careful() -> Result<(), Failed> {
    let workflow = workflow();
    let [check, keep] = steps(&workflow);
    assert_eq!(workflow["permissions"], Value::Object(serde_json::Map::new()));
    assert!(check["with"]["token"].as_str().unwrap().starts_with("${{ secrets."));
    assert!(workflow["concurrency"]["group"].is_string());
    assert!(job(&workflow)["timeout-minutes"].is_u64());
    assert!(is_pinned(keep["uses"].as_str().unwrap()));
    assert_eq!(keep["if"], "always()");
    Ok(())
}

/// `args` on that event. The one expression in it is a choice by event.
fn args_on(event: &str) -> String {
    let workflow = workflow();
    let [check, _] = steps(&workflow);
    let args = check["with"]["args"].as_str().unwrap();
    let (before, rest) = args.split_once("${{").unwrap();
    let (expression, after) = rest.split_once("}}").unwrap();
    let choice = expression.trim().strip_prefix("github.event_name == '").unwrap();
    let (chosen, rest) = choice.split_once("' && '").unwrap();
    let (then, otherwise) = rest.split_once("' || '").unwrap();
    let otherwise = otherwise.strip_suffix('\'').unwrap();
    let value = if event == chosen { then } else { otherwise };
    format!("{before}{value}{after}")
}

/// Starts keyproof with what the action would give it, but lists the cases.
fn listed(arguments: &[String]) -> String {
    let arguments: Vec<_> = arguments.iter().map(String::as_str).chain(["--list"]).collect();
    let output = keyproof(&arguments, &[]).output().unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{arguments:?}: {error}");
    String::from_utf8(output.stdout).unwrap()
}

fn events() -> Result<(), Failed> {
    let workflow = workflow();
    let on: BTreeMap<_, _> = workflow["on"].as_object().unwrap().iter().collect();
    let events: Vec<_> = on.keys().map(|event| event.as_str()).collect();
    assert_eq!(events, ["push", "schedule"]);
    let quick = events.into_iter().map(|event| {
        let job =
            Job::new("https://staging.example", "01ARZ3NDEKTSV4RRFFQ69G5FAV", "t", &args_on(event));
        let started = job.started_with();
        assert!(listed(&started).contains("server/"), "{event}");
        started.contains(&"--quick".to_owned())
    });
    assert_eq!(quick.collect::<Vec<_>>(), [true, false]);
    Ok(())
}

fn kept() -> Result<(), Failed> {
    let workflow = workflow();
    let [_, keep] = steps(&workflow);
    let mut kept: Vec<_> = keep["with"]["path"].as_str().unwrap().lines().collect();
    kept.retain(|path| !path.contains("${{"));
    let args = args_on("push");
    let written: Vec<_> = args.lines().filter_map(|line| line.strip_prefix("--report=")).collect();
    let written: Vec<_> = written.iter().map(|report| report.split_once('=').unwrap().1).collect();
    assert_eq!(kept, written);
    Ok(())
}

/// The one job for GitLab.
fn gitlab_job() -> Value {
    let [_, gitlab] = blocks();
    let jobs = gitlab.as_object().unwrap();
    assert_eq!(jobs.len(), 1);
    jobs.values().next().unwrap().clone()
}

/// The line of the job's script that starts keyproof, by the shell that GitLab takes for an image.
fn gitlab_command() -> String {
    let job = gitlab_job();
    let script = job["script"].as_array().unwrap();
    script.last().unwrap().as_str().unwrap().to_owned()
}

fn gitlab() -> Result<(), Failed> {
    let job = gitlab_job();
    let rules = job["rules"].as_array().unwrap();
    let extents: Vec<_> =
        rules.iter().map(|rule| rule["variables"]["EXTENT"].as_str().unwrap()).collect();
    assert_eq!(extents, ["", "--quick"]);
    assert_eq!(rules[0]["if"], "$CI_PIPELINE_SOURCE == \"schedule\"");
    for extent in extents {
        let binary = std::path::Path::new(env!("CARGO_BIN_EXE_keyproof"));
        let path = std::env::var("PATH").unwrap();
        let path = format!("{}:{path}", binary.parent().unwrap().display());
        let output = Command::new("bash")
            .args(["-euo", "pipefail", "-c", &format!("{} --list", gitlab_command())])
            .current_dir(env!("CARGO_TARGET_TMPDIR"))
            .env("PATH", path)
            .env("STAGING_URL", "https://staging.example")
            .env("STAGING_ORG", "01ARZ3NDEKTSV4RRFFQ69G5FAV")
            .env("EXTENT", extent)
            .output()?;
        assert!(output.status.success(), "{extent}: {output:?}");
        assert!(output.stdout.starts_with(b"server/"), "{output:?}");
    }
    Ok(())
}

fn gitlab_kept() -> Result<(), Failed> {
    let (job, command) = (gitlab_job(), gitlab_command());
    let artifacts = &job["artifacts"];
    assert_eq!(artifacts["when"], "always");
    let junit = artifacts["reports"]["junit"].as_str().unwrap();
    assert!(command.contains(&format!("--report junit={junit} ")), "{command}");
    let paths: Vec<_> = artifacts["paths"].as_array().unwrap().iter().collect();
    let [json] = paths[..] else { panic!("{paths:?}") };
    let json = json.as_str().unwrap();
    assert!(command.contains(&format!("--report json={json} ")), "{command}");
    Ok(())
}
