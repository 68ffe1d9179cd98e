//! What a run leaves behind: nothing, whatever the server does, or it is named.

use std::collections::{BTreeMap, BTreeSet};
use std::process::{Child, Command};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use keyproof::mock::Limits;
use libtest_mimic::Failed;
use parking_lot::Mutex;
use serde_json::Value;

use super::host::Host;
use crate::support::Trial;
use crate::support::process::{Said, path};
use crate::support::proxy::{Instead, Passed};

/// Makes projects and a token.
const ROTATE: [&str; 2] = ["--run", "server/rotate/keep"];

pub(crate) fn trials() -> Vec<Trial> {
    let test =
        |name: &str, run: fn() -> Result<(), Failed>| Trial::test(format!("tidying/{name}"), run);
    vec![
        test("a_delete_whose_connection_is_reset_is_sent_again", reset),
        test("a_delete_whose_answer_is_lost_is_sent_again", lost),
        test("what_cannot_be_deleted_is_named_in_every_report", refused),
        test("a_delete_that_deletes_nothing_is_not_believed", lying),
        test(
            "a_list_that_never_gets_shorter_ends_within_the_plan",
            endless,
        ),
        test("a_clean_up_keeps_to_its_budget", endless_clean_up),
        test("tokens_that_cannot_be_listed_are_deleted", unlisted),
        test("tokens_of_a_run_that_was_killed_are_deleted", killed),
        test("at_live_limits_a_signal_leaves_nothing", live_limits),
        test("a_429_is_not_waited_for_after_a_signal", throttled),
        test("a_server_that_answers_no_delete_is_not_waited_for", silent),
        test("a_signal_in_the_trial_leaves_nothing", in_trial),
        test("a_signal_ends_a_clean_up_too", in_clean_up),
    ]
}

fn none() -> Vec<String> {
    Vec::new()
}

/// All that keyproof has made and not deleted, as it names it.
fn left(host: &Host) -> Vec<String> {
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
    assert_eq!(
        output.stderr.lines().count(),
        1,
        "no more than the plan: {output:?}"
    );
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
    host.proxy
        .divert(move |method, _| is_after_trial(method).then_some(Instead::Status(403)));
    let formats = [
        "json", "markdown", "html", "junit", "tap", "ndjson", "text", "github",
    ];
    let files = formats.map(|format| path(&format!("refused.{format}")));
    let reports = formats.iter().zip(&files);
    let reports: Vec<String> = reports
        .map(|(format, file)| format!("--report={format}={}", file.display()))
        .collect();
    let reports: Vec<&str> = reports.iter().map(String::as_str).collect();
    let output = host.check(&[&ROTATE, &reports[..]].concat());
    let left = left(&host);
    assert!(
        left.len() > 3 && left.iter().any(|one| one.starts_with("token ")),
        "{left:?}"
    );
    assert_eq!(output.exit, 3, "{output:?}");
    let mut message: Vec<String> = files
        .iter()
        .map(|file| std::fs::read_to_string(file).unwrap())
        .collect();
    message.extend([output.stdout.clone(), output.stderr.clone()]);
    for text in message {
        for one in &left {
            assert!(text.contains(one), "{one} is not named: {text}");
        }
        assert!(text.contains("--cleanup"), "{text}");
    }
    // Each was tried, and none for a second time: it would be refused again.
    let deletes = host
        .proxy
        .take()
        .into_iter()
        .filter(|one| one.status == 403);
    let deletes: Vec<String> = deletes.map(|one| one.path).collect();
    let each: BTreeSet<&String> = deletes.iter().collect();
    assert_eq!((deletes.len(), each.len()), (left.len(), left.len()));
    Ok(())
}

