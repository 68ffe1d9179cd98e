//! Each operation that hello lists, once, with an easy public input; and those that it does not list.

use super::answer::{self, Member, Type};
use super::conversation::Conversation;
use super::easy::{ITERATIONS, KEY, request, salt};
use super::finding::{Finding, Severity};
use super::judgement;
use crate::adapter::{AdapterReply, Hello, OPERATIONS, Request, answer_members};
use crate::crypto::encoding;
use crate::harness::Stop;
use crate::suite::sdk::input::unknown_operation;

fn members(op: &str) -> Vec<Member> {
    let typed = |name: &&'static str| match *name {
        "iterations" => (*name, Type::Integer),
        "valid" => (*name, Type::Boolean),
        _ => (*name, Type::Text),
    };
    answer_members(op).iter().map(typed).collect()
}

/// Requests an operation that does not exist. False if the adapter has ended.
pub(super) async fn unknown(talk: &mut Conversation<'_>) -> Result<bool, Stop> {
    let mut exchange = talk.ask(&unknown_operation()?).await;
    let advice = "answer an operation that you don't know with \
                  {\"id\":…,\"unsupported\":{}}, not with an exception";
    if let Some(reply) = &exchange.reply
        && !matches!(reply, AdapterReply::Unsupported(_))
    {
        let what = format!("it is answered with `{}`", reply.kind());
        exchange.find(Finding::must(what).advise(advice), &talk.stderr());
    }
    talk.done("unknown operation", "`unsupported`", exchange.findings);
    Ok(!exchange.is_over)
}

/// Requests each operation that hello lists. False if the adapter has ended.
pub(super) async fn each(talk: &mut Conversation<'_>, hello: &Hello) -> bool {
    for op in OPERATIONS.into_iter().filter(|op| hello.has(op)) {
        let request = request(op);
        let mut exchange = talk.ask(&request).await;
        let stderr = talk.stderr();
        let found = match &exchange.reply {
            None => None,
            Some(reply) => judged(talk, op, &request, reply).await,
        };
        if found.is_some() {
            exchange.find(found, &stderr);
        } else if op == "verify_key_proof" && exchange.reply.is_some() {
            let wrong = encoding::encode([0; 32]);
            let request = Request::verify_key_proof(KEY, &salt(), ITERATIONS, &wrong);
            let other = talk.ask(&request).await;
            exchange.is_over = other.is_over;
            exchange.findings.extend(other.findings);
            if other.reply != Some(answer::valid(false)) && other.reply.is_some() {
                let finding = Finding::must("a wrong proof verifies, or is no answer")
                    .advise("a proof that does not fit is {\"valid\":false}: no rejection");
                exchange.findings.push(finding.with_exchange(&other.lines));
            }
        }
        talk.done_with(op, exchange.findings);
        if exchange.is_over {
            return false;
        }
    }
    unlisted(talk, hello).await
}

async fn judged(
    talk: &mut Conversation<'_>,
    op: &'static str,
    request: &Request,
    reply: &AdapterReply,
) -> Option<Finding> {
    match reply {
        AdapterReply::Ok(answered) => match answer::misshapen(op, &members(op), answered) {
            Some(finding) => Some(finding),
            None => judgement::wrong(talk, op, request, answered).await,
        },
        AdapterReply::Reject(rejected) => judgement::refused(talk, op, request, rejected).await,
        AdapterReply::Unsupported(_) => Some(
            Finding::must("hello lists it, and it is answered with `unsupported`")
                .advise("take it out of `ops`, or answer it"),
        ),
        AdapterReply::Error(message) => Some(could_not_tell(message)),
    }
}

/// An `error` where there should be an answer.
pub(super) fn could_not_tell(message: &str) -> Finding {
    let what = format!("the adapter could not tell: {message}");
    Finding::new(Severity::Incomplete, what)
        .advise("`error` is neither right nor wrong: its cases could not run, which is exit 3")
        .advise("look at what was thrown, and print it to standard error while you do")
}

async fn unlisted(talk: &mut Conversation<'_>, hello: &Hello) -> bool {
    let step = "operations that hello does not list";
    let mut findings = Vec::new();
    for op in OPERATIONS.into_iter().filter(|op| !hello.has(op)) {
        let exchange = talk.ask(&request(op)).await;
        findings.extend(exchange.findings);
        if exchange.is_over {
            talk.done(step, "", findings);
            return false;
        }
        if let Some(reply) = exchange.reply
            && !matches!(reply, AdapterReply::Unsupported(_))
        {
            let kind = reply.kind();
            let what = format!("hello does not list {op}, and it is answered with `{kind}`");
            let finding = Finding::must(what)
                .advise("list in `ops` what you answer; answer the rest `unsupported`");
            findings.push(finding.with_exchange(&exchange.lines));
        }
    }
    if OPERATIONS.into_iter().any(|op| !hello.has(op)) {
        talk.done(step, "`unsupported`", findings);
    }
    true
}
