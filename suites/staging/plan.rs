//! What a run spends, against the mock with live limits and a clock that waiting moves on.

use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use keyproof::cli::server::{Embedded, Settings};
use keyproof::harness::{Ending, Need, Options, Redactor, Selection, Verdict, run};
use keyproof::mock::{Limits, Variant};
use keyproof::suite::server::{
    self, Access, Allowance, Budget, Limits as Live, Plan, Server, ServerSuite, Terms, Timer,
    Tokens, needs,
};
use libtest_mimic::Failed;

use super::host::Host;
use super::interrupted::Alive;
use crate::server::aim::Through;
use crate::support::Trial;
use crate::support::bench::{Bench, runtime};
use crate::support::proxy::{Passed, Proxy};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        Trial::test("plan/the_default_fits_its_budget_with_a_quarter_to_spare", || fits(false)),
        Trial::test("plan/it_is_what_the_readme_says", told),
        Trial::test("plan/so_it_does_in_a_shared_organization", || fits(true)),
        Trial::test("plan/a_quick_run_keeps_to_its_250_requests_and_3_minutes", quick),
        Trial::test(
            "plan/a_quick_run_sends_no_more_whatever_the_server_asks_for",
            quick_is_bounded,
        ),
        Trial::test("plan/a_quick_run_takes_no_wider_budget", quick_budget),
        Trial::test("plan/a_run_meets_no_429_and_keeps_to_its_plan", live),
        Trial::test("plan/so_it_does_where_the_date_is_ahead", || by_another_clock(5)),
        Trial::test("plan/so_it_does_where_the_date_is_behind", || by_another_clock(-60)),
        Trial::test("plan/whoever_stops_waiting_deletes_with_what_was_kept_back", stopped),
        Trial::test("plan/a_shared_organization_keeps_its_part", shared),
        Trial::test("plan/one_over_its_budget_is_refused_and_nothing_is_sent", over_budget),
        Trial::test("plan/without_rotations_the_rest_is_judged", no_rotations),
        Trial::test("plan/an_hour_that_is_used_up_is_told_of", hour_is_used_up),
        Trial::test("plan/a_quota_is_used_up_last", quota),
    ]
}

/// A mock with live limits as somebody's server: no second server, and only the needs that a plain
/// token supplies, unless `supplies` has more.
pub(crate) struct Guest {
    embedded: Embedded,
    supplies: Vec<Need>,
    /// The full one only: the others are made.
    tokens: Tokens,
    /// Instead of the mock's own.
    timer: Option<Arc<dyn Timer>>,
    has_gates: bool,
}

impl Guest {
    pub(crate) async fn new(supplies: &[Need]) -> Self {
        Self::with(Settings::default(), supplies).await
    }

    pub(crate) async fn with(settings: Settings, supplies: &[Need]) -> Self {
        let embedded = Embedded::start_driven(settings, Live::Live).await.unwrap();
        let full = embedded.tokens().full.clone();
        Self {
            embedded,
            supplies: supplies.to_vec(),
            tokens: Tokens { full, ..Tokens::default() },
            timer: None,
            has_gates: false,
        }
    }

    /// With the control API, where requests wait for each other.
    pub(crate) fn with_gates(mut self) -> Self {
        self.has_gates = true;
        self
    }
}

impl Server for Guest {
    fn url(&self) -> &str {
        self.embedded.url()
    }

    fn organization(&self) -> &str {
        self.embedded.organization()
    }

    fn tokens(&self) -> &Tokens {
        &self.tokens
    }

    fn other_organization(&self) -> Option<&Access> {
        None
    }

    fn control(&self) -> Option<&Access> {
        self.embedded.control().filter(|_| self.has_gates)
    }

    fn supplies(&self, need: &Need) -> bool {
        [needs::SECRET_IDS, needs::WRITES].contains(need) || self.supplies.contains(need)
    }

    fn job_wait(&self) -> Duration {
        self.embedded.job_wait()
    }

    fn timer(&self) -> &dyn Timer {
        match &self.timer {
            Some(timer) => &**timer,
            None => self.embedded.timer(),
        }
    }

    fn another(&self, _: Live) -> BoxFuture<'_, Option<std::io::Result<Box<dyn Server>>>> {
        Box::pin(std::future::ready(None))
    }
}

