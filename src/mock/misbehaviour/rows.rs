//! The rows that change an answer: those of the defects and variants that are switched on, then the user's own.

use std::sync::{Arc, LazyLock};

use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use serde_json::Value;

use super::conduct::Conduct;
use super::operator::{Operator, Part};
use super::pointer::Place;
use super::row::{Answered, Row};
use super::table::{Entry, table};
use crate::contract::limit;
use crate::mock::{Config, Defect, Variant};

/// By how many bytes rows can make an answer longer.
const BUDGET: usize = limit::BODY_BYTES;

table! {
    /// Rows as users write them.
    WRITTEN: &str;

    Defect::DescriptorVersionAsText [GetEncryptionKey | RetrieveSecrets] r#"{"at": "/data/attributes/content/@json/key/version", "do": "to_text"}"#;
    Defect::DescriptorOmitsKey [GetEncryptionKey | RetrieveSecrets] r#"{"at": "/data/attributes/content/@json/key/key", "do": "delete"}"#;
    Defect::HistoryVersionAsNumber [GetKeyHistory] r#"{"at": "/data/*/version", "do": "to_number"}"#;
    Variant::HistoryWithoutProofs [GetKeyHistory] r#"{"at": "/data/*/key_check", "do": "delete"}"#;
    Variant::HistoryWithoutProofs [GetKeyHistory] r#"{"at": "/data/*/key_check_salt", "do": "delete"}"#;
    Variant::HistoryWithoutProofs [GetKeyHistory] r#"{"at": "/data/*/key_check_iterations", "do": "delete"}"#;
    Defect::RotateVersionAsNumber [RotateEncryptionKey] r#"{"at": "/data/key/attributes/version", "do": "to_number"}"#;
    Defect::ClientRotationMiscounts [RotateClientKeys] r#"{"at": "/data/count", "do": {"add": 1}}"#;
    Defect::ClientRotationOmitsSuccess [RotateClientKeys] r#"{"at": "/success", "do": "delete"}"#;
    Defect::PendingEndsEarly [ListPending] r#"{"at": "/meta/remaining", "do": {"set": 0}}"#;
    Defect::PendingVersionAsNumber [ListPending] r#"{"at": "/data/*/key_version", "do": "to_number"}"#;
    Defect::SubmitCountsAsText [SubmitReencrypted] r#"{"at": "/data/updated", "do": "to_text"}"#;
    Defect::SubmitMiscounts [SubmitReencrypted] r#"{"at": "/data/updated", "do": {"add": 1}}"#;
    Defect::SubmitEndsEarly [SubmitReencrypted] r#"{"at": "/data/remaining", "do": {"set": 0}}"#;
    Defect::StoreAnswersProject [StoreSecrets] r#"{"at": "/data/level", "do": {"set": "project"}}"#;
    Defect::SecretsFormatHierarchical [GetProjectSecrets | GetTargetSecrets | GetEnvironmentSecrets | RetrieveSecrets] r#"{"at": "/data/attributes/format", "do": {"set": "hierarchical"}}"#;
    Variant::SecretIdsAbsent [GetProjectSecrets | GetTargetSecrets | GetEnvironmentSecrets | RetrieveSecrets] r#"{"at": "/data/attributes/levels/*/id", "do": "delete"}"#;
    Defect::VersionIdAsNumber [GetVersion] r#"{"at": "/data/id", "do": "to_number"}"#;
    Defect::RestoreAnswersNumber [RestoreVersion] r#"{"at": "/data/restored_from", "do": "to_number"}"#;

    Variant::UnauthenticatedWithoutCode [*] r#"{"when": "unauthenticated", "at": "/error", "do": "delete"}"#;
    Variant::UnauthenticatedWithoutCode [*] r#"{"when": 401, "do": {"remove_header": "www-authenticate"}}"#;
    Variant::NotFoundWithoutCode [*] r#"{"when": "not_found", "at": "/error", "do": "delete"}"#;
    Variant::ClientCustodyWithoutCode [*] r#"{"when": "client_managed_encryption", "at": "/error", "do": "delete"}"#;
    Variant::ConflictWithoutCode [*] r#"{"when": "rotation_in_progress", "at": "/error", "do": "delete"}"#;
    Variant::RateLimitedWithoutCode [*] r#"{"when": "rate_limited", "at": "/error", "do": "delete"}"#;

    Variant::MethodsNotFound [*] r#"{"when": 404, "do": {"remove_header": "allow"}}"#;
    Defect::RetryAfterMissing [*] r#"{"when": 429, "do": {"remove_header": "retry-after"}}"#;
    Defect::ApiVersionOnSuccessOnly [*] r#"{"when": "refusal", "do": {"remove_header": "x-api-version"}}"#;
    Defect::SecurityHeadersOnSuccessOnly [*] r#"{"when": "refusal", "do": {"remove_header": "x-content-type-options"}}"#;
    Defect::SecurityHeadersOnSuccessOnly [*] r#"{"when": "refusal", "do": {"remove_header": "x-frame-options"}}"#;
    Defect::SecurityHeadersOnSuccessOnly [*] r#"{"when": "refusal", "do": {"remove_header": "x-xss-protection"}}"#;
    Defect::SecurityHeadersOnSuccessOnly [*] r#"{"when": "refusal", "do": {"remove_header": "strict-transport-security"}}"#;
    Defect::RateLimitHeadersOnSuccessOnly [*] r#"{"when": "refusal", "do": {"remove_header": "x-ratelimit-limit"}}"#;
    Defect::RateLimitHeadersOnSuccessOnly [*] r#"{"when": "refusal", "do": {"remove_header": "x-ratelimit-remaining"}}"#;
    Defect::RateLimitHeadersOnSuccessOnly [*] r#"{"when": "refusal", "do": {"remove_header": "x-ratelimit-reset"}}"#;
    Defect::LegacyPathsSilent [*] r#"{"when": "always", "do": {"remove_header": "deprecation"}}"#;
    Defect::LegacyPathsSilent [*] r#"{"when": "always", "do": {"remove_header": "sunset"}}"#;
}

