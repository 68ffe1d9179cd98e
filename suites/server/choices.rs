//! Servers that choose otherwise where the contract leaves a choice, and servers that answer with more
//! than they were asked for: neither makes the suite spend more than it declares, or blame itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use keyproof::cli::server::{Embedded, Settings};
use keyproof::contract::requirement::Level;
use keyproof::harness::{Exit, Redactor, Selection, State, Verdict};
use keyproof::mock::{Defect, Limits, MockServer, Variant};
use keyproof::suite::server::{self, Allowance, Budget, Plan, Server, ServerSuite, Terms, needs};
use libtest_mimic::Failed;
use serde_json::{Value, json};

use super::aim::foreign;
use super::cases::all_ids;
use super::wire::cost;
use crate::support::Trial;
use crate::support::bench::{Bench, Ran, runtime};
use crate::support::proxy::Proxy;

/// Right servers: the suite observes all of them, and no case may fail.
const RIGHT: [(&str, &[Variant]); 7] = [
    ("no_ids", &[Variant::SecretIdsAbsent]),
    ("no_ids_and_numbers_as_ids", &[Variant::SecretIdsAbsent, Variant::SecretIdsAsNumbers]),
    (
        "no_ids_and_a_first_write_that_is_a_version",
        &[Variant::SecretIdsAbsent, Variant::FirstWriteIsAVersion],
    ),
    (
        "no_ids_and_the_oldest_version_first",
        &[Variant::SecretIdsAbsent, Variant::VersionsOldestFirst],
    ),
    ("a_first_write_that_is_a_version", &[Variant::FirstWriteIsAVersion]),
    (
        "small_pages_and_the_newest_first",
        &[Variant::PendingSmallPages, Variant::PendingNewestFirst],
    ),
    (
        "all_of_these_and_small_pages",
        &[
            Variant::SecretIdsAbsent,
            Variant::SecretIdsAsNumbers,
            Variant::FirstWriteIsAVersion,
            Variant::VersionsOldestFirst,
            Variant::PendingSmallPages,
        ],
    ),
];

/// What a server makes of an answer, from the path, the status and the body.
type Alter = fn(&str, &mut u16, &mut Value);

/// Servers of which little is right, by what they do.
const STRANGE: [(&str, Alter); 11] = [
    ("no_level_ever_holds_anything", |_, _, answer| {
        if let Some(levels) = answer.pointer_mut("/data/attributes/levels") {
            *levels = json!({});
        }
    }),
    ("ids_of_pending_rows_are_text", |path, _, answer| {
        if path.ends_with("/pending") {
            for row in answer["data"].as_array_mut().into_iter().flatten() {
                row["id"] = json!(row["id"].to_string());
            }
        }
    }),
    ("lists_of_versions_know_no_page", |path, _, answer| {
        if path.ends_with("/secrets/versions") {
            repeat(&mut answer["data"], 60);
        }
    }),
    ("lists_of_versions_are_empty", |path, _, answer| {
        if path.ends_with("/secrets/versions") {
            answer["data"] = json!([]);
        }
    }),
    ("pending_knows_no_limit_and_no_end", |path, _, answer| {
        if path.ends_with("/pending") {
            repeat(&mut answer["data"], 120);
            answer["meta"]["remaining"] = json!(1000);
        }
    }),
    ("nothing_is_ever_pending", |path, _, answer| {
        if path.ends_with("/pending") {
            answer["data"] = json!([]);
        }
    }),
    ("submit_always_leaves_something", |path, _, answer| {
        if path.ends_with("/re-encrypt-history") {
            answer["data"]["remaining"] = json!(7);
        }
    }),
    ("a_history_without_end", |path, _, answer| {
        if path.ends_with("/history") {
            repeat(&mut answer["data"], 100);
        }
    }),
    ("no_answer_tells_an_id", |path, _, answer| {
        if path.ends_with("/restore") {
            answer["data"]["secret_id"] = Value::Null;
        }
        without_ids(answer);
    }),
    ("rotation_takes_other_ids_than_it_tells", |path, _, answer| {
        if path.ends_with("/restore") {
            answer["data"]["secret_id"] = json!(1);
        }
        without_ids(answer);
    }),
    ("what_is_read_is_never_the_same", |path, _, answer| {
        static READS: AtomicU64 = AtomicU64::new(0);
        if path.ends_with("/secrets")
            && let Some(level) = answer.pointer_mut("/data/attributes/levels/project")
            && level.is_object()
        {
            level["reads"] = json!(READS.fetch_add(1, Ordering::Relaxed));
        }
    }),
];

fn repeat(rows: &mut Value, count: usize) {
    if let Some(rows) = rows.as_array_mut() {
        let more = rows.iter().cycle().take(count * usize::from(!rows.is_empty()));
        *rows = more.cloned().collect();
    }
}

fn without_ids(answer: &mut Value) {
    let levels = answer.pointer_mut("/data/attributes/levels");
    let levels = levels.and_then(Value::as_object_mut);
    for level in levels.into_iter().flat_map(|levels| levels.values_mut()) {
        if let Some(level) = level.as_object_mut() {
            level.remove("id");
        }
    }
}

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = vec![Trial::test(
        "choices/nothing_acts_without_the_tables_of_misbehaviour",
        nothing_acts_without_tables,
    )];
    for (name, variants) in RIGHT {
        let seen = format!("choices/all_is_seen_of_a_server_with_{name}");
        trials.push(Trial::test(seen, move || all_is_seen(variants)));
        let cheap = format!("choices/the_budget_does_for_a_server_with_{name}");
        trials.push(Trial::test(cheap, move || the_budget_does(variants)));
    }
    for (name, alter) in STRANGE {
        let name = format!("choices/the_suite_is_not_to_blame_where_{name}");
        trials.push(Trial::test(name, move || not_to_blame(alter)));
    }
    trials
}