fn lying() -> Result<(), Failed> {
    let host = Host::new(Limits::Off);
    host.proxy
        .divert(|method, _| (method == "DELETE").then_some(Instead::Status(204)));
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
    assert!(
        output.stderr.contains(" and 3960 more\n"),
        "{}",
        output.stderr
    );
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
    assert_eq!(
        output.stderr.lines().count(),
        1,
        "no more than the plan: {output:?}"
    );
    let output = host.check(&["--cleanup"]);
    assert_eq!(
        (output.exit, output.stdout.as_str()),
        (0, "deleted nothing\n")
    );
    let message =
        "API keys could not be listed (403): tokens that a run has left expire by themselves\n";
    assert!(output.stderr.ends_with(message), "{output:?}");
    Ok(())
}

/// A host that holds what is asked after `last` was answered for the first time, and tells of it.
fn held_after(last: fn(&str, &str) -> bool) -> (Host, Receiver<()>, Arc<AtomicBool>) {
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
    assert!(
        output.stdout.contains(&format!("token {token}")),
        "{output:?}"
    );
    Ok(())
}

/// Longer than anything takes that is not waited for.
const LONG: Duration = Duration::from_secs(50);

fn terminate(child: &Child) {
    let id = child.id().to_string();
    let status = Command::new("kill").args(["-TERM", &id]).status().unwrap();
    assert!(status.success());
}

/// What it says in the end, which it does before a window of the limits is over.
fn soon(child: Child) -> Said {
    let begun = Instant::now();
    let output = child.wait_with_output().unwrap().into();
    assert!(begun.elapsed() < LONG, "it waited: {output:?}");
    output
}

/// What a run has made and not deleted, by what has gone through.
#[derive(Default)]
pub(crate) struct Alive(BTreeMap<String, u32>);

impl Alive {
    /// How many there are after that request.
    pub(crate) fn learn(&mut self, passed: &Passed) -> u32 {
        let kind = if passed.path.contains("/api-keys") {
            "token"
        } else {
            "project"
        };
        let is_made = passed.method == "POST"
            && passed.status == 201
            && (passed.path.ends_with("/api-keys") || passed.path.ends_with("/projects"));
        let count = self.0.entry(kind.to_owned()).or_default();
        if is_made {
            *count += 1;
        }
        if passed.method == "DELETE" && passed.status == 204 {
            *count -= 1;
        }
        self.0.values().sum()
    }
}

fn live_limits() -> Result<(), Failed> {
    let host = Host::new(Limits::Live);
    let report = path("live-limits.json");
    let _ = std::fs::remove_file(&report);
    let was_written = Arc::new(AtomicBool::new(false));
    let report_option = format!("--report=json={}", report.display());
    // Nothing expires while the clock stands.
    let skip = ["--skip", "server/descriptor/expired-token"];
    let child = host.spawn(&[&skip[..], &[&report_option]].concat());
    // It has used up what it may: whatever it asks next, it waits for the next window.
    let mut alive = Alive::default();
    let seen = host.proxy.tell();
    loop {
        let passed = seen.recv_timeout(LONG).unwrap();
        let alive = alive.learn(&passed);
        if passed
            .bucket
            .is_some_and(|(limit, left)| limit == 100 && left <= alive + 3)
        {
            assert!(alive > 3, "{alive}");
            break;
        }
    }
    let (seen, file) = (Arc::clone(&was_written), report.clone());
    let is_first = AtomicBool::new(true);
    host.proxy.divert(move |method, _| {
        if method == "DELETE" && is_first.swap(false, Ordering::SeqCst) {
            seen.store(file.exists(), Ordering::SeqCst);
        }
        None
    });
    terminate(&child);
    let output = soon(child);
    assert_eq!((output.exit, left(&host)), (3, none()), "{output:?}");
    assert!(was_written.load(Ordering::SeqCst), "it tidied up first");
    let throttled = host
        .proxy
        .take()
        .into_iter()
        .filter(|one| one.status == 429);
    assert_eq!(throttled.count(), 0);
    let document: Value = serde_json::from_str(&std::fs::read_to_string(&report)?)?;
    assert_eq!(
        (&document["ending"], &document["shortfall"]),
        (&"stopped".into(), &Value::Null)
    );
    Ok(())
}

