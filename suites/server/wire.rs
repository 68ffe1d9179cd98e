//! What the suite costs its target and what it shows of it, measured between the two.

use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};

use keyproof::cli::server::{Embedded, Settings};
use keyproof::harness::report::{Format, Json, Text};
use keyproof::harness::{Phase, Spending, Verdict};
use keyproof::mock::{Defect, Limits, MockServer};
use keyproof::suite::server::{self, Budget, Server};
use libtest_mimic::Failed;
use serde_json::Value;

use super::aim::{self, Through};
use super::cases::all_ids;
use crate::support::Trial;
use crate::support::bench::{Bench, Ran, runtime};
use crate::support::proxy::{Passed, Proxy};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        Trial::test("spending/no_case_and_no_step_overspends", nothing_overspends),
        Trial::test("spending/the_default_plan_leaves_a_quarter_of_the_budget", default_plan),
        Trial::test("spending/only_cases_that_say_so_rotate_a_server_key", rotations_are_declared),
        Trial::test("spending/a_case_that_only_reads_changes_nothing", reads_only),
        Trial::test("secrets/no_report_shows_one", no_secret_shown),
        Trial::test("secrets/the_suite_does_quote_answers", answers_are_quoted),
    ]
}

/// A whole run against the embedded mock, and after it the cases that only read once more.
struct Whole {
    ran: Ran,
    passed: Vec<Passed>,
    again: Vec<Passed>,
}

static WHOLE: LazyLock<Whole> = LazyLock::new(|| {
    runtime().block_on(async {
        let target = Embedded::start(Settings::default()).await.unwrap();
        let proxy = Proxy::before(target.url()).await.unwrap();
        let url = proxy.url.clone();
        let target = Arc::new(Through { url, target });
        let bench = Bench::new(target, "embedded mock", Budget::UNBOUNDED);
        let ran = bench.run(&all_ids(), 8).await;
        let passed = proxy.take();
        let reading: Vec<_> =
            server::cases().iter().filter(|case| !case.writes).map(|case| case.id).collect();
        bench.run(&reading, 8).await.verdicts_are(Verdict::Pass);
        Whole { ran, passed, again: proxy.take() }
    })
});

impl Ran {
    fn verdicts_are(&self, verdict: Verdict) {
        for outcome in &self.conclusion.outcomes {
            assert_eq!(outcome.verdict, verdict, "{}", self.explain(outcome));
        }
    }
}

fn is_rotation(passed: &Passed) -> bool {
    passed.method == "POST" && passed.path.ends_with("/encryption-key/rotate")
}

/// What went through the door, and counts against a limit.
pub(crate) fn cost(passed: &[Passed]) -> Spending {
    let of_api = passed.iter().filter(|one| one.path.starts_with("/api/"));
    let count = |number: usize| u32::try_from(number).unwrap();
    Spending {
        requests: count(of_api.clone().count()),
        rotations: count(of_api.filter(|one| is_rotation(one)).count()),
    }
}

fn nothing_overspends() -> Result<(), Failed> {
    let Whole { ran, passed, .. } = &*WHOLE;
    // What would overspend stops, and the cases that need it could not run.
    ran.verdicts_are(Verdict::Pass);
    assert_eq!(ran.conclusion.troubles, Vec::<String>::new());
    let outcomes = ran.conclusion.outcomes.iter();
    // Cases about limits and restarts have servers of their own.
    let elsewhere = ["server/limit/", "server/restart/"];
    let here = outcomes.filter(|one| !elsewhere.iter().any(|prefix| one.id.starts_with(prefix)));
    let mut by_cases = Spending::default();
    for outcome in here {
        assert_eq!(outcome.overspending(), None);
        by_cases.requests += outcome.spent.requests;
        by_cases.rotations += outcome.spent.rotations;
    }
    let cost = cost(passed);
    let by_steps = Spending {
        requests: cost.requests - by_cases.requests,
        rotations: cost.rotations - by_cases.rotations,
    };
    // Nor is the quota used up here.
    let steps = server::steps().filter(|step| step.name != "used-up");
    let declared = steps.map(|step| step.spends).fold(Spending::default(), Spending::and);
    assert!(by_steps.is_within(declared), "{by_steps:?} of {declared:?}");
    assert_eq!(by_steps.rotations, declared.rotations);
    Ok(())
}

/// A foreign server that supplies nothing but the plain API, and breaks the contract in ways that
/// make reports quote it.
struct Foreign {
    ran: Ran,
    passed: Vec<Passed>,
}

async fn foreign(defects: &[Defect]) -> Foreign {
    let mut builder = MockServer::builder().limits(Limits::Off);
    for defect in defects {
        builder = builder.defect(*defect);
    }
    let mock = builder.start().await.unwrap();
    let proxy = Proxy::before(mock.url()).await.unwrap();
    let organization = mock.organization().to_owned();
    let target = aim::foreign(&proxy.url, organization, mock.token("full").unwrap());
    let bench = Bench::new(Arc::new(target), "a foreign server", Budget::DEFAULT);
    let ran = bench.run_once(&all_ids(), 1).await;
    Foreign { ran, passed: proxy.take() }
}

