//! Bodies of the four key endpoints that take one.

use super::body::Body;
use super::project::ProofFields;
use super::reader::Reader;
use crate::contract::custody::HistoryPolicy;
use crate::contract::limit;

/// `encryption-key/rotate`. The whole body is optional.
#[derive(Debug, Clone)]
pub struct RotateEncryptionKey {
    /// What happens to historical versions; the project's setting if absent.
    pub history_policy: Option<HistoryPolicy>,
}

impl Body for RotateEncryptionKey {
    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        Some(Self { history_policy: reader.one_of("history_policy") })
    }
}

/// `secrets/rotate-client-keys`.
#[derive(Debug, Clone)]
pub struct RotateClientKeys {
    /// Every current secret, sealed under the new key.
    pub secrets: Vec<RotatedSecret>,
    /// The proof of the new key.
    pub proof: ProofFields,
    /// Announces whether history will be moved too.
    pub history_policy: Option<HistoryPolicy>,
}

/// One current secret under the new key.
#[derive(Debug, Clone)]
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
            Some(RotatedSecret { id: id?, content: content? })
        });
        let proof = ProofFields::read(reader);
        let history_policy = reader.one_of("history_policy");
        Some(Self { secrets: secrets?, proof: proof?, history_policy })
    }
}

/// `secrets/re-encrypt-history/pending`. The whole body is optional.
#[derive(Debug, Clone)]
pub struct ListPending {
    /// Most rows of the answer, 1 to 100.
    pub limit: Option<usize>,
}

impl Body for ListPending {
    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        Some(Self { limit: reader.optional_count("limit", limit::BATCH) })
    }
}

/// `secrets/re-encrypt-history`.
#[derive(Clone)]
pub struct SubmitReencrypted {
    /// Historical versions, sealed under the active key. 1 to 100.
    pub versions: Vec<ReencryptedVersion>,
    /// The proof of the active key.
    pub key_proof: Option<String>,
}

/// One historical version under the active key.
#[derive(Debug, Clone)]
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
            Some(ReencryptedVersion { id: id?, content: content? })
        });
        let key_proof = reader.expected_text("key_proof");
        Some(Self { versions: versions?, key_proof })
    }
}
