//! That the adapter answers `unsupported` or `error` where it has no answer.

use crate::adapter::{AdapterReply, CLIENT_OPERATIONS, OPERATIONS, Request};
use crate::crypto::encoding;
use crate::harness::{Case, Judged, Phase};
use crate::suite::sdk::context::{Context, check};
use crate::suite::sdk::input::unknown_operation;

pub(super) fn cases() -> Vec<Case<Context>> {
    vec![
        Case::new("sdk/honesty/unknown-operation", "sdk-honesty", unknown),
        Case::new("sdk/honesty/operations", "sdk-honesty", operations).phase(Phase::Late),
        Case::new("sdk/honesty/known-operations", "sdk-known-operations", known),
        Case::new("sdk/honesty/members", "sdk-members", members).phase(Phase::Late),
    ]
}

async fn unknown(context: &Context) -> Judged {
    let reply = context.reply(&unknown_operation()?).await?;
    check(
        matches!(reply, AdapterReply::Unsupported(_)),
        "an operation that nobody knows is not answered with `unsupported`",
        "unsupported",
        reply.kind(),
    )
}

/// A right request for each operation.
fn sample(op: &'static str) -> Request {
    let (salt, key) = (encoding::encode([0; 16]), encoding::encode([7; 32]));
    let blob = encoding::encode([0; 28]);
    match op {
        "pad_key" => Request::pad_key("k"),
        "derive_key_proof" => Request::derive_key_proof("k", &salt, 1),
        "generate_key_proof" => Request::generate_key_proof("k"),
        "verify_key_proof" => Request::verify_key_proof("k", &salt, 1, ""),
        "derive_data_key" => Request::derive_data_key("k", &salt, 1),
        "encrypt" => Request::encrypt(&key, "A=1"),
        "decrypt" => Request::decrypt(&key, &blob),
        "encrypt_with_project_key" => Request::encrypt_with_project_key("k", "A=1"),
        _ => Request::decrypt_with_project_key("k", &blob),
    }
}

/// Each operation that hello lists and no case has had answered, and each that it does not list.
async fn operations(context: &Context) -> Judged {
    let mut wrong = Vec::new();
    let answered = context.shared.record.operations();
    for op in OPERATIONS {
        let claimed = context.session().hello().has(op);
        if claimed && answered.contains(&op) {
            continue;
        }
        let reply = context.reply(&sample(op)).await?;
        let answered = !matches!(reply, AdapterReply::Unsupported(_));
        if claimed != answered {
            let claim = if claimed { "lists" } else { "does not list" };
            wrong.push(format!("hello {claim} {op}, which answers {}", reply.kind()));
        }
    }
    check(
        wrong.is_empty(),
        "hello and the answers do not agree on what operations there are",
        "what hello lists is answered, and nothing else",
        &wrong.join("\n"),
    )
}

/// An operation that this version does not know may be one of a newer version, or misspelt.
async fn known(context: &Context) -> Judged {
    let ops = context.session().hello().ops.iter().map(String::as_str);
    let known = |op: &&str| OPERATIONS.contains(op) || CLIENT_OPERATIONS.contains(op);
    let unknown: Vec<&str> = ops.filter(|op| !known(op)).collect();
    check(
        unknown.is_empty(),
        "hello lists an operation that this keyproof does not know",
        "the names of the protocol's tables",
        &unknown.join(", "),
    )
}

/// All answers of the run. This case asks for those itself that no other case has had, as in a run of it alone.
async fn members(context: &Context) -> Judged {
    let answered = context.shared.record.operations();
    let is_open = |op: &&str| context.session().hello().has(op) && !answered.contains(op);
    for op in OPERATIONS.into_iter().filter(is_open) {
        context.reply(&sample(op)).await?;
    }
    let surplus = context.shared.record.surplus();
    check(
        surplus.is_empty(),
        "an answer has a member that its operation does not have",
        "the members of the operation, and none besides",
        &surplus.join(", "),
    )
}
