//! A signal ends a run, and nothing of it stays, or it is named.

use std::collections::BTreeMap;
use std::process::{Child, Command};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use keyproof::mock::Limits;
use libtest_mimic::Failed;
use parking_lot::Mutex;
use serde_json::Value;

use super::host::Host;
use super::tidying::{LONG, ROTATE, held_after, left, none};
use crate::support::Trial;
use crate::support::process::{Completed, path};
use crate::support::proxy::{Instead, Passed};

pub(crate) fn trials() -> Vec<Trial> {
    let test =
        |name: &str, run: fn() -> Result<(), Failed>| Trial::test(format!("tidying/{name}"), run);
    vec![
        test("at_live_limits_a_signal_leaves_nothing", live_limits),
        test("a_429_is_not_waited_for_after_a_signal", throttled),
        test("a_server_that_answers_no_delete_is_not_waited_for", silent),
        test("a_signal_in_the_trial_leaves_nothing", in_trial),
        test("a_signal_ends_a_clean_up_too", in_clean_up),
    ]
}

fn terminate(child: &Child) {
    let id = child.id().to_string();
    let status = Command::new("kill").args(["-TERM", &id]).status().unwrap();
    assert!(status.success());
}

/// What it says in the end, which it does before a window of the limits is over.
fn soon(child: Child) -> Completed {
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
        let kind = if passed.path.contains("/api-keys") { "token" } else { "project" };
        let is_made = passed.method == "POST"
            && passed.status == 201
            && (passed.path.ends_with("/api-keys") || passed.path.ends_with("/projects"));
        let count = self.0.entry(kind.to_owned()).or_default();
        if is_made {
            *count += 1;
        }
        // Secrets and versions are deleted too.
        let last = passed.path.rsplit('/').next().unwrap_or_default();
        let is_whole = kind == "token" || last.starts_with("kp-");
        if passed.method == "DELETE" && passed.status == 204 && is_whole {
            *count -= 1;
        }
        self.0.values().sum()
    }
}

/// Projects and tokens that are about to be made when the run has used up what it may: each has its deletion kept back too.
const PROMISED: u32 = 6;
/// Whoever sends nothing for so long waits for the next window.
const QUIET: Duration = Duration::from_secs(2);

fn live_limits() -> Result<(), Failed> {
    // Jobs end only while the clock ticks.
    let host = Host::ticking(Limits::Live);
    let report = path("live-limits.json");
    let _ = std::fs::remove_file(&report);
    let was_written = Arc::new(AtomicBool::new(false));
    let report_option = format!("--report=json={}", report.display());
    let child = host.spawn(&[&report_option]);
    // It has used up what it may: whatever it asks next, it waits for the next window.
    let mut alive = Alive::default();
    let seen = host.proxy.tell();
    let mut last = String::new();
    let mut is_used_up = false;
    loop {
        let passed = match seen.recv_timeout(if is_used_up { QUIET } else { LONG }) {
            Err(_) if is_used_up => break,
            passed => passed.unwrap_or_else(|_| panic!("it stopped after {last}")),
        };
        let alive = alive.learn(&passed);
        last = format!("{} {} {:?}, {alive} alive", passed.method, passed.path, passed.bucket);
        is_used_up = passed
            .bucket
            .is_some_and(|(limit, left)| limit == 100 && alive > 3 && left <= alive + PROMISED);
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
    let throttled = host.proxy.take().into_iter().filter(|one| one.status == 429);
    assert_eq!(throttled.count(), 0);
    let document: Value = serde_json::from_str(&std::fs::read_to_string(&report)?)?;
    assert_eq!((&document["ending"], &document["shortfall"]), (&"stopped".into(), &Value::Null));
    Ok(())
}

fn throttled() -> Result<(), Failed> {
    let host = Host::new(Limits::Off);
    let seen = host.proxy.tell();
    let report = path("throttled.json");
    let child =
        host.spawn(&[&ROTATE[..], &["--report", &format!("json={}", report.display())]].concat());
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
        assert!(text.contains(" --cleanup` deletes it once it is 6 hours old"), "{text}");
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
    left.extend(host.tokens().into_iter().map(|name| format!("token {name}")));
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
    assert!(output.stderr.contains("keyproof: stopped before the first case\n"), "{output:?}");
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
    assert_eq!(output.stdout, "deleted nothing\ncould not delete kp-zzzzz-01234567-3\n");
    assert!(
        output.stderr.ends_with("keyproof: stopped before everything was looked at\n"),
        "{output:?}"
    );
    Ok(())
}
