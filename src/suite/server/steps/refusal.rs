//! Negative checks: a request that breaks one rule, refused for that reason and without effect, and
//! its twin with the one difference put right, accepted.

use super::{Project, Snapshot};
use crate::harness::{Judged, Stop};
use crate::suite::server::context::Context;
use crate::suite::server::wire::{Call, Reply};

/// What is wrong with a server that accepts what it has to refuse.
pub(crate) const ACCEPTED: &str = "a request that breaks a rule is accepted";

/// What a refusal has to be.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Reason {
    /// Any 4xx.
    Refused,
    Status(u16),
    /// This status with this code.
    Code(u16, &'static str),
    /// The answer is the server's choice.
    Any,
    /// 422, since the proof is not that of the active key: of a rotated one, a server may say that, or only that the
    /// proof is wrong.
    Stale,
}

impl Reason {
    /// What the documentation says of a token that lacks the ability.
    pub(crate) const NO_PERMISSION: Self = Self::Code(403, "insufficient_permissions");

    pub(crate) fn judge(self, reply: &Reply) -> Judged {
        self.judge_as(reply, ACCEPTED)
    }

    /// The same, with what is wrong with a server that accepts the request.
    pub(crate) fn judge_as(self, reply: &Reply, accepted: &'static str) -> Judged {
        let right = match self {
            Self::Any => true,
            Self::Refused => reply.is_refusal(),
            Self::Status(status) => reply.status == status,
            Self::Code(status, code) => reply.status == status && reply.code() == Some(code),
            Self::Stale => {
                let codes = [Some("key_proof_mismatch"), Some("key_version_conflict")];
                reply.status == 422 && codes.contains(&reply.code())
            }
        };
        let what = if reply.is_success() {
            accepted
        } else {
            "a request that breaks a rule is refused for another reason"
        };
        reply.ensure(right, what, self.to_string(), reply.outcome())
    }
}

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Any => f.write_str("any answer"),
            Self::Refused => f.write_str("a refusal (4xx)"),
            Self::Status(status) => write!(f, "{status}"),
            Self::Code(status, code) => write!(f, "{status} {code}"),
            Self::Stale => f.write_str("422 key_proof_mismatch or key_version_conflict"),
        }
    }
}

/// How it is known that the request would be accepted but for the rule that it breaks.
pub(crate) enum Twin {
    /// By sending this one.
    Call(Call),
    /// A shared step has had the same request accepted already.
    Shared,
}

/// Sends `wrong` and judges the refusal: its reason, and that nothing of `project` changed.
pub(crate) async fn refused(
    context: &Context,
    project: &Project,
    wrong: &Call,
    reason: Reason,
    twin: Twin,
) -> Judged {
    let wrongs = std::slice::from_ref(wrong);
    refusals(context, project, wrongs, reason, twin).await.map(|_| ())
}

/// The same for requests that break one rule in several ways, with the refusals themselves.
pub(crate) async fn refusals(
    context: &Context,
    project: &Project,
    wrongs: &[Call],
    reason: Reason,
    twin: Twin,
) -> Result<Vec<Reply>, Stop> {
    let before = Snapshot::before_refusal(context, project).await?;
    let wrongs: Vec<Wrong> = wrongs.iter().map(|wrong| Wrong::new(wrong.clone(), reason)).collect();
    let mut seen = Seen::send(context, wrongs).await?;
    if !seen.is_accepted() {
        let after = Snapshot::after_refusal(context, project).await?;
        seen.changed = before.difference(&after);
        if seen.changed.is_none() {
            accepted(context, twin).await?;
        }
    }
    seen.judge()?;
    Ok(seen.replies().cloned().collect())
}

/// Sends `call` and judges that nothing of `project` changed, whatever the answer.
pub(crate) async fn without_effect(context: &Context, project: &Project, call: &Call) -> Judged {
    refused(context, project, &call.clone().free(), Reason::Any, Twin::Shared).await
}

/// A request that breaks a rule.
pub(crate) struct Wrong {
    pub(crate) call: Call,
    pub(crate) reason: Reason,
    /// What is wrong with a server that accepts it.
    pub(crate) what: &'static str,
}

impl Wrong {
    pub(crate) fn new(call: Call, reason: Reason) -> Self {
        Self { call, reason, what: ACCEPTED }
    }
}

/// The answers to the requests that break one rule, and what of the stored state is another after them.
#[derive(Clone, Default)]
pub(crate) struct Seen {
    answers: Vec<Answer>,
    pub(crate) changed: Option<String>,
}

#[derive(Clone)]
struct Answer {
    reply: Reply,
    reason: Reason,
    /// What is wrong with a server that accepts the request.
    what: &'static str,
}

impl Answer {
    fn judge(&self) -> Judged {
        self.reason.judge_as(&self.reply, self.what)
    }

    fn is_accepted(&self) -> bool {
        self.reply.is_success() && self.judge().is_err()
    }
}

impl Seen {
    /// Sends the requests, until one is accepted that must not be.
    pub(crate) async fn send(context: &Context, wrongs: Vec<Wrong>) -> Result<Self, Stop> {
        let mut seen = Self::default();
        for Wrong { call, reason, what } in wrongs {
            let reply = context.send(&call).await?;
            seen.answers.push(Answer { reply, reason, what });
            if seen.is_accepted() {
                break;
            }
        }
        Ok(seen)
    }

    pub(crate) fn judge(&self) -> Judged {
        // What was accepted is not in need of proof that it changed something.
        self.answers.iter().find(|answer| answer.is_accepted()).map_or(Ok(()), Answer::judge)?;
        if let (Some(changed), Some(reply)) = (&self.changed, self.replies().next()) {
            return Err(has_changed(reply, changed));
        }
        self.answers.iter().try_for_each(Answer::judge)
    }

    pub(crate) fn replies(&self) -> impl Iterator<Item = &Reply> {
        self.answers.iter().map(|answer| &answer.reply)
    }

    pub(crate) fn is_accepted(&self) -> bool {
        self.answers.iter().any(Answer::is_accepted)
    }
}

/// The answer to a request that must change nothing, and has.
fn has_changed(reply: &Reply, changed: &str) -> Stop {
    let what = if reply.is_success() {
        "a request that must change nothing has changed something"
    } else {
        "a refused request has changed something"
    };
    let got = format!("{}, and a change of: {changed}", reply.outcome());
    reply.mismatch(what, "nothing changed", got)
}

/// The twin: if it is refused too, the refusal proves nothing.
pub(crate) async fn accepted(context: &Context, twin: Twin) -> Judged {
    let Twin::Call(twin) = twin else {
        return Ok(());
    };
    if context.shared.is_thrifty && context.has_accepted(&twin) {
        return Ok(());
    }
    let reply = context.send(&twin).await?;
    if reply.is_success() {
        return Ok(());
    }
    context.note_refusal(&twin, &reply);
    Err(reply.could_not_run("the same request with its one mistake put right was refused too,"))
}
