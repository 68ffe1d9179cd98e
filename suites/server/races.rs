//! The cases about requests that overlap, again and again: what they find must not depend on luck.
//!
//! `KEYPROOF_TEST_ROUNDS=100 cargo test --test all -- server::races` makes that many rounds, and lets each request behind
//! the proxy take up to 200 ms more, and has each race of the mock caught as often; without it, one round and 20 ms.

use std::sync::Arc;
use std::time::Duration;

use keyproof::cli::server::{Embedded, Settings};
use keyproof::harness::report::{Format, Html, Json, Markdown, Text};
use keyproof::harness::{Phase, Verdict};
use keyproof::mock::{Defect, MockServer};
use keyproof::suite::server::{self, Budget, needs};
use libtest_mimic::Failed;

use super::aim;
use crate::support::Trial;
use crate::support::bench::{Bench, runtime};
use crate::support::proxy::Proxy;

const ROUNDS_VARIABLE: &str = "KEYPROOF_TEST_ROUNDS";

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = vec![
        Trial::test("races/the_right_mock_passes_each_time", right_mock),
        Trial::test("races/a_failure_shows_the_requests_in_time", shown),
        Trial::test("races/the_right_mock_passes_behind_a_slow_line", slow_line),
    ];
    // The selftest has each of them caught once.
    if std::env::var_os(ROUNDS_VARIABLE).is_some() {
        for defect in Defect::ALL.iter().copied().filter(|defect| is_race(*defect)) {
            let name = format!("races/{}_is_caught_each_time", defect.name());
            trials.push(Trial::test(name, move || is_caught(defect)));
        }
    }
    trials
}

/// How many rounds, and how much longer each request takes at most.
fn rounds() -> Result<(u32, Duration), Failed> {
    match std::env::var(ROUNDS_VARIABLE) {
        Err(_) => Ok((1, Duration::from_millis(20))),
        Ok(text) => {
            let rounds = text.parse();
            let rounds =
                rounds.map_err(|_| format!("{ROUNDS_VARIABLE} is {text:?}: give a number"))?;
            Ok((rounds, Duration::from_millis(200)))
        }
    }
}

/// All cases that make requests overlap, and the one that judges what they saw.
fn ids() -> Vec<&'static str> {
    let cases = server::cases();
    let races = cases.iter().filter(|case| case.id.starts_with("server/race/"));
    let ids: Vec<_> = races.map(|case| case.id).collect();
    assert!(ids.len() > 10, "{ids:?}");
    ids
}

fn is_race(defect: Defect) -> bool {
    let catch = server::catches().and_then(|catches| catches.catch(defect.name()));
    catch.is_ok_and(|catch| catch.cases.iter().any(|id| id.starts_with("server/race/")))
}

fn right_mock() -> Result<(), Failed> {
    let (rounds, _) = rounds()?;
    runtime().block_on(async {
        for _ in 0..rounds {
            let target = Embedded::start(Settings::default()).await?;
            let bench = Bench::new(Arc::new(target), "embedded mock", Budget::UNBOUNDED);
            let ran = bench.run(&ids(), 8).await;
            for outcome in &ran.conclusion.outcomes {
                assert_eq!(outcome.verdict, Verdict::Pass, "{}", ran.explain(outcome));
            }
        }
        Ok(())
    })
}

/// The mock as a server of which nothing is known, where the clock makes requests overlap.
fn slow_line() -> Result<(), Failed> {
    let (rounds, longest) = rounds()?;
    runtime().block_on(async {
        let mock = MockServer::builder().start().await?;
        let proxy = Proxy::slow(mock.url(), longest).await?;
        for _ in 0..rounds {
            let target = aim::foreign(&proxy.url, mock.organization(), mock.token("full")?);
            let bench = Bench::new(Arc::new(target), "slow line", Budget::UNBOUNDED);
            let ran = bench.run_once(&ids(), 1).await;
            for outcome in &ran.conclusion.outcomes {
                let needs_quota = outcome.unmet().contains(&needs::QUOTA);
                let is_right = outcome.verdict == Verdict::Pass || needs_quota;
                assert!(is_right, "{}", ran.explain(outcome));
            }
            assert_eq!(ran.left, Vec::<String>::new());
        }
        Ok(())
    })
}

/// In every format that people read: each request with its interval, and none of what was sealed or proved.
fn shown() -> Result<(), Failed> {
    const ID: &str = "server/race/store-client-rotation";
    runtime().block_on(async {
        let settings = Settings { defects: vec![Defect::StoreChecksEarly], ..Settings::default() };
        let target = Embedded::start(settings).await?;
        let bench = Bench::new(Arc::new(target), "embedded mock", Budget::UNBOUNDED);
        let ran = bench.run(&[ID], 1).await;
        let mismatch = ran.outcome(ID).mismatch().ok_or("it passed")?;
        let is_of_run = |character: char| character.is_ascii_digit();
        assert!(!mismatch.what.contains(is_of_run), "{}", mismatch.what);
        for format in [&Text::default() as &dyn Format, &Markdown, &Html, &Json] {
            let finished = ran.report(|report| report.finish(format));
            let report = String::from_utf8(finished.bytes)?;
            for name in ["store            ", "client rotation  "] {
                assert!(report.contains(name), "{name}: {report}");
            }
            assert!(report.contains(" ms  200"), "{report}");
            assert!(report.contains("secrets at rest: text 2 under key 0"), "{report}");
            assert_eq!(ran.redactor.scan(&report), 0);
        }
        Ok(())
    })
}

fn is_caught(defect: Defect) -> Result<(), Failed> {
    let (rounds, _) = rounds()?;
    let catch = server::catches()?.catch(defect.name())?;
    // What was seen passing is judged by a case that makes nothing overlap itself.
    let cases = server::cases();
    let is_late = |id: &String| cases.iter().any(|case| case.id == id && case.phase == Phase::Late);
    let ids = if catch.cases.iter().any(is_late) {
        ids()
    } else {
        catch.cases.iter().map(String::as_str).collect()
    };
    runtime().block_on(async {
        for round in 0..rounds {
            let settings = Settings { defects: vec![defect], ..Settings::default() };
            let target = Embedded::start(settings).await?;
            let bench = Bench::new(Arc::new(target), "embedded mock", Budget::UNBOUNDED);
            let ran = bench.run(&ids, 8).await;
            for id in &catch.cases {
                let outcome = ran.outcome(id);
                assert_eq!(
                    outcome.verdict,
                    catch.verdict,
                    "round {round}: {}",
                    ran.explain(outcome)
                );
            }
        }
        Ok(())
    })
}
