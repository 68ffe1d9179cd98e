//! Whether a wrong answer depends on what was asked before: then it is no mistake in the crypto.

use super::context::Context;
use crate::adapter::Request;
use crate::harness::{Judged, Stop};

/// A fresh process in which to ask again, alone, for what was answered wrongly. None if that was done often enough.
pub(super) async fn alone(context: &Context, stop: &Stop) -> Option<Context> {
    let is_wrong = matches!(stop, Stop::Mismatch(_));
    if !is_wrong || !context.explains || !context.shared.may_ask_again() {
        return None;
    }
    context.restarted().await.ok().map(|alone| alone.quietly())
}

/// What is wrong with the answer to `request`: `stop`, unless the answer was right in the fresh process, which ends here.
pub(super) async fn told_apart(
    context: &Context,
    stop: Stop,
    request: &Request,
    (alone, judged): (Context, Judged),
) -> Stop {
    alone.session().close().await;
    let mut mismatch = match stop {
        Stop::Mismatch(mismatch) if judged.is_ok() => mismatch,
        stop => return stop,
    };
    context.shared.stateful.lock().insert(context.case);
    let what = "state or concurrency makes an answer wrong that is right in a fresh process";
    what.clone_into(&mut mismatch.what);
    let before = context.session().before(request);
    let before = before.map(|before| format!("{} {}", before.op, before.params));
    let before = before.unwrap_or_else(|| "none".to_owned());
    mismatch.got = format!("{}\nthe request before it: {before}", mismatch.got);
    Stop::Mismatch(mismatch)
}
