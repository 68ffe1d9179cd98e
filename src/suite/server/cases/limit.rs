//! Rate limits. They are used up on a server whose clock is driven, where there is one; else, last of
//! all, on the server itself.

use super::row::{Id, ServerCase, case};
use crate::contract::limit::Bucket;
use crate::contract::route::Endpoint::ListProjects;
use crate::harness::{Judged, Stop};
use crate::suite::server::steps::{LimitedServer, USED_UP, UsedUp};
use crate::suite::server::wire::Call;
use crate::suite::server::{Context, needs};

/// A server that rounds its times adds no more than this. Seconds.
const ROUNDED: u64 = 60;

pub(super) fn cases() -> Vec<ServerCase> {
    vec![
        judges("server/limit/eleventh-rotation", "limit-rotations", eleventh_rotation),
        judges(
            "server/limit/rotations-again-after-an-hour",
            "limit-rotations-window",
            again_after_an_hour,
        ),
        judges("server/limit/retry-after", "limit-retry-after", retry_after),
        case("server/limit/requests", "limit-requests", all_requests)
            .needs(needs::QUOTA)
            .requests(102)
            .late(),
    ]
}

type Judge = fn(&UsedUp) -> Judged;

/// A case that needs nothing but the answers of the shared step.
fn judges(id: Id, requirement: Id, judge: Judge) -> ServerCase {
    let case = case(id, requirement, (judged, judge));
    case.on(USED_UP).needs(needs::QUOTA).writes().requests(0).late()
}

async fn judged(context: &Context, judge: Judge) -> Judged {
    judge(&*context.used_up().await?)
}

fn eleventh_rotation(used_up: &UsedUp) -> Judged {
    let last = &used_up.last;
    let what = "the 11th rotation in an hour is not refused";
    last.ensure(last.status == 429, what, "429", last.outcome())
}

fn again_after_an_hour(used_up: &UsedUp) -> Judged {
    let later = used_up.an_hour_later.clone()?;
    let what = "an hour later a rotation is still refused";
    later.ensure(later.is_success(), what, "200", later.outcome())
}

fn retry_after(used_up: &UsedUp) -> Judged {
    if used_up.last.status != 429 {
        return Err(Stop::CouldNotRun("the limit was not reached".to_owned()));
    }
    let longest = Bucket::Rotate.window().as_secs() + ROUNDED;
    if used_up.retry_after.is_some_and(|seconds| seconds > longest) {
        return Err(Stop::CouldNotRun(
            "Retry-After is longer than the hour that is waited for".to_owned(),
        ));
    }
    let has_header = used_up.retry_after.is_some();
    let what = "a 429 does not say when to retry";
    let got = used_up.last.header("retry-after").unwrap_or("none");
    used_up.last.ensure(has_header, what, "Retry-After, as seconds or as a date", got)?;
    let later = used_up.after_retry_after.clone()?;
    let what = "a request is refused after Retry-After";
    later.ensure(later.is_success(), what, "200", later.outcome())
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
            200..=299 => {}
            _ => return Err(reply.could_not_run("a request was answered")),
        }
    }
    let reply = limited.use_up(context, &list).await?;
    Err(reply.mismatch("the 101st request in a minute is not refused", "429", reply.outcome()))
}
