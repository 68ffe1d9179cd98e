//! Rate limits. They are used up on a server whose clock is driven, where there is one; else, last of
//! all, on the server itself.

use super::row::case;
use crate::contract::limit::Bucket;
use crate::contract::route::Endpoint::ListProjects;
use crate::harness::{Case, Check, Judged, Stop};
use crate::suite::server::context::Context;
use crate::suite::server::needs;
use crate::suite::server::steps::used_up::{LimitedServer, USED_UP};
use crate::suite::server::wire::call::Call;

/// A server that rounds its times adds no more than this. Seconds.
const ROUNDED: u64 = 60;

pub(super) fn cases() -> Vec<Case<Context>> {
    vec![
        on_used_up("server/limit/eleventh-rotation", "limit-rotations", eleventh_rotation),
        on_used_up(
            "server/limit/rotations-again-after-an-hour",
            "limit-rotations-window",
            again_after_an_hour,
        ),
        on_used_up("server/limit/retry-after", "limit-retry-after", retry_after),
        case("server/limit/requests", "limit-requests", all_requests)
            .needs(needs::QUOTA)
            .requests(102)
            .late(),
    ]
}

fn on_used_up(
    id: &'static str,
    requirement: &'static str,
    check: impl Check<Context>,
) -> Case<Context> {
    case(id, requirement, check).on(USED_UP).needs(needs::QUOTA).writes().requests(0).late()
}

async fn eleventh_rotation(context: &Context) -> Judged {
    let used_up = context.used_up().await?;
    let last = &used_up.last;
    match last.status {
        429 => Ok(()),
        _ => {
            Err(last.mismatch("the 11th rotation in an hour is not refused", "429", last.outcome()))
        }
    }
}

async fn again_after_an_hour(context: &Context) -> Judged {
    let used_up = context.used_up().await?;
    let later = used_up.an_hour_later.clone()?;
    match later.status {
        200 => Ok(()),
        _ => {
            Err(later.mismatch("an hour later a rotation is still refused", "200", later.outcome()))
        }
    }
}

async fn retry_after(context: &Context) -> Judged {
    let used_up = context.used_up().await?;
    if used_up.last.status != 429 {
        return Err(Stop::CouldNotRun("the limit was not reached".to_owned()));
    }
    if used_up
        .retry_after
        .is_some_and(|seconds| seconds > Bucket::Rotate.window().as_secs() + ROUNDED)
    {
        return Err(Stop::CouldNotRun(
            "Retry-After is longer than the hour that is waited for".to_owned(),
        ));
    }
    if used_up.retry_after.is_none() {
        return Err(used_up.last.mismatch(
            "a 429 does not say when to retry",
            "Retry-After in seconds",
            "none",
        ));
    }
    let later = used_up.after_retry_after.clone()?;
    match later.status {
        200 => Ok(()),
        _ => Err(later.mismatch("a request is refused after Retry-After", "200", later.outcome())),
    }
}

async fn all_requests(context: &Context) -> Judged {
    let limited = LimitedServer::find(context).await?;
    let list = Call::to(ListProjects, &[]);
    let _alone = limited.alone(context).await;
    for sent in 0..=Bucket::Api.limit() {
        let reply = limited.use_up(context, &list).await?;
        match reply.status {
            429 if limited.is_fresh && sent < Bucket::Api.limit() => {
                return Err(reply.mismatch(
                    "a request within the limit is refused",
                    "100 requests in a minute",
                    reply.outcome(),
                ));
            }
            429 => return Ok(()),
            200 => {}
            _ => {
                return Err(Stop::CouldNotRun(format!(
                    "a request was answered with {}",
                    reply.outcome()
                )));
            }
        }
    }
    let reply = limited.use_up(context, &list).await?;
    Err(reply.mismatch("the 101st request in a minute is not refused", "429", reply.outcome()))
}
