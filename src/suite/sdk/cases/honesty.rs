//! That the adapter answers `unsupported` or `error` where it has no answer.

use crate::adapter::{AdapterReply, OPERATIONS, Request};
use crate::crypto::encoding;
use crate::harness::{Case, Judged};
use crate::suite::sdk::context::{Context, check};
use crate::suite::sdk::input::unknown_operation;

pub(super) fn cases() -> Vec<Case<Context>> {
    vec![
        Case::new("sdk/honesty/unknown-operation", "sdk-honesty", unknown),
        Case::new("sdk/honesty/operations", "sdk-honesty", operations),
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

async fn operations(context: &Context) -> Judged {
    let mut wrong = Vec::new();
    for op in OPERATIONS {
        let claimed = context.session().hello().has(op);
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