fn plan(guest: Guest, allowance: Allowance) -> Plan {
    let terms = Terms { allowance, ..Terms::default() };
    let suite = ServerSuite::new(Arc::new(guest), &terms, &Redactor::new(&[])).unwrap();
    let cases = server::cases();
    let all = Selection::default().apply(&cases).unwrap();
    suite.plan(&cases, &all, allowance)
}

fn fits(is_shared: bool) -> Result<(), Failed> {
    let guest = runtime().block_on(Guest::new(&[needs::LIMITED_TOKENS]));
    let plan = plan(guest, Allowance::new(is_shared, 1));
    let most = Budget {
        requests: Budget::DEFAULT.requests * 3 / 4,
        minutes: Budget::DEFAULT.minutes * 3 / 4,
        // All six are spoken for.
        rotations: Budget::DEFAULT.rotations,
    };
    assert!(plan.fits(most), "the plan is {plan}");
    Ok(())
}

fn told() -> Result<(), Failed> {
    let guest = runtime().block_on(Guest::new(&[needs::LIMITED_TOKENS]));
    let plan = plan(guest, Allowance::new(false, 1)).to_string();
    assert!(include_str!("../../README.md").contains(&plan), "the plan is {plan}");
    Ok(())
}

/// The answers that a run met, and the minutes that it took by the mock's clock.
async fn visit(guest: Guest, terms: &Terms) -> (Vec<Passed>, u64) {
    let ids: Vec<&str> = server::cases().iter().map(|case| case.id).collect();
    visit_by(&ids, guest, terms, 0).await
}

/// Some cases only, where `Date` is so many seconds ahead of the mock's clock.
async fn visit_by(ids: &[&str], guest: Guest, terms: &Terms, ahead: i64) -> (Vec<Passed>, u64) {
    let proxy = Proxy::before(guest.url()).await.unwrap();
    proxy.shift_date(ahead);
    let target = Arc::new(Through { url: proxy.url.clone(), target: guest });
    let bench = Bench::on(target.clone(), "somebody's server", terms);
    let ran = bench.run_once(ids, 4).await;
    for outcome in &ran.conclusion.outcomes {
        let is_right = matches!(outcome.verdict, Verdict::Pass | Verdict::NotObservable);
        assert!(is_right, "{}", ran.explain(outcome));
    }
    assert_eq!(ran.left, Vec::<String>::new());
    (proxy.take(), target.timer().elapsed().as_secs() / 60)
}

/// On a right server, also where the ids of secrets have to be looked for.
fn quick() -> Result<(), Failed> {
    let few: Vec<&str> = server::quick()?.cases.iter().map(String::as_str).collect();
    for variants in [vec![], vec![Variant::SecretIdsAbsent]] {
        let settings = Settings { variants, ..Settings::default() };
        let (met, minutes) = runtime().block_on(async {
            let guest = Guest::with(settings, &[needs::LIMITED_TOKENS]).await;
            let terms = Terms { budget: Budget::QUICK, is_thrifty: true, ..Terms::default() };
            visit_by(&few, guest, &terms, 0).await
        });
        assert_eq!(throttled(&met), 0);
        // First contact and the trial, which a test does without, are three.
        assert!(met.len() + 3 <= Budget::QUICK.requests as usize, "{} requests", met.len());
        assert!(minutes <= u64::from(Budget::QUICK.minutes), "{minutes} minutes");
        let rotates = |passed: &&Passed| passed.path.ends_with("/encryption-key/rotate");
        assert_eq!(met.iter().filter(rotates).count(), 0);
    }
    Ok(())
}

