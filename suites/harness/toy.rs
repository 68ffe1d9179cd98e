//! A suite that talks to nobody: its cases say what they would have found.

use std::collections::HashSet;
use std::future::{Future, ready};
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use keyproof::contract::requirement::Catalogue;
use keyproof::harness::{
    Case, Conclusion, Detail, Ending, Judged, Mismatch, Need, Options, Outcome, Redactor, Require,
    Selected, Selection, Spending, Stop, Suite, Verdict, run,
};
use parking_lot::Mutex;
use tokio::sync::Notify;

pub(crate) const CONTROL: Need =
    Need { name: "control", supply: "KEYPROOF_CONTROL_URL and KEYPROOF_CONTROL_TOKEN" };
pub(crate) const QUOTA: Need = Need { name: "quota", supply: "--budget rotations=15" };

/// A target that offers what it is told to.
pub(crate) struct Toy {
    pub(crate) supplied: Vec<Need>,
    pub(crate) redactor: Redactor,
    shared: Arc<Shared>,
}

/// What all contexts of one toy have in common.
pub(crate) struct Shared {
    pub(crate) entered: Mutex<Vec<&'static str>>,
    pub(crate) side_by_side: Mutex<(usize, usize)>,
    pub(crate) signal: Notify,
}

pub(crate) struct Context {
    spent: Mutex<Spending>,
    pub(crate) shared: Arc<Shared>,
}

impl Toy {
    pub(crate) fn new() -> Self {
        Self {
            supplied: Vec::new(),
            redactor: Redactor::new(&["key", "token", "content"]),
            shared: Arc::new(Shared {
                entered: Mutex::default(),
                side_by_side: Mutex::default(),
                signal: Notify::new(),
            }),
        }
    }

    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }
}

impl Context {
    pub(crate) fn request(&self) {
        self.spent.lock().requests += 1;
    }

    pub(crate) fn rotate(&self) {
        self.request();
        self.spent.lock().rotations += 1;
    }
}

impl Suite for Toy {
    type Context = Context;

    fn supplies(&self, need: &Need) -> bool {
        self.supplied.contains(need)
    }

    fn context(&self, case: &Case<Context>) -> Context {
        assert_ne!(case.id, "toy/no-context", "no context for this one");
        self.shared.entered.lock().push(case.id);
        Context { spent: Mutex::default(), shared: Arc::clone(&self.shared) }
    }

    fn spent(&self, context: &Context) -> Spending {
        *context.spent.lock()
    }

    fn redactor(&self) -> &Redactor {
        &self.redactor
    }
}

pub(crate) type Body = for<'s> fn(&'s Context) -> BoxFuture<'s, Judged>;

pub(crate) fn case(id: &'static str, requirement: &'static str, body: Body) -> Case<Context> {
    Case::new(id, requirement, body).spends(Spending { requests: 1, rotations: 0 })
}

/// Has a case do something else.
pub(crate) fn replace(row: &mut Case<Context>, body: Body) {
    *row = case(row.id, row.requirement, body);
}

pub(crate) fn passes(context: &Context) -> BoxFuture<'_, Judged> {
    context.request();
    ready(Ok(())).boxed()
}

pub(crate) fn mismatches(context: &Context) -> BoxFuture<'_, Judged> {
    context.request();
    ready(Err(mismatch().into())).boxed()
}

pub(crate) fn could_not_run(context: &Context) -> BoxFuture<'_, Judged> {
    context.request();
    ready(Err(Stop::CouldNotRun("the token was refused".to_owned()))).boxed()
}

pub(crate) fn turns_out_unobservable(context: &Context) -> BoxFuture<'_, Judged> {
    context.request();
    ready(Err(Stop::NotObservable(QUOTA))).boxed()
}

pub(crate) fn unreachable(context: &Context) -> BoxFuture<'_, Judged> {
    context.request();
    ready(Err(Stop::Unreachable("connection refused".to_owned()))).boxed()
}

pub(crate) fn harness_is_wrong(_: &Context) -> BoxFuture<'_, Judged> {
    ready(Err(Stop::Harness("the schema is not JSON".to_owned()))).boxed()
}

/// An outcome that no run was made for.
pub(crate) fn outcome(
    (id, requirement): (&'static str, &'static str),
    verdict: Verdict,
    detail: Option<Detail>,
) -> Outcome {
    Outcome {
        id,
        requirement,
        level: catalogue().get(requirement).unwrap().level,
        selected: true,
        sanity: false,
        verdict,
        known: None,
        detail,
        declared: Spending::default(),
        spent: Spending::default(),
        took: Duration::ZERO,
    }
}

/// What such outcomes come to.
pub(crate) fn conclusion(outcomes: Vec<Outcome>, ending: Ending) -> Conclusion {
    let tested = HashSet::from(["rolls", "stops", "shines", "is-red"]);
    Conclusion::new(&catalogue(), tested, outcomes, ending, Require::Nothing)
}

pub(crate) fn mismatch() -> Mismatch {
    Mismatch {
        what: "the write was not refused".to_owned(),
        expected: "422".to_owned(),
        got: "200".to_owned(),
        exchanges: Vec::new(),
    }
}

pub(crate) fn catalogue() -> Catalogue {
    let entry = |id: &str, level: &str, text: &str| {
        format!(
            "[[requirement]]\nid = \"{id}\"\nlevel = \"{level}\"\nsource = 'toys, \"Wheels\"'\ntext = \"{text}\"\n"
        )
    };
    let text = [
        entry("rolls", "must", "It rolls."),
        entry("stops", "must", "It stops."),
        entry("shines", "should", "It shines."),
        entry("is-red", "may", "It is red."),
        entry("lasts", "must", "It lasts.") + "untested = \"nobody waits that long\"\n",
    ];
    Catalogue::parse(&text.concat()).unwrap()
}

pub(crate) fn all(cases: &[Case<Context>]) -> Selected {
    Selection::default().apply(cases).unwrap()
}

pub(crate) fn only(id: &str, cases: &[Case<Context>]) -> Selected {
    let selection = Selection::parse(&[id.to_owned()], &[], true).unwrap();
    selection.apply(cases).unwrap()
}

/// Runs cases one after the other, as they are written.
pub(crate) fn one_by_one() -> Options<'static> {
    Options { concurrency: 1, ..Options::default() }
}

pub(crate) fn conclude(toy: &Toy, cases: &[Case<Context>], options: Options<'_>) -> Conclusion {
    conclude_until(std::future::pending(), toy, cases, &all(cases), options)
}

pub(crate) fn conclude_until(
    stop: impl Future<Output = ()> + Send,
    toy: &Toy,
    cases: &[Case<Context>],
    selected: &Selected,
    options: Options<'_>,
) -> Conclusion {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(run(toy, cases, selected, &catalogue(), options, stop))
}

pub(crate) fn verdicts(conclusion: &Conclusion) -> Vec<Verdict> {
    let outcomes = conclusion.outcomes.iter();
    outcomes.map(|outcome| outcome.verdict).collect()
}

pub(crate) fn notes(conclusion: &Conclusion) -> Vec<String> {
    let outcomes = conclusion.outcomes.iter();
    let note = |outcome: &Outcome| match &outcome.detail {
        Some(Detail::Note(note)) => note.clone(),
        _ => String::new(),
    };
    outcomes.map(note).collect()
}