fn default_plan() -> Result<(), Failed> {
    let Foreign { ran, passed } = runtime().block_on(foreign(&[]));
    for outcome in &ran.conclusion.outcomes {
        let is_right = matches!(outcome.verdict, Verdict::Pass | Verdict::NotObservable);
        assert!(is_right, "{}", ran.explain(outcome));
    }
    assert_eq!(ran.left, Vec::<String>::new());
    let cost = cost(&passed);
    let most = Budget::DEFAULT.requests / 4 * 3;
    assert!(cost.requests <= most, "{} of {most}", cost.requests);
    assert!(cost.rotations <= Budget::DEFAULT.rotations, "{cost:?}");
    Ok(())
}

fn rotations_are_declared() -> Result<(), Failed> {
    let ids: Vec<_> = server::cases()
        .iter()
        .filter(|case| case.spends.rotations == 0 && !case.shares.contains(&"rotations"))
        .map(|case| case.id)
        .collect();
    let passed = runtime().block_on(async {
        let target = Embedded::start(Settings::default()).await.unwrap();
        let proxy = Proxy::before(target.url()).await.unwrap();
        let url = proxy.url.clone();
        let target = Arc::new(Through { url, target });
        let bench = Bench::new(target, "embedded mock", Budget::UNBOUNDED);
        bench.run_once(&ids, 8).await.verdicts_are(Verdict::Pass);
        proxy.take()
    });
    // The cases that name `rotations` would have sent three; a rotation that is refused or judged
    // is declared by the case that sends it.
    assert_eq!(cost(&passed).rotations, 0);
    Ok(())
}

fn reads_only() -> Result<(), Failed> {
    let reading = server::cases();
    let reading = reading.iter().filter(|case| !case.writes);
    assert!(reading.filter(|case| case.phase == Phase::Main).count() > 0);
    assert!(!WHOLE.again.is_empty());
    for passed in &WHOLE.again {
        let (method, path) = (passed.method.as_str(), passed.path.as_str());
        let is_list =
            path.ends_with("/re-encrypt-history/pending") || path.ends_with("/secrets/versions");
        let is_read = method == "GET" || is_list;
        assert!(is_read, "{method} {path}");
    }
    Ok(())
}

/// The defects that make the suite fail with the answers that hold most.
const TALKATIVE: [Defect; 6] = [
    Defect::DescriptorSendsKeyCheck,
    Defect::DescriptorVersionAsText,
    Defect::HistoryExposesServerKey,
    Defect::RotateLeavesCurrentSecrets,
    Defect::PendingIgnoresLimit,
    Defect::StoreAcceptsAnyProof,
];

static TOLD: LazyLock<Foreign> = LazyLock::new(|| runtime().block_on(foreign(&TALKATIVE)));

fn reports(ran: &Ran) -> [String; 3] {
    let verbose = Text { verbose: true, colour: true };
    [&Text::default() as &dyn Format, &verbose, &Json].map(|format| {
        let finished = ran.report(|report| report.finish(format));
        String::from_utf8(finished.bytes).unwrap()
    })
}

/// Texts that went through and that a report must not show: tokens, keys, blobs, proofs.
fn secrets(passed: &[Passed]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for one in passed {
        found.extend(one.authorization.strip_prefix("Bearer ").map(str::to_owned));
        for body in [&one.request, &one.answer] {
            collect(&serde_json::from_str(body).unwrap_or_default(), &mut found);
        }
    }
    found.retain(|text| text.len() >= 8);
    found
}

fn collect(json: &Value, found: &mut BTreeSet<String>) {
    let secret = ["key", "token", "content", "key_proof", "key_check"];
    match json {
        Value::Object(members) => {
            for (name, value) in members {
                match value.as_str() {
                    Some(text) if secret.contains(&name.as_str()) => {
                        match serde_json::from_str::<Value>(text) {
                            Ok(inner) if inner.is_object() => collect(&inner, found),
                            _ => drop(found.insert(text.to_owned())),
                        }
                    }
                    _ => collect(value, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        _ => {}
    }
}

fn no_secret_shown() -> Result<(), Failed> {
    let Foreign { ran, passed } = &*TOLD;
    let secrets = secrets(passed);
    assert!(secrets.len() > 20, "{} secrets went through", secrets.len());
    for report in reports(ran) {
        // The passphrases never leave the process: the redactor knows them.
        assert_eq!(ran.redactor.scan(&report), 0);
        for secret in &secrets {
            assert!(!report.contains(secret.as_str()), "{secret} is shown");
        }
        assert!(!report.contains("a secret had reached this report"));
    }
    Ok(())
}

fn answers_are_quoted() -> Result<(), Failed> {
    let Foreign { ran, .. } = &*TOLD;
    let outcomes = ran.conclusion.outcomes.iter();
    let failures = outcomes.filter(|one| one.verdict == Verdict::Fail).count();
    assert!(failures >= 4, "{failures} failures");
    for report in reports(ran) {
        assert!(report.contains("[withheld]"), "nothing was withheld");
    }
    Ok(())
}