/// Everything that a target can supply is there: what is not seen then, no request can show.
fn all_is_seen(variants: &[Variant]) -> Result<(), Failed> {
    runtime().block_on(async {
        let settings = Settings { variants: variants.to_vec(), ..Settings::default() };
        let target = Embedded::start(settings).await?;
        let bench = Bench::new(Arc::new(target), "embedded mock", Budget::UNBOUNDED);
        let ran = bench.run_once(&all_ids(), 8).await;
        nothing_against(&ran, &[Verdict::Pass, Verdict::NotApplicable]);
        let musts = ran.conclusion.requirements.iter();
        let musts = musts.filter(|one| one.level == Level::Must);
        let count = |state| musts.clone().filter(|one| one.state == state).count();
        let (held, untested) = (count(State::Held), count(State::Untested));
        let musts = server::catalogue()?;
        let musts = musts.iter().filter(|one| one.level == Level::Must);
        assert_eq!((held + untested, untested), (musts.count(), 2));
        Ok(())
    })
}

/// Nothing but the tables of misbehaviour asks which is switched on.
fn nothing_acts_without_tables() -> Result<(), Failed> {
    runtime().block_on(async {
        let settings = Settings {
            defects: Defect::ALL.to_vec(),
            variants: Variant::ALL.to_vec(),
            inert: true,
            ..Settings::default()
        };
        let target = Embedded::start(settings).await?;
        let bench = Bench::new(Arc::new(target), "embedded mock", Budget::UNBOUNDED);
        let ran = bench.run_once(&all_ids(), 8).await;
        nothing_against(&ran, &[Verdict::Pass]);
        Ok(())
    })
}

/// Of a server that supplies nothing but the plain API the ids are found out too.
fn the_budget_does(variants: &[Variant]) -> Result<(), Failed> {
    runtime().block_on(async {
        let (ran, spent, plan) = visit(variants, |_, _, _| {}).await?;
        let seen = [Verdict::Pass, Verdict::NotApplicable, Verdict::NotObservable];
        nothing_against(&ran, &seen);
        let unmet = ran.conclusion.unmet();
        let unmet: Vec<&str> = unmet.iter().map(|(need, _)| need.name).collect();
        assert!(!unmet.contains(&needs::SECRET_IDS.name), "{unmet:?}");
        assert!(spent <= plan.requests, "{spent} of {plan}");
        assert!(plan.requests <= Budget::DEFAULT.requests / 4 * 3, "{plan}");
        Ok(())
    })
}

fn nothing_against(ran: &Ran, right: &[Verdict]) {
    for outcome in &ran.conclusion.outcomes {
        assert!(right.contains(&outcome.verdict), "{}", ran.explain(outcome));
    }
    assert_eq!(ran.conclusion.troubles, Vec::<String>::new());
    assert_eq!(ran.conclusion.exit(), Exit::Held);
    assert_eq!(ran.left, Vec::<String>::new());
}

/// Whatever the verdicts: none is that the harness is wrong, and the plan was kept.
fn not_to_blame(alter: Alter) -> Result<(), Failed> {
    runtime().block_on(async {
        let (ran, spent, plan) = visit(&[], alter).await?;
        for outcome in &ran.conclusion.outcomes {
            let is_trouble = outcome.verdict == Verdict::HarnessError;
            assert!(!is_trouble, "{}", ran.explain(outcome));
        }
        assert_eq!(ran.conclusion.troubles, Vec::<String>::new());
        assert_ne!(ran.conclusion.exit(), Exit::Unreachable);
        assert!(spent <= plan.requests, "{spent} of {plan}");
        Ok(())
    })
}

/// A whole run against somebody's server, what it spent there, and what it had planned to.
async fn visit(
    variants: &[Variant],
    alter: impl Fn(&str, &mut u16, &mut Value) + Send + Sync + 'static,
) -> Result<(Ran, u32, Plan), Failed> {
    let mut builder = MockServer::builder().limits(Limits::Off);
    for variant in variants {
        builder = builder.variant(*variant);
    }
    let mock = builder.start().await?;
    let proxy = Proxy::altering(mock.url(), alter).await?;
    let organization = mock.organization().to_owned();
    let target = foreign(&proxy.url, organization, mock.token("full").unwrap());
    let target: Arc<dyn Server> = Arc::new(target);
    let plan = plan(Arc::clone(&target))?;
    let bench = Bench::new(target, "a foreign server", Budget::DEFAULT);
    let ran = bench.run_once(&all_ids(), 4).await;
    Ok((ran, cost(&proxy.take()).requests, plan))
}

fn plan(target: Arc<dyn Server>) -> Result<Plan, Failed> {
    let suite = ServerSuite::new(target, &Terms::default(), &Redactor::new(&[]))?;
    let cases = server::cases();
    let all = Selection::default().apply(&cases)?;
    Ok(suite.plan(&cases, &all, Allowance::ALL))
}
