//! Runs the cases of a suite.

use std::any::Any;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::time::Instant;

use futures::future::{Either, FutureExt, select};
use futures::stream::{self, StreamExt};

use super::{
    Case, Conclusion, Detail, Ending, Judged, Need, Options, Outcome, Phase, Redactor, Selected,
    Spending, Stale, Staleness, Stop, Verdict,
};
use crate::contract::requirement::{Catalogue, Level};

/// What the runner asks of a suite, which knows the target that its cases are run against.
pub trait Suite: Sync {
    /// What one case is given.
    type Context: Send + Sync + 'static;

    /// Whether this target offers what `need` names.
    fn supplies(&self, need: &Need) -> bool;
    /// What a case needs that this target does not offer.
    fn unmet(&self, case: &Case<Self::Context>) -> Vec<Need> {
        let needs = case.needs.iter().copied();
        needs.filter(|need| !self.supplies(need)).collect()
    }
    /// The context of one case.
    fn context(&self, case: &Case<Self::Context>) -> Self::Context;
    /// What has been spent in a context so far, without its shared steps.
    fn spent(&self, context: &Self::Context) -> Spending;
    /// Puts away what a case that has been judged has made for itself alone.
    fn finish(&self, _: &Self::Context) -> impl Future<Output = ()> + Send {
        std::future::ready(())
    }
    /// Knows the secrets of this run.
    fn redactor(&self) -> &Redactor;
}

/// Runs the selected cases, and sanity cases in any selection, until `stop` is ready.
///
/// Phases run one after the other; only those of two phases run side by side. Outcomes come in the order
/// of `cases`.
pub async fn run<S: Suite>(
    suite: &S,
    cases: &[Case<S::Context>],
    selected: &Selected,
    catalogue: &Catalogue,
    options: Options<'_>,
    stop: impl Future<Output = ()> + Send,
) -> Conclusion {
    let mut run = Run {
        suite,
        cases,
        selected,
        catalogue,
        options,
        outcomes: cases.iter().map(|_| None).collect(),
        stale: Vec::new(),
        done: 0,
        unanswered: 0,
        halt: None,
    };
    run.make(stop).await;
    let ending = run.ending();
    let outcomes = run.outcomes.into_iter().flatten().collect();
    let tested = cases.iter().map(|case| case.requirement).collect();
    let require = options.require.clone();
    let mut conclusion = Conclusion::new(catalogue, tested, outcomes, ending, require);
    conclusion.stale = in_order(run.stale);
    conclusion.portion = selected.portion().cloned();
    conclusion.extent = selected.extent();
    conclusion
}

struct Run<'r, S: Suite> {
    suite: &'r S,
    cases: &'r [Case<S::Context>],
    selected: &'r Selected,
    catalogue: &'r Catalogue,
    options: Options<'r>,
    outcomes: Vec<Option<Outcome>>,
    /// Expectations that no longer fit, in the order in which the cases ended.
    stale: Vec<Stale>,
    done: usize,
    /// Cases in a row that had no answer, up to now.
    unanswered: u32,
    /// Why no more cases are run.
    halt: Option<Halt>,
}

enum Halt {
    Stopped,
    Unreachable(u32),
    Insane(&'static str),
}

impl Halt {
    fn reason(&self) -> String {
        match self {
            Self::Stopped => "the run was stopped before this case was done".to_owned(),
            Self::Unreachable(cases) => {
                format!("the run was stopped: {cases} cases in a row had no answer")
            }
            Self::Insane(id) => format!("the sanity case {id} did not pass"),
        }
    }
}

impl<S: Suite> Run<'_, S> {
    async fn make(&mut self, stop: impl Future<Output = ()>) {
        let mut stop = pin!(stop);
        let phases = Phase::ALL.map(|phase| (phase, self.members(phase)));
        let total = phases.iter().map(|(_, members)| members.len()).sum();
        self.options.progress.began(total);
        for (phase, members) in phases {
            if self.halt.is_none() {
                let width = match phase {
                    Phase::Main => self.options.concurrency.max(1),
                    Phase::Together => members.len().max(1),
                    _ => 1,
                };
                let (suite, cases, catalogue) = (self.suite, self.cases, self.catalogue);
                let selected = self.selected;
                let mut running = stream::iter(members.clone())
                    .map(|position| {
                        let (case, selected) = (&cases[position], selected.contains(position));
                        judge(suite, case, selected, catalogue)
                            .map(move |(outcome, answered)| (position, outcome, answered))
                    })
                    .buffer_unordered(width);
                // A signal is looked at first, so that a run of cases that never wait stops too.
                while self.halt.is_none() {
                    match select(stop.as_mut(), running.next()).await {
                        Either::Left(((), _)) => self.halt = Some(Halt::Stopped),
                        Either::Right((None, _)) => break,
                        Either::Right((Some((position, mut outcome, answered)), _)) => {
                            self.count_answers(answered);
                            if phase == Phase::SanityFirst && stands_in_the_way(outcome.verdict) {
                                self.halt = Some(Halt::Insane(outcome.id));
                            }
                            let (known, redactor) =
                                (self.options.expectations, self.suite.redactor());
                            self.stale.extend(known.judge(&mut outcome, redactor));
                            self.record(position, outcome);
                        }
                    }
                }
            }
            self.skip_rest(&members);
        }
        self.options.progress.ended();
    }