/// A server that asks for more than a right one gets no more: what is left is not judged, and everything is deleted.
fn quick_is_bounded() -> Result<(), Failed> {
    let cases = server::cases();
    let all: Vec<&str> = cases.iter().map(|case| case.id).collect();
    runtime().block_on(async {
        let guest = Guest::new(&[needs::LIMITED_TOKENS]).await;
        let proxy = Proxy::before(guest.url()).await.unwrap();
        let target = Arc::new(Through { url: proxy.url.clone(), target: guest });
        let budget = Budget { requests: 120, ..Budget::QUICK };
        let terms = Terms { budget, is_thrifty: true, ..Terms::default() };
        let bench = Bench::on(target, "somebody's server", &terms);
        let ran = bench.run_once(&all, 4).await;
        assert_eq!(ran.left, Vec::<String>::new());
        let counts = |verdict| {
            ran.conclusion.outcomes.iter().filter(|outcome| outcome.verdict == verdict).count()
        };
        assert_eq!(counts(Verdict::Fail), 0);
        assert!(counts(Verdict::CouldNotRun) > 20 && counts(Verdict::Pass) > 5);
        let met = proxy.take().len();
        assert!((100..=120).contains(&met), "{met} requests");
        Ok(())
    })
}

fn quick_budget() -> Result<(), Failed> {
    let host = Host::ticking(Limits::Off);
    let output = host.check(&["--quick", "--budget", "requests=2000,rotations=6"]);
    assert_eq!(output.exit, 0, "{output:?}");
    let plan = output.stderr.lines().next().unwrap();
    assert_eq!(plan, "keyproof: plan: at most 250 requests, 0 rotations and 3 minutes");
    let rotates = |passed: &Passed| passed.path.ends_with("/encryption-key/rotate");
    assert!(!host.proxy.take().iter().any(rotates));
    let output = host.check(&["--quick", "--budget", "requests=60"]);
    assert_eq!((output.exit, output.stdout.as_str()), (2, ""), "{output:?}");
    assert!(output.stderr.contains("over the budget"), "{output:?}");
    Ok(())
}

fn throttled(met: &[Passed]) -> usize {
    met.iter().filter(|passed| passed.status == 429).count()
}

fn live() -> Result<(), Failed> {
    runtime().block_on(async {
        let guest = || Guest::new(&[needs::LIMITED_TOKENS]);
        let terms = Terms::default();
        let plan = plan(guest().await, terms.allowance);
        let (met, minutes) = visit(guest().await, &terms).await;
        assert_eq!(throttled(&met), 0);
        assert!(met.len() <= plan.requests as usize, "{} of {plan}", met.len());
        assert!(minutes <= u64::from(plan.minutes), "{minutes} of {plan}");
        // The limits were met: it did wait.
        assert!(minutes >= 3, "{minutes} minutes");
        // At any time what there is can be deleted at once.
        let mut alive = Alive::default();
        let mut most = 0;
        for passed in &met {
            let count = alive.learn(passed);
            if let (2.., Some((100, left))) = (count, passed.bucket) {
                assert!(left >= count, "{left} for {count}: {} {}", passed.method, passed.path);
                most = most.max(count);
            }
        }
        assert!((12..=server::MOST_CREATED).contains(&most), "{most} are there at a time");
        Ok(())
    })
}

/// The windows of the limits end by the clock that sets the server's times.
fn by_another_clock(ahead: i64) -> Result<(), Failed> {
    runtime().block_on(async {
        let guest = || Guest::new(&[needs::LIMITED_TOKENS]);
        let terms = Terms::default();
        let plan = plan(guest().await, terms.allowance);
        let ids: Vec<&str> = server::cases().iter().map(|case| case.id).collect();
        let (met, minutes) = visit_by(&ids, guest().await, &terms, ahead).await;
        assert_eq!(throttled(&met), 0);
        assert!(minutes <= u64::from(plan.minutes), "{minutes} of {plan}");
        Ok(())
    })
}

/// Time that stands still: a wait for a window never ends, and is noted.
#[derive(Default)]
struct Standing(tokio::sync::Notify);

impl Timer for Standing {
    fn elapsed(&self) -> Duration {
        Duration::ZERO
    }

    fn wait(&self, time: Duration) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            if time > Duration::from_secs(10) {
                self.0.notify_one();
                std::future::pending::<()>().await;
            }
        })
    }
}

