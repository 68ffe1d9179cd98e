//! The rows that change an answer: those of the defects and variants that are switched on, then the user's own.

use std::sync::{Arc, LazyLock};

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use futures::StreamExt as _;
use futures::stream;
use serde_json::Value;

use super::conduct::Conduct;
use super::form;
use super::operator::{Operator, Part};
use super::pointer::Place;
use super::row::{Answered, Row};
use super::table::{Entry, find, table};
use crate::contract::limit;
use crate::contract::route::Endpoint;
use crate::mock::{Config, Defect, Variant};

/// Bytes of one of the pieces in which a body is sent.
const PIECE: usize = 64;
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
    Defect::VersionListMiscounts [ListVersions] r#"{"at": "/data/*/attributes/size_bytes", "do": {"add": 1}}"#;
    Defect::VersionIdAsNumber [GetVersion] r#"{"at": "/data/id", "do": "to_number"}"#;
    Defect::HistoryChangesActiveProof [GetKeyHistory] r#"{"at": "/data/0/key_check", "do": "other_case"}"#;
    Defect::HistoryChangesActiveSalt [GetKeyHistory] r#"{"at": "/data/0/key_check_salt", "do": "other_case"}"#;
    Defect::HistoryChangesActiveIterations [GetKeyHistory] r#"{"at": "/data/0/key_check_iterations", "do": {"add": 1}}"#;
    Defect::HistoryChangesRotatedProof [GetKeyHistory] r#"{"at": "/data/1/key_check", "do": "other_case"}"#;
    Defect::HistoryChangesRotatedSalt [GetKeyHistory] r#"{"at": "/data/1/key_check_salt", "do": "other_case"}"#;
    Defect::HistoryChangesRotatedIterations [GetKeyHistory] r#"{"at": "/data/1/key_check_iterations", "do": {"add": 1}}"#;
    Defect::HistorySaysClientManaged [GetKeyHistory] r#"{"at": "/data/*/managed", "do": {"set": "client"}}"#;
    Defect::HistorySaysServerManaged [GetKeyHistory] r#"{"at": "/data/*/managed", "do": {"set": "server"}}"#;
    Defect::VersionChangesKeySalt [GetVersion] r#"{"at": "/data/key/key_check_salt", "do": "other_case"}"#;
    Defect::VersionChangesKeyIterations [GetVersion] r#"{"at": "/data/key/key_check_iterations", "do": {"add": 1}}"#;
    Defect::VersionChangesKeyProof [GetVersion] r#"{"at": "/data/key/key_check", "do": "other_case"}"#;
    Defect::VersionSaysClientManaged [GetVersion] r#"{"at": "/data/key/managed", "do": {"set": "client"}}"#;
    Defect::VersionSaysServerManaged [GetVersion] r#"{"at": "/data/key/managed", "do": {"set": "server"}}"#;
    Defect::VersionKeyTimesAsNumbers [GetVersion] r#"{"at": "/data/key/created_at", "do": "to_number"}"#;
    Defect::RotateAnswersOtherSalt [RotateEncryptionKey] r#"{"at": "/data/key/attributes/key_check_salt", "do": "other_case"}"#;
    Defect::RotateAnswersOtherIterations [RotateEncryptionKey] r#"{"at": "/data/key/attributes/key_check_iterations", "do": {"add": 1}}"#;
    Defect::RotateManagedAsNumber [RotateEncryptionKey] r#"{"at": "/data/key/attributes/managed", "do": "to_number"}"#;
    Defect::DescriptorAnsweredAsCreated [GetEncryptionKey] r#"{"do": {"status": 201}}"#;
    Defect::SecretsSayUnsealed [GetProjectSecrets | GetTargetSecrets | GetEnvironmentSecrets | RetrieveSecrets] r#"{"at": "/data/attributes/levels/*/encrypted", "do": {"set": false}}"#;
    Defect::SecretsSayOtherFormat [GetProjectSecrets | GetTargetSecrets | GetEnvironmentSecrets | RetrieveSecrets] r#"{"at": "/data/attributes/format", "do": {"set": "json"}}"#;
    Defect::SecretsEncryptedAsText [GetProjectSecrets | GetTargetSecrets | GetEnvironmentSecrets | RetrieveSecrets] r#"{"at": "/data/attributes/encrypted", "do": "to_text"}"#;
    Defect::PendingCountsOneMore [ListPending] r#"{"at": "/meta/remaining", "do": {"add": 1}}"#;
    Defect::ProjectsListedEmpty [ListProjects] r#"{"at": "/data", "do": {"set": []}}"#;
    Defect::ProjectAnsweredEmpty [GetProject] r#"{"do": {"status": 204}}"#;
    Defect::TokensOutliveDeletion [DeleteApiKey] r#"{"do": "swallow"}"#;
    Defect::ProjectsOutliveDeletion [DeleteProject] r#"{"do": "swallow"}"#;
    Defect::TargetsOutliveDeletion [DeleteTarget] r#"{"do": "swallow"}"#;
    Variant::DescriptorIdAsNumber [GetEncryptionKey | RetrieveSecrets] r#"{"at": "/data/id", "do": "to_number"}"#;
    Variant::DescriptorIdNull [GetEncryptionKey | RetrieveSecrets] r#"{"at": "/data/id", "do": "null"}"#;
    Variant::WritesAnsweredAsCreated [StoreSecrets | RestoreVersion | RotateEncryptionKey | RotateClientKeys | SubmitReencrypted | ListPending | ListVersions | PurgeVersions] r#"{"when": 200, "do": {"status": 201}}"#;
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
    Defect::ApiVersionMissingFromHistory [GetKeyHistory] r#"{"when": "always", "do": {"remove_header": "x-api-version"}}"#;
    Defect::SecurityHeaderMissingFromStore [StoreSecrets] r#"{"when": "always", "do": {"remove_header": "x-frame-options"}}"#;
    Defect::RateLimitResetMissingFromPending [ListPending] r#"{"when": "always", "do": {"remove_header": "x-ratelimit-reset"}}"#;
    Defect::PendingScopeBadRequest [ListPending] r#"{"when": "insufficient_permissions", "do": {"status": 400}}"#;
    Defect::SubmitUnknownProjectGone [SubmitReencrypted] r#"{"when": "not_found", "do": {"status": 410}}"#;
    Defect::LegacyPathsSilent [*] r#"{"when": "always", "do": {"remove_header": "deprecation"}}"#;
    Defect::LegacyPathsSilent [*] r#"{"when": "always", "do": {"remove_header": "sunset"}}"#;
}

