//! A line that is no request, and the end of the input.

use super::conversation::Conversation;
use super::exchange::Exchange;
use super::finding::{Finding, Line, Severity};
use crate::adapter::{AdapterReply, Request};

const GARBAGE: &str = "this is no request";

/// Ends the input of the process that was asked.
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
    let (id, line) = talk.send(&Request::hello());
    let mut exchange = Exchange::of(&line);
    exchange.lines.insert(0, Line::Sent(GARBAGE.to_owned()));
    talk.is_past_garbage = true;
    talk.listen(&Request::hello(), id, &mut exchange).await;
    let findings = match exchange.reply {
        Some(AdapterReply::Ok(_)) => Vec::new(),
        _ => {
            let stderr = exchange.findings.last().map(|one| one.stderr.clone());
            let finding = Finding::new(
                Severity::Should,
                "a line that is no request ends the adapter, or confuses it",
            )
            .advise("ignore it, or answer {\"id\":null,\"error\":{\"message\":\"…\"}}; then go on")
            .with_exchange(&exchange.lines)
            .with_stderr(&stderr.unwrap_or_default());
            vec![finding]
        }
    };
    talk.done("a line that is no request", "the next request is answered", findings);
    talk.wire = None;
}
