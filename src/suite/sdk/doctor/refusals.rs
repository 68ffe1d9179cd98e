//! Inputs that have to be refused, each with its class.

use super::conversation::Conversation;
use super::easy::{DATA_KEY, PLAINTEXT, salt, sealed};
use super::finding::{Finding, Severity};
use super::operations::could_not_tell;
use crate::adapter::{AdapterReply, Hello, Request};
use crate::crypto::{Class, DataKey, encoding};

const NOT_BASE64: &str = "not base64!";

/// Requests to be refused, with what is wrong with each and the class of its refusal.
fn all() -> [(Request, &'static str, Class); 4] {
    let data_key = encoding::encode(DATA_KEY);
    let other = encoding::encode([7; 32]);
    let blob = sealed(&DataKey::from(DATA_KEY), PLAINTEXT);
    [
        (Request::decrypt(&data_key, NOT_BASE64), "content that is not base64", Class::Malformed),
        (Request::decrypt(&other, &blob), "a blob under another key", Class::Authentication),
        (
            Request::derive_key_proof("k", NOT_BASE64, 1),
            "a salt that is not base64",
            Class::Malformed,
        ),
        (Request::encrypt_with_project_key("", &salt()), "the empty key", Class::EmptyKey),
    ]
}

/// Sends the inputs. False if the adapter has ended.
pub(super) async fn each(talk: &mut Conversation<'_>, hello: &Hello) -> bool {
    let mut findings = Vec::new();
    let mut is_over = false;
    for (request, what, class) in all() {
        if !hello.has(&request.op) || is_over {
            continue;
        }
        let mut exchange = talk.ask(&request).await;
        let finding = exchange.reply.as_ref().and_then(|reply| wrong(reply, what, class));
        exchange.find(finding, &talk.stderr());
        findings.extend(exchange.findings);
        is_over = exchange.is_over;
    }
    talk.done("refusals", "told by `reject` and their class", findings);
    !is_over
}

fn wrong(reply: &AdapterReply, what: &str, class: Class) -> Option<Finding> {
    let advice = format!("tell it by {{\"id\":…,\"reject\":{{\"class\":\"{}\"}}}}", class.name());
    let finding = match reply {
        AdapterReply::Reject(rejected) if rejected.class == Some(class) => return None,
        AdapterReply::Reject(rejected) => {
            let other = rejected.class_name();
            Finding::new(Severity::Should, format!("{what} is refused as `{other}`"))
        }
        AdapterReply::Error(message) => {
            let unclear = could_not_tell(message);
            return Some(Finding {
                what: format!("{what} is told by `error`, not by `reject`: {message}"),
                ..unclear.advise(advice)
            });
        }
        other => {
            Finding::must(format!("{what} is not refused, but answered with `{}`", other.kind()))
        }
    };
    Some(finding.advise(advice))
}