    fn members(&self, phase: Phase) -> Vec<usize> {
        let positions = self.cases.iter().enumerate();
        positions
            .filter(|(position, case)| {
                case.phase == phase && (phase.is_sanity() || self.selected.contains(*position))
            })
            .map(|(position, _)| position)
            .collect()
    }

    fn count_answers(&mut self, answered: Option<bool>) {
        match answered {
            Some(true) => self.unanswered = 0,
            Some(false) => self.unanswered += 1,
            None => {}
        }
        if self.unanswered >= self.options.unreachable_limit.max(1) {
            self.halt = Some(Halt::Unreachable(self.unanswered));
        }
    }

    fn record(&mut self, position: usize, outcome: Outcome) {
        self.done += 1;
        self.options.progress.judged(&outcome, self.done);
        self.outcomes[position] = Some(outcome);
    }

    fn skip_rest(&mut self, members: &[usize]) {
        let Some(halt) = &self.halt else { return };
        let reason = halt.reason();
        for &position in members {
            if self.outcomes[position].is_none() {
                let case = &self.cases[position];
                let level = level(self.catalogue, case).unwrap_or(Level::Must);
                let skipped = Err(Stop::CouldNotRun(reason.clone()));
                let selected = self.selected.contains(position);
                self.record(position, Outcome::new(case, level, selected, skipped));
            }
        }
    }

    fn ending(&self) -> Ending {
        match self.halt {
            Some(Halt::Stopped) => Ending::Stopped,
            _ if self.unanswered > 0 => Ending::Unreachable,
            _ => Ending::Complete,
        }
    }
}

/// In the order of the file. What has expired is reported once, not with each case of its glob.
fn in_order(mut stale: Vec<Stale>) -> Vec<Stale> {
    stale.sort_by_key(|one| (one.line, one.case));
    stale.dedup_by(|later, earlier| {
        let is_expired = |one: &Stale| matches!(one.why, Staleness::Expired(_));
        later.line == earlier.line && is_expired(later) && is_expired(earlier)
    });
    stale
}

const fn stands_in_the_way(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Fail | Verdict::CouldNotRun | Verdict::HarnessError)
}

/// The outcome of one case, and whether the target answered, where the case asked it.
async fn judge<S: Suite>(
    suite: &S,
    case: &Case<S::Context>,
    selected: bool,
    catalogue: &Catalogue,
) -> (Outcome, Option<bool>) {
    let level = match level(catalogue, case) {
        Ok(level) => level,
        Err(stop) => {
            return (Outcome::new(case, Level::Must, selected, Err(stop)), None);
        }
    };
    let unmet = suite.unmet(case);
    if let [first, ..] = unmet[..] {
        let unobserved = Err(Stop::NotObservable(first));
        let mut outcome = Outcome::new(case, level, selected, unobserved);
        outcome.detail = Some(Detail::Needs(unmet));
        return (outcome, None);
    }
    let began = Instant::now();
    let (judged, spent) = perform(suite, case).await;
    let answered = match &judged {
        Err(Stop::Unreachable(_)) => Some(false),
        _ if spent.requests > 0 => Some(true),
        _ => None,
    };
    let mut outcome = Outcome::new(case, level, selected, judged);
    outcome.spent = spent;
    outcome.took = began.elapsed();
    hold_to_budget(&mut outcome);
    (outcome, answered)
}

/// A mismatch stays a mismatch: the conclusion reports what finding it cost.
fn hold_to_budget(outcome: &mut Outcome) {
    let is_judged = outcome.mismatch().is_some();
    if let Some(overspending) = outcome.overspending().filter(|_| !is_judged) {
        outcome.verdict = Verdict::HarnessError;
        outcome.detail = Some(Detail::Note(overspending));
    }
}

fn level<C>(catalogue: &Catalogue, case: &Case<C>) -> Result<Level, Stop> {
    let requirement = catalogue.get(case.requirement);
    requirement.map(|one| one.level).ok_or_else(|| {
        let unknown = format!("the catalogue has no requirement {}", case.requirement);
        Stop::Harness(unknown)
    })
}

async fn perform<S: Suite>(suite: &S, case: &Case<S::Context>) -> (Judged, Spending) {
    let panicked =
        |payload: Box<dyn Any + Send>| Stop::Harness(panic_message(&*payload, suite.redactor()));
    let context = match catch_unwind(AssertUnwindSafe(|| suite.context(case))) {
        Ok(context) => context,
        Err(payload) => return (Err(panicked(payload)), Spending::default()),
    };
    let judged = AssertUnwindSafe(async { case.check(&context).await })
        .catch_unwind()
        .await
        .unwrap_or_else(|payload| Err(panicked(payload)));
    suite.finish(&context).await;
    (judged, suite.spent(&context))
}

/// The message of a caught panic, if it is text, without secrets.
fn panic_message(payload: &(dyn Any + Send), redactor: &Redactor) -> String {
    let text = payload.downcast_ref::<&str>().copied();
    let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    let text = redactor.redact(text.unwrap_or("no message"));
    format!("the case panicked: {text}")
}
