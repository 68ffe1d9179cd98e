//! A line that is no request, and the end of the input.

use super::conversation::Conversation;
use super::finding::{Finding, Line, Severity};
use crate::adapter::{AdapterReply, Request};

const GARBAGE: &str = "this is no request";

/// Ends the input of the process that got the requests.
pub(super) async fn input(talk: &mut Conversation<'_>) {
    if talk.one_shot || talk.wire.is_none() {
        return;
    }
    let findings = talk.farewell(&[]).await;
    talk.done("end of input", "exit code 0", findings);
}

/// Sends what is no request to a process of its own, which then has to answer hello.
pub(super) async fn garbage(talk: &mut Conversation<'_>) {
    if talk.one_shot || talk.start().is_err() {
        return;
    }
    if let Some(wire) = &talk.wire {
        wire.send(GARBAGE);
    }
    talk.is_past_garbage = true;
    let mut exchange = talk.exchange(&Request::hello()).await;
    exchange.lines.insert(0, Line::Sent(GARBAGE.to_owned()));
    let mut findings = Vec::new();
    if !matches!(exchange.reply, Some(AdapterReply::Ok(_))) {
        let what = "a line that is no request ends the adapter, or confuses it";
        let advice = "ignore it, or answer {\"id\":null,\"error\":{\"message\":\"…\"}}; then go on";
        let stderr = exchange.findings.last().map_or("", |finding| &finding.stderr);
        let finding = Finding::new(Severity::Should, what).advise(advice);
        findings.push(finding.with_exchange(&exchange.lines).with_stderr(stderr));
    }
    talk.done("a line that is no request", "the next request is answered", findings);
    talk.wire = None;
}
