//! Several requests before the first reply, where hello says that it may be so.

use std::collections::HashMap;

use serde_json::{Map, Value, json};
use tokio::time::Instant;

use super::conversation::Conversation;
use super::finding::{Finding, Line};
use super::reading::{Reading, lossy, read};
use crate::adapter::{Hello, Kind, Output, Request};
use crate::crypto::{encoding, pad_key};

/// The most requests that are sent at once.
const MOST: usize = 8;

/// Sends several requests, and ties the replies to them. The step is left out where the adapter takes one
/// at a time, or has not the operation that costs nothing.
pub(super) async fn several(talk: &mut Conversation<'_>, hello: &Hello) {
    let count = hello.max_outstanding.min(MOST);
    if count < 2 || talk.one_shot || !hello.has("pad_key") || talk.wire.is_none() {
        return;
    }
    let mut lines = Vec::new();
    let mut open: HashMap<u64, Map<String, Value>> = HashMap::new();
    for number in 1..=count {
        let key = format!("key {number}");
        let (id, line) = talk.send(&Request::pad_key(&key));
        let padded = encoding::encode(pad_key(key.as_bytes()).as_bytes());
        let reply = json!({"id": id, "ok": {"padded_key": padded}});
        open.insert(id, reply.as_object().cloned().unwrap_or_default());
        lines.push(Line::Sent(line));
    }
    let sequential = "or say \"max_outstanding\":1, and requests come one at a time";
    let mut findings = Vec::new();
    if let Err(finding) = await_all(talk, open, &mut lines).await {
        let finding = finding.advise(sequential).with_exchange(&lines);
        findings.push(finding.with_stderr(&talk.stderr()));
        talk.wire = None;
    }
    talk.done("several at once", format!("{count} requests, {count} replies"), findings);
}

async fn await_all(
    talk: &mut Conversation<'_>,
    mut open: HashMap<u64, Map<String, Value>>,
    lines: &mut Vec<Line>,
) -> Result<(), Finding> {
    let limit = talk.patience.reply;
    let began = Instant::now();
    while !open.is_empty() {
        let line = match talk.next("several requests at once", began, limit).await {
            Output::Line(line) => line,
            Output::Silence => {
                let what = format!("{} of the requests sent at once have no reply", open.len());
                return Err(Finding::must(what)
                    .advise("answer each line, also if several are read together"));
            }
            _ => return Err(Finding::must(Kind::Crash.sentence())),
        };
        lines.push(Line::Received(lossy(&line)));
        let Reading::Object(reply) = read(&line, talk.language) else {
            let what = "replies to requests that were sent at once are mixed up in one line";
            return Err(
                Finding::must(what).advise("write each reply whole, under a lock if threads write")
            );
        };
        let right = reply.get("id").and_then(Value::as_u64).and_then(|id| open.remove(&id));
        let Some(right) = right else {
            return Err(Finding::must(Kind::UnknownId.sentence()));
        };
        if right != reply {
            return Err(Finding::must("a reply stands under the id of another request")
                .advise("keep the id with its request: no variable that all of them share"));
        }
    }
    Ok(())
}
