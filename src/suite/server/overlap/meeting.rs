//! Sends requests so that they overlap.

use std::panic::resume_unwind;
use std::pin::pin;
use std::time::{Duration, Instant};

use futures::future::{Either, join_all, select};
use serde_json::{Value, json};
use tokio::sync::oneshot;
use tokio::task::JoinSet;

use super::scene::{Act, Done, Event};
use crate::contract::route::Endpoint;
use crate::harness::Stop;
use crate::suite::server::context::Context;
use crate::suite::server::history::search::overlap;
use crate::suite::server::wire::{Call, with_members};

/// When the later requests begin, as a part of the time that the earlier ones take alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment {
    Half,
    Quarter,
    /// At once.
    Start,
}

impl Moment {
    /// The one that is tried where the requests did not overlap.
    pub(crate) const fn earlier(self) -> Option<Self> {
        match self {
            Self::Half => Some(Self::Quarter),
            Self::Quarter => Some(Self::Start),
            Self::Start => None,
        }
    }

    fn of(self, latency: Duration) -> Duration {
        let delay = match self {
            Self::Half => latency / 2,
            Self::Quarter => latency / 4,
            Self::Start => Duration::ZERO,
        };
        if delay < TICK { Duration::ZERO } else { delay }
    }
}

/// A shorter wait takes as long as this one: the earlier requests would have ended.
const TICK: Duration = Duration::from_millis(2);

/// Longest that a request waits at a gate, and that it takes to come there: on a busy machine the key that a rotation
/// makes takes its time. Seconds.
const AT_GATE: u32 = 60;

/// Sends the `early` requests, and the `late` ones while those are open. Where the control API has gates, the early ones
/// wait at theirs until the late ones are answered.
///
/// # Errors
/// One could not be sent. That one had no answer is no error.
pub(crate) async fn meet(
    context: &Context,
    project: &str,
    acts: (Vec<Act>, Vec<Act>),
    moment: Moment,
) -> Result<Vec<Done>, Stop> {
    let done = send_all(context, project, acts, moment).await;
    let unsent = done.iter().find_map(|done| match &done.sent {
        Err(Stop::Unreachable(_)) | Ok(_) => None,
        Err(stop) => Some(stop.clone()),
    });
    unsent.map_or(Ok(done), Err)
}

async fn send_all(
    context: &Context,
    project: &str,
    (early, late): (Vec<Act>, Vec<Act>),
    moment: Moment,
) -> Vec<Done> {
    let count = u32::try_from(early.len() + late.len()).unwrap_or(u32::MAX);
    let mut gates = Vec::new();
    for act in &early {
        gates.push(arm(context, project, act).await);
    }
    if gates.iter().all(Option::is_none) {
        let delay = moment.of(alone(context, &early));
        // One that waited for its turn would be sent when the others are answered.
        context.shared.door.pace.await_room(count, context.server().timer()).await;
        return by_the_clock(context.clone(), (early, late), delay).await;
    }
    let (ends, ended): (Vec<_>, Vec<_>) = early.iter().map(|_| oneshot::channel::<()>()).unzip();
    let until_end = |(act, end): (Act, oneshot::Sender<()>)| async move {
        let done = send(context, act).await;
        drop(end);
        done
    };
    let mut early = pin!(join_all(early.into_iter().zip(ends).map(until_end)));
    let mut answered = None;
    // One that is refused before its gate never comes there.
    let waits = gates.iter().zip(ended).map(|(gate, ended)| async move {
        if let Some(gate) = gate {
            let _ = select(pin!(wait(context, gate)), ended).await;
        }
    });
    let all_wait = pin!(join_all(waits));
    if let Either::Left((early, _)) = select(early.as_mut(), all_wait).await {
        answered = Some(early);
    }
    let late = async {
        let late = join_all(late.into_iter().map(|act| send(context, act))).await;
        for gate in gates.iter().flatten() {
            // One that has been left is not there any more.
            let _ = context.send(&Call::end_control("gates", gate.clone())).await;
        }
        late
    };
    let early = async {
        match answered {
            Some(early) => early,
            None => early.await,
        }
    };
    let (late, early) = futures::join!(late, early);
    early.into_iter().chain(late).collect()
}

async fn send(context: &Context, act: Act) -> Done {
    let began = Instant::now();
    let sent = context.send(&act.call).await;
    Done { act, began, sent }
}

/// Sends the `late` requests `delay` after the `early` ones.
///
/// Without a delay all of them are begun before a thread of the runtime turns to the connection of one: a server that
/// answers within the time of a thread switch would have answered the first before the next is sent.
async fn by_the_clock(
    context: Context,
    (early, late): (Vec<Act>, Vec<Act>),
    delay: Duration,
) -> Vec<Done> {
    let mut task = JoinSet::new();
    task.spawn(async move {
        let send = |act| send(&context, act);
        let (early, late) = futures::join!(join_all(early.into_iter().map(send)), async {
            // A timer waits for its next tick, even for no time at all.
            if !delay.is_zero() {
                tokio::time::sleep(delay).await;
            }
            join_all(late.into_iter().map(send)).await
        });
        early.into_iter().chain(late).collect()
    });
    match task.join_next().await {
        Some(Ok(done)) => done,
        Some(Err(error)) if error.is_panic() => resume_unwind(error.into_panic()),
        _ => Vec::new(),
    }
}

/// Whether a request was open while the last one was: the last is one of the late ones.
pub(crate) fn have_met(events: &[Event]) -> bool {
    let calls: Vec<_> = events.iter().map(Event::call).collect();
    let Some((last, others)) = calls.split_last() else { return false };
    others.iter().any(|other| overlap(other, last))
}

/// How long the first of the requests takes alone: as it did before, or as a write does.
fn alone(context: &Context, acts: &[Act]) -> Duration {
    let door = &context.shared.door;
    let of = |act: &Act| act.call.endpoint().map(|endpoint| door.latency(endpoint));
    match acts.first().and_then(of) {
        Some(latency) if !latency.is_zero() => latency,
        _ => door.latency(Endpoint::StoreSecrets),
    }
}

/// Arms the gate of a request. Gives what names it, if there are gates.
async fn arm(context: &Context, project: &str, act: &Act) -> Option<Value> {
    context.server().control()?;
    let token = &context.server().tokens().full;
    let gate = gate(act.call.endpoint()?)?;
    let body = json!({"token": token, "gate": gate, "project": project, "seconds": AT_GATE});
    let armed = context.send(&Call::control("gates", body)).await.ok()?;
    armed.is_success().then(|| json!({"token": token, "id": armed.json["id"]}))
}

async fn wait(context: &Context, gate: &Value) -> Result<(), Stop> {
    let wait = with_members(gate.clone(), json!({"seconds": AT_GATE}));
    context.send(&Call::control("gates/wait", wait)).await.map(drop)
}

const fn gate(endpoint: Endpoint) -> Option<&'static str> {
    Some(match endpoint {
        Endpoint::RotateEncryptionKey => "rotate.before_commit",
        Endpoint::RotateClientKeys => "rotate-client.before_commit",
        Endpoint::SubmitReencrypted => "submit.before_commit",
        Endpoint::StoreSecrets => "store.before_commit",
        Endpoint::RestoreVersion => "restore.before_commit",
        Endpoint::GetEncryptionKey
        | Endpoint::GetKeyHistory
        | Endpoint::GetProjectSecrets
        | Endpoint::GetTargetSecrets
        | Endpoint::ListVersions => "read.before_answer",
        _ => return None,
    })
}
