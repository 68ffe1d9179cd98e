//! Bodies of the four key endpoints that take one.

use serde::Serialize;

use super::body::Body;
use super::project::ProofFields;
use super::reader::Reader;
use crate::contract::custody::HistoryPolicy;
use crate::contract::limit;

/// `encryption-key/rotate`. The whole body is optional.
#[derive(Debug, Clone, Default, Serialize)]
pub struct RotateEncryptionKey {
    /// What happens to historical versions; the project's setting if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub history_policy: Option<HistoryPolicy>,
}

impl Body for RotateEncryptionKey {
    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        Some(Self { history_policy: history_policy(reader) })
    }
}

fn history_policy(reader: &mut Reader<'_>) -> Option<HistoryPolicy> {
    let words = HistoryPolicy::ALL.map(|policy| (policy.name(), policy));
    reader.one_of("history_policy", &words)
}

/// `secrets/rotate-client-keys`.
#[derive(Debug, Clone, Serialize)]
pub struct RotateClientKeys {
    /// Every current secret, sealed under the new key.
    pub secrets: Vec<RotatedSecret>,
    /// The proof of the new key.
    #[serde(flatten)]
    pub proof: ProofFields,
    /// Announces whether history will be moved too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub history_policy: Option<HistoryPolicy>,
}

/// One current secret under the new key.
#[derive(Debug, Clone, Serialize)]
pub struct RotatedSecret {
    /// The secret's id, a text on the wire.
    pub id: String,
    /// Its blob.
    pub content: String,
}

impl Body for RotateClientKeys {
    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let secrets = reader.list("secrets", 0..=limit::SECRETS, |item| {
            let (id, content) = (item.text("id"), item.content("content"));
            Some(RotatedSecret { id: id?.to_owned(), content: content?.to_owned() })
        });
        let proof = ProofFields::read(reader);
        let history_policy = history_policy(reader);
        Some(Self { secrets: secrets?, proof: proof?, history_policy })
    }
}

/// `secrets/re-encrypt-history/pending`. The whole body is optional.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ListPending {
    /// Most rows of the answer, 1 to 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<usize>,
}

impl Body for ListPending {
    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let limit = reader.optional_integer("limit", 1, limit::BATCH as i64);
        Some(Self { limit: limit.and_then(|limit| usize::try_from(limit).ok()) })
    }
}

/// `secrets/re-encrypt-history`.
#[derive(Clone, Serialize)]
pub struct SubmitReencrypted {
    /// Historical versions, sealed under the active key. 1 to 100.
    pub versions: Vec<ReencryptedVersion>,
    /// The proof of the active key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_proof: Option<String>,
}

/// One historical version under the active key.
#[derive(Debug, Clone, Serialize)]
pub struct ReencryptedVersion {
    /// The version's row id, a number on the wire.
    pub id: i64,
    /// Its blob.
    pub content: String,
}

impl Body for SubmitReencrypted {
    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let versions = reader.list("versions", 1..=limit::BATCH, |item| {
            let (id, content) = (item.integer("id"), item.content("content"));
            Some(ReencryptedVersion { id: id?, content: content?.to_owned() })
        });
        let key_proof = reader.expected_text("key_proof").map(str::to_owned);
        Some(Self { versions: versions?, key_proof })
    }
}