/// The same, parsed once in a process, and never in one whose mocks have no defect and no variant.
static BUILT_IN: LazyLock<Vec<Entry<Row>>> = LazyLock::new(|| {
    let parse = |text| serde_json::from_str(text).expect("a built-in row is one of a user's");
    WRITTEN.iter().map(|&Entry { name, on, does }| Entry { name, on, does: parse(does) }).collect()
});

/// The built-in rows about whole operations of an endpoint.
pub(super) fn of_operation(config: &Config, endpoint: Endpoint) -> impl Iterator<Item = &Row> {
    let is_any = !config.defects.is_empty() || !config.variants.is_empty();
    let entries = if is_any { BUILT_IN.as_slice() } else { &[] };
    let rows = find(entries, config, Some(endpoint)).map(|row| -> &Row { row });
    rows.filter(|row| matches!(row.part(), Part::Write | Part::Read))
}

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
        if !self.rows.iter().any(|row| matches!(row.part(), Part::Body | Part::Form)) {
            return body;
        }
        let Ok(mut value) = serde_json::from_slice(&body) else {
            return body;
        };
        let body = if self.change_body(&mut value) { value.to_string().into_bytes() } else { body };
        self.write(&value).unwrap_or(body)
    }

    /// Writes a body in another form, if they have one.
    pub(in crate::mock) fn write(&self, body: &Value) -> Option<Vec<u8>> {
        let mut operators = self.rows.iter().map(|row| &row.operator);
        operators.find_map(|operator| match operator {
            Operator::Spaced => serde_json::to_vec_pretty(body).ok(),
            Operator::Escaped => form::escaped(body).ok(),
            _ => None,
        })
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
                Operator::Chunked if response.status() != StatusCode::NO_CONTENT => {
                    let body = std::mem::take(response.body_mut()).into_data_stream();
                    let pieces = body.flat_map(|piece| {
                        let pieces = piece.map(|bytes| {
                            let starts = (0..bytes.len()).step_by(PIECE);
                            let end = |start: usize| bytes.len().min(start + PIECE);
                            starts.map(|start| bytes.slice(start..end(start))).collect()
                        });
                        let pieces = pieces.map_or_else(
                            |error| vec![Err(error)],
                            |pieces: Vec<_>| pieces.into_iter().map(Ok).collect(),
                        );
                        stream::iter(pieces)
                    });
                    *response.body_mut() = Body::from_stream(pieces);
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
