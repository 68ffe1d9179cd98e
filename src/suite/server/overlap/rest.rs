//! The state at rest, and whether an order of the requests explains it and their answers.

use std::ops::Range;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::{Instant, sleep_until};

use super::scene::{Act, Done, Event, Scene};
use super::timeline;
use crate::harness::{Exchange, Mismatch, Stop};
use crate::suite::server::context::Context;
use crate::suite::server::history::judge::{Judgement, Unexplained, judge};
use crate::suite::server::history::operation::{Answer, Call, Operation};
use crate::suite::server::history::project::Project;

/// When it is looked at, after the last answer: again where it does not fit, since a replica or a cache may need so
/// long. Where the control API made the requests meet, nothing is awaited: they have ended.
const LOOKS: [Duration; 3] =
    [Duration::from_secs(2), Duration::from_secs(10), Duration::from_secs(30)];

const WHAT: &str =
    "no order of requests that overlap explains what they were answered and what is there";
const EXPECTED: &str =
    "answers and a state at rest as if the requests had been made one after the other";

/// What was seen in the whole run: how many meetings, and the differences that went away.
#[derive(Default)]
pub(crate) struct Differences {
    pub(crate) meetings: Mutex<usize>,
    pub(crate) passing: Mutex<Option<Mismatch>>,
}

/// Reads the state at rest and judges the history, from what was done before to what overlapped: a mismatch, if what no
/// order explains stays. Gives the whole of it where an order explains it.
pub(crate) async fn settle(
    context: &Context,
    scene: &mut Scene,
    project: &Project,
    (prior, events): (Vec<Event>, Vec<Event>),
    reads: &[Act],
) -> Result<Option<Vec<Event>>, Stop> {
    let began = Instant::now();
    let waits = context.server().control().is_none();
    let differences = context.memo::<Differences>();
    *differences.meetings.lock() += 1;
    let inquiry = context.of_inquiry();
    let mut kept = None;
    for (number, moment) in LOOKS.into_iter().enumerate() {
        if waits {
            sleep_until(began + moment).await;
        }
        let context = if number == 0 { context } else { &inquiry };
        let seen = match look(context, scene, reads).await {
            Ok(seen) => seen,
            // What looking again may cost is spent: without a wait it would have shown the same.
            Err(Stop::CouldNotRun(_)) if number > 0 && !waits => break,
            Err(other) => return Err(other),
        };
        let history: Vec<Event> = prior.iter().chain(&events).chain(&seen).cloned().collect();
        let shown = prior.len()..prior.len() + events.len();
        let calls: Vec<Call> = history.iter().map(Event::call).collect();
        match judge(project, &calls) {
            Judgement::Explained => {
                if let Some(mismatch) = kept {
                    differences.passing.lock().get_or_insert(mismatch);
                }
                return Ok(Some(history));
            }
            Judgement::Undecided => {
                let why = "there are too many orders of the requests to try them all";
                return Err(Stop::CouldNotRun(why.to_owned()));
            }
            Judgement::Questionable(unexplained) => {
                let mismatch = mismatch(scene, &history, shown, &unexplained);
                differences.passing.lock().get_or_insert(mismatch);
                return Ok(None);
            }
            Judgement::Unexplained(unexplained) => {
                kept = Some(mismatch(scene, &history, shown, &unexplained));
            }
        }
    }
    kept.map_or(Ok(None), |mismatch| Err(mismatch.into()))
}

/// Reads the state, one request after the other.
async fn look(context: &Context, scene: &mut Scene, reads: &[Act]) -> Result<Vec<Event>, Stop> {
    let mut seen = Vec::new();
    for act in reads {
        let began = std::time::Instant::now();
        let sent = Ok(context.send(&act.call).await?);
        let mut event = scene.event(context, Done { act: act.clone(), began, sent }).await;
        if let Some(Answer::Versions(rows)) = event.as_mut().and_then(|event| event.answer.as_mut())
        {
            for id in &act.opens {
                if let Some(row) = rows.get_mut(id) {
                    *row = scene.version(context, *id).await?;
                }
            }
        }
        seen.extend(event);
    }
    Ok(seen)
}

impl Event {
    /// What the judge is told. When a server restores or deletes is documented, and no more: that it refused to says
    /// nothing.
    pub(crate) fn call(&self) -> Call {
        let operation = &self.request.operation;
        let is_free = matches!(operation, Operation::Restore { .. } | Operation::Delete { .. });
        match (self.answered, &self.answer) {
            (Some(_), Some(Answer::Refused { .. })) if is_free => {
                Call::lost(self.request.clone(), self.sent)
            }
            (Some(at), Some(answer)) => {
                Call::answered(self.request.clone(), self.sent, at, answer.clone())
            }
            _ => Call::lost(self.request.clone(), self.sent),
        }
    }
}

/// The events of `met` overlapped; those before them were alone, and those behind them are the state at rest.
fn mismatch(
    scene: &Scene,
    history: &[Event],
    met: Range<usize>,
    unexplained: &Unexplained,
) -> Mismatch {
    let told =
        |event: &Event, when| Some(format!("{} {when}: {}", event.name, event.answer.as_ref()?));
    let mut got = vec![unexplained.sentence.clone(), String::new()];
    got.extend(history[..met.start].iter().filter_map(|event| told(event, "before")));
    got.extend(timeline::lines(&history[met.clone()]));
    got.extend(history[met.end..].iter().filter_map(|event| told(event, "at rest")));
    got.extend([String::new(), scene.legend().join("; ")]);
    let is_shown =
        |(place, _): &(usize, &Event)| met.contains(place) || unexplained.stuck.contains(place);
    let shown = history.iter().enumerate().filter(is_shown);
    let exchanges: Vec<Exchange> = shown.filter_map(|(_, event)| event.exchange.clone()).collect();
    Mismatch {
        what: WHAT.to_owned(),
        expected: EXPECTED.to_owned(),
        got: got.join("\n"),
        exchanges,
    }
}