/// The same, parsed once in a process, and never in one whose mocks have no defect and no variant.
static BUILT_IN: LazyLock<Vec<Entry<Row>>> = LazyLock::new(|| {
    let parse = |text| serde_json::from_str(text).expect("a built-in row is one of a user's");
    WRITTEN.iter().map(|&Entry { name, on, does }| Entry { name, on, does: parse(does) }).collect()
});

/// The rows that apply to one answer.
pub(in crate::mock) struct Rows<'c> {
    rows: Vec<&'c Row>,
    /// Whether text may stand in another member of the body than in the one whose name says what it is.
    pub(in crate::mock) move_text: bool,
}

impl<'c> Rows<'c> {
    pub(in crate::mock) fn of(
        config: &'c Config,
        conduct: Option<&Arc<Conduct>>,
        answered: &Answered,
    ) -> Self {
        let own = || config.rows.iter().filter(|row| row.is_about(answered));
        let built_in = conduct.into_iter().flat_map(|conduct| conduct.find(&BUILT_IN));
        let built_in = built_in.filter(|row| row.when.is_that_of(answered));
        let built_in = built_in.map(|row| -> &'c Row { row });
        // Built-in rows move no text that a client has sent.
        let move_text = own().any(|row| row.operator.moves_text());
        Self { rows: built_in.chain(own()).collect(), move_text }
    }

    /// Changes a body. One that is not JSON stays as it is.
    pub(in crate::mock) fn change_bytes(&self, body: Vec<u8>) -> Vec<u8> {
        if !self.rows.iter().any(|row| row.part() == Part::Body) {
            return body;
        }
        let Ok(mut value) = serde_json::from_slice(&body) else {
            return body;
        };
        if self.change_body(&mut value) { value.to_string().into_bytes() } else { body }
    }

    /// Changes a body. Whether they lead anywhere in it.
    pub(in crate::mock) fn change_body(&self, body: &mut Value) -> bool {
        let mut budget = BUDGET;
        let rows = self.rows.iter().filter(|row| row.part() == Part::Body);
        rows.fold(false, |found, row| {
            let mut change = |place: Place<'_>| row.operator.change(place, &mut budget);
            row.at.visit(body, &mut change) || found
        })
    }

    /// Changes the status and the headers of an answer.
    pub(in crate::mock) fn change_head(&self, response: &mut Response) {
        for row in &self.rows {
            match &row.operator {
                Operator::Status(number) => {
                    let status = StatusCode::from_u16(*number).unwrap_or(response.status());
                    *response.status_mut() = status;
                }
                Operator::SetHeader { name, value } => {
                    let name = name.parse::<HeaderName>();
                    if let (Ok(name), Ok(value)) = (name, HeaderValue::from_str(value)) {
                        response.headers_mut().insert(name, value);
                    }
                }
                Operator::RemoveHeader(name) => {
                    response.headers_mut().remove(name.as_str());
                }
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_built_in_row_is_one_that_users_can_write() {
        assert_eq!(BUILT_IN.len(), WRITTEN.len());
    }
}