fn stopped() -> Result<(), Failed> {
    runtime().block_on(async {
        let timer = Arc::new(Standing::default());
        let mut guest = Guest::new(&[needs::LIMITED_TOKENS]).await;
        guest.timer = Some(timer.clone());
        let proxy = Proxy::before(guest.url()).await.unwrap();
        let target = Arc::new(Through { url: proxy.url.clone(), target: guest });
        let suite = ServerSuite::new(target, &Terms::default(), &Redactor::new(&[])).unwrap();
        let cases = server::cases();
        let all = Selection::default().apply(&cases).unwrap();
        let catalogue = server::catalogue().unwrap();
        let options = Options::default();
        let stop = timer.0.notified();
        let conclusion = run(&suite, &cases, &all, &catalogue, options, stop).await;
        assert_eq!(conclusion.ending, Ending::Stopped);
        assert!(suite.alive().0.len() > 3, "{}", suite.alive());
        let left = suite.tidy_up_at_once().await;
        assert_eq!(left.to_string(), "");
        let met = proxy.take();
        assert_eq!(throttled(&met), 0);
        let mut alive = Alive::default();
        assert_eq!(met.iter().map(|passed| alive.learn(passed)).last(), Some(0));
        Ok(())
    })
}

fn shared() -> Result<(), Failed> {
    runtime().block_on(async {
        let terms = Terms { allowance: Allowance::new(true, 1), ..Terms::default() };
        let (met, _) = visit(Guest::new(&[]).await, &terms).await;
        let least = |limit: u32| {
            let buckets = met.iter().filter_map(|passed| passed.bucket);
            let left = buckets.filter(|(of, _)| *of == limit).map(|(_, left)| left);
            left.min()
        };
        // Twenty requests a minute are left to others; of the rotations more than the three are.
        assert_eq!((least(100), least(10)), (Some(20), Some(5)));
        Ok(())
    })
}

fn over_budget() -> Result<(), Failed> {
    let host = Host::new(Limits::Live);
    let output = host.check(&["--budget", "requests=50", "--run", "server/descriptor/*"]);
    assert_eq!(output.exit, 2);
    assert_eq!(output.stdout, "");
    let message = "keyproof: the plan is at most ";
    assert!(output.stderr.starts_with(message), "{output:?}");
    assert!(output.stderr.contains("over the budget: select less, or give --budget requests="));
    assert_eq!(host.proxy.take().len(), 0);
    Ok(())
}

fn no_rotations() -> Result<(), Failed> {
    let host = Host::ticking(Limits::Off);
    let arguments = ["--budget", "rotations=0", "--report", "json=-"];
    let output = host.check(&arguments);
    assert_eq!(output.exit, 0, "{}", output.stderr);
    let document: serde_json::Value = serde_json::from_str(&output.stdout)?;
    let cases = document["cases"].as_array().unwrap();
    let keep = cases.iter().find(|case| case["id"] == "server/rotate/keep");
    let keep = keep.unwrap();
    assert_eq!(keep["verdict"], "not-observable");
    assert_eq!(keep["needs"][0], "quota");
    let rotations = host.proxy.take().into_iter();
    let mut rotations = rotations.filter(|passed| passed.path.ends_with("/encryption-key/rotate"));
    assert!(rotations.next().is_none());
    Ok(())
}

fn hour_is_used_up() -> Result<(), Failed> {
    let host = Host::new(Limits::Live);
    // Others have rotated: nine of the ten are gone when the run begins.
    host.settle("busy");
    host.rotate("busy", 9);
    let output = host.check(&["--run", "server/rotate/*"]);
    assert_eq!(output.exit, 3, "{output:?}");
    let message = "the hour's rotations are used up: it could run at 2026-09-21T15:13:20Z, and everything \
                else runs with --budget rotations=0";
    assert!(output.stdout.contains(message), "{}", output.stdout);
    assert_eq!(host.left_behind(), Vec::<String>::new());
    Ok(())
}

fn quota() -> Result<(), Failed> {
    runtime().block_on(async {
        let guest = Guest::new(&[needs::QUOTA]).await;
        let terms = Terms {
            budget: "requests=2000,rotations=15,minutes=90".parse().unwrap(),
            ..Terms::default()
        };
        let (met, minutes) = visit(guest, &terms).await;
        // One for the rotations, one for the requests: nobody met any other.
        let refused = met.iter().filter(|passed| passed.status == 429);
        let refused: Vec<&str> = refused.map(|passed| passed.path.as_str()).collect();
        assert_eq!(refused.len(), 2, "{refused:?}");
        assert!(minutes >= 60);
        Ok(())
    })
}
