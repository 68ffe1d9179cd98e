//! Killed after any request: the next clean-up leaves nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc;
use std::time::Duration;

use keyproof::mock::Limits;
use libtest_mimic::Failed;

use super::host::Host;
use crate::support::Trial;
use crate::support::process::path;

/// Requests after each of which it is killed.
const KILLS: u32 = 40;

/// What is run: it makes projects of both custodies, and rotates.
const CASES: [&str; 4] = ["--run", "server/descriptor/*", "--run", "server/rotate/keep"];

pub(crate) fn trials() -> Vec<Trial> {
    let by_journal = (1..=KILLS).map(|requests| {
        let name = format!("killed/after_{requests:02}_its_journal_cleans_up");
        Trial::test(name, move || cleaned_by_journal(requests))
    });
    let others = [
        Trial::test("killed/after_six_hours_anybody_cleans_up", cleaned_by_age),
        Trial::test("killed/the_next_run_cleans_up_too", cleaned_by_next_run),
        Trial::test("killed/a_run_that_goes_on_is_left_alone", living_left_alone),
        Trial::test("killed/a_clean_up_deletes_only_what_runs_have_made", only_ours),
    ];
    by_journal.chain(others).collect()
}

/// A host whose visitor is stuck in its request after so many.
struct Stuck {
    host: Host,
    stuck: mpsc::Receiver<()>,
    requests: Arc<AtomicU32>,
}

fn stuck_after(requests: u32) -> Stuck {
    let (tell, stuck) = mpsc::channel();
    let tell = parking_lot::Mutex::new(tell);
    let left = Arc::new(AtomicU32::new(requests));
    let counter = Arc::clone(&left);
    let host = Host::watched(Limits::Live, move |_, _| {
        let has_more = counter
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1))
            .is_ok();
        if !has_more {
            let _ = tell.lock().send(());
        }
        has_more
    });
    Stuck { host, stuck, requests: left }
}

impl Stuck {
    /// Starts a run, and kills it when it waits for the answer that does not come.
    fn kill_one(&self, arguments: &[&str]) {
        let mut child = self.host.spawn(&[&CASES, arguments].concat());
        self.stuck.recv_timeout(Duration::from_secs(60)).unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// Answers everything from now on.
    fn go_on(&self) -> &Host {
        self.requests.store(u32::MAX, Ordering::SeqCst);
        &self.host
    }
}

fn state(name: &str) -> String {
    let state = path(&format!("state-{name}"));
    let _ = std::fs::remove_dir_all(&state);
    state.to_str().unwrap().to_owned()
}

fn journal(state: &str) -> usize {
    std::fs::read_dir(format!("{state}/runs")).map_or(0, Iterator::count)
}

fn cleaned_by_journal(requests: u32) -> Result<(), Failed> {
    let stuck = stuck_after(requests);
    let state = state(&format!("killed-{requests}"));
    stuck.kill_one(&["--state", &state]);
    let host = stuck.go_on();
    let before = host.left_behind();
    let output = host.check(&["--cleanup", "--state", &state]);
    assert_eq!(output.exit, 0, "{output:?}");
    assert_eq!(host.left_behind(), Vec::<String>::new(), "{output:?}");
    for slug in before {
        assert!(output.stdout.contains(&slug), "{slug} is not named: {output:?}");
    }
    assert_eq!(journal(&state), 0);
    Ok(())
}

fn cleaned_by_age() -> Result<(), Failed> {
    let stuck = stuck_after(12);
    stuck.kill_one(&[]);
    let host = stuck.go_on();
    let left = host.left_behind();
    assert!(!left.is_empty());
    host.clock.advance(Duration::from_secs(6 * 3600 - 60));
    let output = host.check(&["--cleanup"]);
    assert_eq!((output.exit, host.left_behind()), (0, left), "{output:?}");
    host.clock.advance(Duration::from_secs(60));
    let output = host.check(&["--cleanup"]);
    assert_eq!((output.exit, host.left_behind()), (0, Vec::new()), "{output:?}");
    Ok(())
}

fn cleaned_by_next_run() -> Result<(), Failed> {
    let stuck = stuck_after(12);
    let state = state("next-run");
    stuck.kill_one(&["--state", &state]);
    let host = stuck.go_on();
    assert!(!host.left_behind().is_empty());
    let one = ["--run", "server/descriptor/server-managed", "--state", &state];
    let output = host.check(&one);
    assert_eq!(output.exit, 0, "{output:?}");
    assert_eq!(host.left_behind(), Vec::<String>::new());
    assert_eq!(journal(&state), 0);
    Ok(())
}

/// The journal is locked by whoever runs: another run with the same one takes nothing from it.
fn living_left_alone() -> Result<(), Failed> {
    let stuck = stuck_after(12);
    let state = state("living");
    let mut child = stuck.host.spawn(&[&CASES[..], &["--state", &state]].concat());
    stuck.stuck.recv_timeout(Duration::from_secs(60)).unwrap();
    let host = stuck.go_on();
    let left = host.left_behind();
    assert!(!left.is_empty());
    let output = host.check(&["--cleanup", "--state", &state]);
    assert_eq!((output.exit, host.left_behind()), (0, left), "{output:?}");
    assert_eq!(output.stdout, "deleted nothing\n");
    assert_eq!(journal(&state), 1);
    child.kill().unwrap();
    child.wait().unwrap();
    Ok(())
}

fn only_ours() -> Result<(), Failed> {
    let host = Host::new(Limits::Live);
    // The middle one is of the form of ours, and old: the others only look like it.
    for name in ["kp-production", "kp-zzzzz-01234567-3", "kp-zzzzz-0123456-3"] {
        host.settle(name);
    }
    let others: Vec<String> = host.projects();
    let output = host.check(&["--cleanup"]);
    assert_eq!(output.exit, 0, "{output:?}");
    assert_eq!(output.stdout, "deleted kp-zzzzz-01234567-3\n");
    let kept = others.into_iter().filter(|slug| slug != "kp-zzzzz-01234567-3");
    assert_eq!(host.projects(), kept.collect::<Vec<_>>());
    Ok(())
}
