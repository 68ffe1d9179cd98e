//! What a server that is less strict than this mock makes of a body before it reads its members.

use serde_json::{Value, json};

use crate::contract::custody::HistoryPolicy;
use crate::contract::limit;
use crate::contract::route::Endpoint;
use crate::mock::config::Config;
use crate::mock::faults::Defect;
use crate::mock::variants::Variant;

/// The body as the defects and variants of this mock take it.
pub(super) fn relax(config: &Config, endpoint: Endpoint, body: Option<Value>) -> Option<Value> {
    let mut body = body?;
    match endpoint {
        Endpoint::RotateEncryptionKey if config.has(Defect::RotateAcceptsAnyPolicy) => {
            let word = body["history_policy"].as_str().unwrap_or_default();
            if let (None, Some(members)) = (HistoryPolicy::named(word), body.as_object_mut()) {
                members.remove("history_policy");
            }
        }
        Endpoint::SubmitReencrypted if config.varies(Variant::IdsOfEitherType) => {
            for version in body["versions"].as_array_mut().into_iter().flatten() {
                cast(version, "id");
            }
        }
        Endpoint::RotateClientKeys if config.varies(Variant::IdsOfEitherType) => {
            for secret in body["secrets"].as_array_mut().into_iter().flatten() {
                if let Some(number) = secret["id"].as_u64() {
                    secret["id"] = json!(number.to_string());
                }
            }
        }
        Endpoint::DeleteSecrets if config.has(Defect::DeleteNeedsNoConfirmation) => {
            body["confirmed"] = json!(true);
        }
        Endpoint::RotateClientKeys if config.has(Defect::ClientRotationCastsTypes) => {
            cast(&mut body, "key_check_iterations");
        }
        Endpoint::ListPending if config.varies(Variant::PendingLimitClamped) => {
            cast(&mut body, "limit");
            if let Some(limit) = body["limit"].as_u64() {
                body["limit"] = json!(limit.clamp(1, limit::BATCH as u64));
            }
        }
        _ => {}
    }
    Some(body)
}

/// Digits for the number that they write.
fn cast(body: &mut Value, member: &str) {
    let number = body[member]
        .as_str()
        .and_then(|text| text.parse::<u64>().ok());
    if let Some(number) = number {
        body[member] = json!(number);
    }
}
