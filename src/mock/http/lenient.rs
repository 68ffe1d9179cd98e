//! What a server that is less strict than this mock makes of a body before it reads its members.

use serde_json::{Value, json};

use crate::contract::custody::HistoryPolicy;
use crate::contract::limit;
use crate::contract::route::Endpoint;
use crate::mock::config::Config;
use crate::mock::misbehaviour::defect::Defect;
use crate::mock::misbehaviour::variant::Variant;

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
            for version in list(&mut body, "versions") {
                cast(version, "id");
            }
        }
        Endpoint::RotateClientKeys if config.varies(Variant::IdsOfEitherType) => {
            for secret in list(&mut body, "secrets") {
                if let Some(number) = secret["id"].as_u64() {
                    secret["id"] = json!(number.to_string());
                }
            }
        }
        Endpoint::DeleteSecrets if config.has(Defect::DeleteNeedsNoConfirmation) => {
            if let Some(members) = body.as_object_mut() {
                members.insert("confirmed".to_owned(), json!(true));
            }
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

/// The items of a member that is a list. None of a body that is no object: to index that would panic.
fn list<'b>(body: &'b mut Value, member: &str) -> impl Iterator<Item = &'b mut Value> {
    let items = body.get_mut(member).and_then(Value::as_array_mut);
    items.into_iter().flatten()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_that_is_no_object_is_left_as_it_is() {
        let mut config = Config::default();
        config.defects.insert(Defect::RotateAcceptsAnyPolicy);
        config.defects.insert(Defect::DeleteNeedsNoConfirmation);
        config.defects.insert(Defect::ClientRotationCastsTypes);
        config.variants.insert(Variant::IdsOfEitherType);
        config.variants.insert(Variant::PendingLimitClamped);
        for endpoint in [
            Endpoint::RotateEncryptionKey,
            Endpoint::SubmitReencrypted,
            Endpoint::RotateClientKeys,
            Endpoint::DeleteSecrets,
            Endpoint::ListPending,
        ] {
            for body in [
                json!(null),
                json!([]),
                json!([{"id": "1"}]),
                json!("text"),
                json!(7),
            ] {
                let relaxed = relax(&config, endpoint, Some(body.clone()));
                assert_eq!(relaxed, Some(body), "{endpoint:?}");
            }
        }
    }
}
