//! What a run leaves behind: nothing, whatever the server does, or it is named.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use keyproof::mock::Limits;
use libtest_mimic::Failed;
use parking_lot::Mutex;
use serde_json::Value;

use super::host::Host;
use crate::support::Trial;
use crate::support::process::path;
use crate::support::proxy::Instead;

/// Makes projects and a token.
pub(crate) const ROTATE: [&str; 2] = ["--run", "server/rotate/keep"];

pub(crate) fn trials() -> Vec<Trial> {
    let test =
        |name: &str, run: fn() -> Result<(), Failed>| Trial::test(format!("tidying/{name}"), run);
    vec![
        test("a_delete_whose_connection_is_reset_is_sent_again", reset),
        test("a_delete_whose_answer_is_lost_is_sent_again", lost),
        test("what_cannot_be_deleted_is_named_in_every_report", refused),
        test("a_delete_that_deletes_nothing_is_not_believed", lying),
        test("a_list_that_never_gets_shorter_ends_within_the_plan", endless),
        test("a_clean_up_keeps_to_its_budget", endless_clean_up),
        test("tokens_that_cannot_be_listed_are_deleted", unlisted),
        test("tokens_of_a_run_that_was_killed_are_deleted", killed),
    ]
}

pub(crate) fn none() -> Vec<String> {
    Vec::new()
}

/// All that keyproof has made and not deleted, as it names it.
pub(crate) fn left(host: &Host) -> Vec<String> {
    let tokens = host.tokens().into_iter();
    let tokens = tokens.map(|name| format!("token {name}"));
    host.left_behind().into_iter().chain(tokens).collect()
}

/// Says yes to the DELETEs after that of the trial project.
fn after_trial() -> impl Fn(&str) -> bool + Send + Sync {
    let deletes = AtomicU32::new(0);
    move |method| method == "DELETE" && deletes.fetch_add(1, Ordering::SeqCst) > 0
}

/// The first DELETE of each thing comes to that.
fn first_of_each(instead: Instead) -> Result<(), Failed> {
    let host = Host::new(Limits::Off);
    let seen = Mutex::new(BTreeSet::new());
    host.proxy.divert(move |method, path| {
        let is_first = method == "DELETE" && seen.lock().insert(path.to_owned());
        is_first.then(|| instead.clone())
    });
    let output = host.check(&ROTATE);
    assert_eq!(output.exit, 0, "{output:?}");
    assert_eq!(left(&host), none());
    assert_eq!(output.stderr.lines().count(), 1, "no more than the plan: {output:?}");
    let deletes = host.proxy.take().into_iter();
    let tokens = deletes.filter(|one| one.method == "DELETE" && one.path.contains("/api-keys/"));
    assert_eq!(tokens.count(), 2);
    Ok(())
}

fn reset() -> Result<(), Failed> {
    first_of_each(Instead::Reset)
}

fn lost() -> Result<(), Failed> {
    first_of_each(Instead::Lost)
}

fn refused() -> Result<(), Failed> {
    let host = Host::new(Limits::Off);
    let is_after_trial = after_trial();
    host.proxy.divert(move |method, _| is_after_trial(method).then_some(Instead::Status(403)));
    let formats = ["json", "markdown", "html", "junit", "tap", "ndjson", "text", "github"];
    let files = formats.map(|format| path(&format!("refused.{format}")));
    let reports = formats.iter().zip(&files);
    let reports: Vec<String> =
        reports.map(|(format, file)| format!("--report={format}={}", file.display())).collect();
    let reports: Vec<&str> = reports.iter().map(String::as_str).collect();
    let output = host.check(&[&ROTATE, &reports[..]].concat());
    let left = left(&host);
    assert!(left.len() > 3 && left.iter().any(|one| one.starts_with("token ")), "{left:?}");
    assert_eq!(output.exit, 3, "{output:?}");
    let mut message: Vec<String> =
        files.iter().map(|file| std::fs::read_to_string(file).unwrap()).collect();
    message.extend([output.stdout.clone(), output.stderr.clone()]);
    for text in message {
        for one in &left {
            assert!(text.contains(one), "{one} is not named: {text}");
        }
        assert!(text.contains("--cleanup"), "{text}");
    }
    // Each was tried, and none for a second time: it would be refused again.
    let deletes = host.proxy.take().into_iter().filter(|one| one.status == 403);
    let deletes: Vec<String> = deletes.map(|one| one.path).collect();
    let each: BTreeSet<&String> = deletes.iter().collect();
    assert_eq!((deletes.len(), each.len()), (left.len(), left.len()));
    Ok(())
}

