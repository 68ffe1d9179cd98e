//! The state at rest: what is stored once everything that was begun has ended.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{Instant, sleep, sleep_until};

use super::{Project, Snapshot};
use crate::contract::route::Endpoint;
use crate::harness::{Exchange, Stop};
use crate::suite::server::context::Context;
use crate::suite::server::needs;
use crate::suite::server::wire::Call;

/// When it is looked at the first time, after the last answer.
pub(crate) const REST: Duration = Duration::from_secs(2);
/// When it is looked at again where it does not fit: a replica or a cache may need so long.
const AGAIN: [Duration; 2] = [Duration::from_secs(10), Duration::from_secs(30)];
/// How long a request waits at a gate whose client does not hang up after all. Seconds.
const AT_GATE: u32 = 5;

/// Sends a request to a project whose client hangs up in the middle of it: where the control API has gates, while it is prepared and
/// not committed, and else after half of the time that an answered one takes. Returns when it has ended, if that can be seen.
pub(crate) async fn hang_up(
    context: &Context,
    project: &Project,
    call: &Call,
) -> Result<Exchange, Stop> {
    let Some(endpoint) = call.endpoint() else {
        return Err(Stop::Harness("a call of the control API is no request to hang up".to_owned()));
    };
    if context.server().control().is_none() {
        let moment = context.shared.door.latency(endpoint) / 2;
        return context.hang_up(call, sleep(moment)).await;
    }
    let token = &context.server().tokens().full;
    let gate = format!("{}.before_commit", gate(endpoint)?);
    let body = json!({"token": token, "gate": gate, "project": project.slug, "seconds": AT_GATE});
    let armed = context.prepare("the control API", &Call::control("gates", body)).await?;
    let of_gate = |name: &str, value: Value| {
        let body = json!({"token": token, "id": armed.json["id"], name: value});
        Call::control("gates/wait", body)
    };
    let wait = of_gate("seconds", AT_GATE.into());
    let reached = async {
        let _ = context.send(&wait).await;
    };
    let exchange = context.hang_up(call, reached).await?;
    // It is not there any more if the request has left it already.
    context.send(&of_gate("left", true.into())).await?;
    Ok(exchange)
}

fn gate(endpoint: Endpoint) -> Result<&'static str, Stop> {
    Ok(match endpoint {
        Endpoint::RotateEncryptionKey => "rotate",
        Endpoint::RotateClientKeys => "rotate-client",
        Endpoint::SubmitReencrypted => "submit",
        Endpoint::StoreSecrets => "store",
        Endpoint::RestoreVersion => "restore",
        _ => return Err(Stop::NotObservable(needs::CONTROL)),
    })
}

/// What a project stores at rest. It is looked at again later as long as `fits` denies it. Where the control API has told
/// that everything has ended, the first look counts.
pub(crate) async fn at_rest(
    context: &Context,
    project: &Project,
    fits: impl Fn(&Snapshot) -> bool,
) -> Result<Snapshot, Stop> {
    if context.server().control().is_some() {
        return Snapshot::after(context, project).await;
    }
    let began = Instant::now();
    sleep_until(began + REST).await;
    let mut seen = Snapshot::after(context, project).await?;
    for moment in AGAIN {
        if fits(&seen) {
            break;
        }
        sleep_until(began + moment).await;
        match Snapshot::after(&context.of_inquiry(), project).await {
            Ok(later) => seen = later,
            // What that may cost is spent: what was seen counts.
            Err(Stop::CouldNotRun(_)) => break,
            Err(other) => return Err(other),
        }
    }
    Ok(seen)
}