fn throttled() -> Result<(), Failed> {
    let host = Host::new(Limits::Off);
    let seen = host.proxy.tell();
    let report = path("throttled.json");
    let child = host.spawn(
        &[
            &ROTATE[..],
            &["--report", &format!("json={}", report.display())],
        ]
        .concat(),
    );
    let until = |wanted: fn(&Passed) -> bool| {
        while !wanted(&seen.recv_timeout(LONG).unwrap()) {}
    };
    until(|passed| passed.method == "POST" && passed.path.ends_with("/api-keys"));
    // Somebody else has used up the window.
    host.proxy.divert(|_, _| Some(Instead::Status(429)));
    until(|passed| passed.status == 429);
    terminate(&child);
    let output = soon(child);
    assert_eq!(output.exit, 3, "{output:?}");
    let left = left(&host);
    assert!(left.len() > 1, "{left:?}");
    let document: Value = serde_json::from_str(&std::fs::read_to_string(&report)?)?;
    let message = document["shortfall"].as_str().unwrap();
    for text in [message, &output.stderr, &output.stdout] {
        for one in &left {
            assert!(text.contains(one), "{one} is not named: {text}");
        }
        assert!(
            text.contains(" --cleanup` deletes it once it is 6 hours old"),
            "{text}"
        );
    }
    let deletes = host.proxy.take().into_iter();
    let deletes = deletes.filter(|one| one.method == "DELETE" && one.status == 429);
    assert_eq!(deletes.count(), left.len(), "each once");
    Ok(())
}

fn silent() -> Result<(), Failed> {
    let (host, held, _) =
        held_after(|method, path| method == "POST" && path.ends_with("/api-keys"));
    let child = host.spawn(&[&ROTATE[..], &["--report", "json=-"]].concat());
    held.recv_timeout(LONG).unwrap();
    terminate(&child);
    let output = soon(child);
    assert_eq!(output.exit, 3, "{output:?}");
    let document: Value = serde_json::from_str(&output.stdout)?;
    let message = document["shortfall"].as_str().unwrap();
    let mut left = host.left_behind();
    left.extend(
        host.tokens()
            .into_iter()
            .map(|name| format!("token {name}")),
    );
    for one in left {
        assert!(message.contains(&one), "{one} is not named: {message}");
    }
    Ok(())
}

fn in_trial() -> Result<(), Failed> {
    let (tell, held) = mpsc::channel();
    let tell = Mutex::new(tell);
    let is_first = AtomicBool::new(true);
    let host = Host::watched(Limits::Off, move |method, _| {
        let holds = method == "DELETE" && is_first.swap(false, Ordering::SeqCst);
        if holds {
            let _ = tell.lock().send(());
        }
        !holds
    });
    let child = host.spawn(&ROTATE);
    held.recv_timeout(LONG).unwrap();
    assert_eq!(host.left_behind().len(), 1);
    terminate(&child);
    let output = soon(child);
    assert_eq!((output.exit, left(&host)), (3, none()), "{output:?}");
    assert!(
        output
            .stderr
            .contains("keyproof: stopped before the first case\n"),
        "{output:?}"
    );
    Ok(())
}

fn in_clean_up() -> Result<(), Failed> {
    let (tell, held) = mpsc::channel();
    let tell = Mutex::new(tell);
    let host = Host::watched(Limits::Off, move |method, _| {
        if method == "DELETE" {
            let _ = tell.lock().send(());
        }
        method != "DELETE"
    });
    host.settle("kp-zzzzz-01234567-3");
    let child = host.spawn(&["--cleanup"]);
    held.recv_timeout(LONG).unwrap();
    terminate(&child);
    let output = soon(child);
    assert_eq!(output.exit, 3, "{output:?}");
    assert_eq!(
        output.stdout,
        "deleted nothing\ncould not delete kp-zzzzz-01234567-3\n"
    );
    assert!(
        output
            .stderr
            .ends_with("keyproof: stopped before everything was looked at\n"),
        "{output:?}"
    );
    Ok(())
}