fn lying() -> Result<(), Failed> {
    let host = Host::new(Limits::Off);
    host.proxy.divert(|method, _| (method == "DELETE").then_some(Instead::Status(204)));
    let output = host.check(&[&ROTATE[..], &["--report", "json=-"]].concat());
    assert_eq!(output.exit, 3, "{output:?}");
    let document: Value = serde_json::from_str(&output.stdout)?;
    let shortfall = document["shortfall"].as_str().unwrap();
    for one in left(&host) {
        assert!(shortfall.contains(&one), "{one} is not named: {shortfall}");
    }
    Ok(())
}

/// A list of projects that are old, none of which ever goes.
fn many() -> Instead {
    let rows = (0..4000).map(
        |number| serde_json::json!({"attributes": {"slug": format!("kp-zzzzz-01234567-{number}")}}),
    );
    Instead::Json(serde_json::json!({"data": rows.collect::<Vec<_>>()}).to_string())
}

fn grow_never_shorter(host: &Host) {
    let many = many();
    host.proxy.divert(move |method, path| match method {
        "GET" if path.ends_with("/projects") => Some(many.clone()),
        "DELETE" if path.contains("/kp-zzzzz-") => Some(Instead::Status(204)),
        _ => None,
    });
}

fn endless() -> Result<(), Failed> {
    let host = Host::new(Limits::Off);
    grow_never_shorter(&host);
    let output = host.check(&ROTATE);
    assert_eq!(output.exit, 0, "{output:?}");
    let plan = output.stderr.split("plan: at most ").nth(1).unwrap();
    let plan: usize = plan.split(' ').next().unwrap().parse()?;
    let spent = host.proxy.take().len();
    assert!(spent <= plan, "{spent} of {plan}");
    let message =
        "warning: an earlier run has left what could not be deleted: kp-zzzzz-01234567-0, ";
    assert!(output.stderr.contains(message), "{}", output.stderr);
    assert!(output.stderr.contains(" and 3960 more\n"), "{}", output.stderr);
    Ok(())
}

fn endless_clean_up() -> Result<(), Failed> {
    let host = Host::new(Limits::Off);
    grow_never_shorter(&host);
    let output = host.check(&["--cleanup", "--budget", "requests=50"]);
    assert_eq!(output.exit, 3, "{output:?}");
    let message = "keyproof: plan: at most 50 requests, 0 rotations and 30 minutes\n";
    assert_eq!(output.stderr, message);
    let spent = host.proxy.take().len();
    assert!(spent <= 50, "{spent}");
    Ok(())
}

fn unlisted() -> Result<(), Failed> {
    let host = Host::new(Limits::Off);
    host.proxy.divert(|method, path| {
        (method == "GET" && path.ends_with("/api-keys")).then_some(Instead::Status(403))
    });
    let output = host.check(&ROTATE);
    assert_eq!((output.exit, left(&host)), (0, none()), "{output:?}");
    assert_eq!(output.stderr.lines().count(), 1, "no more than the plan: {output:?}");
    let output = host.check(&["--cleanup"]);
    assert_eq!((output.exit, output.stdout.as_str()), (0, "deleted nothing\n"));
    let message =
        "API keys could not be listed (403): tokens that a run has left expire by themselves\n";
    assert!(output.stderr.ends_with(message), "{output:?}");
    Ok(())
}

/// A host that holds what is asked after `last` was answered for the first time, and tells of it.
pub(crate) fn held_after(last: fn(&str, &str) -> bool) -> (Host, Receiver<()>, Arc<AtomicBool>) {
    let (tell, seen) = mpsc::channel();
    let tell = Mutex::new(tell);
    let holds = Arc::new(AtomicBool::new(true));
    let (is_held, has_come) = (Arc::clone(&holds), AtomicBool::new(false));
    let host = Host::watched(Limits::Off, move |method, path| {
        if has_come.load(Ordering::SeqCst) && is_held.load(Ordering::SeqCst) {
            let _ = tell.lock().send(());
            return false;
        }
        has_come.fetch_or(last(method, path), Ordering::SeqCst);
        true
    });
    (host, seen, holds)
}

fn killed() -> Result<(), Failed> {
    let makes_token = |method: &str, path: &str| method == "POST" && path.ends_with("/api-keys");
    let (host, held, holds) = held_after(makes_token);
    let state = path("state-tokens");
    let _ = std::fs::remove_dir_all(&state);
    let state = state.to_str().unwrap();
    let mut child = host.spawn(&[&ROTATE[..], &["--state", state]].concat());
    held.recv_timeout(LONG).unwrap();
    child.kill().unwrap();
    child.wait()?;
    holds.store(false, Ordering::SeqCst);
    let [token] = &host.tokens()[..] else {
        return Err("there is no one token".into());
    };
    let output = host.check(&["--cleanup", "--state", state]);
    assert_eq!((output.exit, left(&host)), (0, none()), "{output:?}");
    assert!(output.stdout.contains(&format!("token {token}")), "{output:?}");
    Ok(())
}

/// Longer than anything takes that is not waited for.
pub(crate) const LONG: Duration = Duration::from_secs(50);
