//! Response bodies. Member types follow what the published Go client decodes: a version is a number
//! in the descriptor and text everywhere else.

use serde::Serialize;

/// `{"data": …}`.
#[derive(Debug, Clone, Serialize)]
pub struct Data<T> {
    /// The answer itself.
    pub data: T,
}

/// The active key, inside the descriptor's `content` text.
#[derive(Clone, Serialize)]
pub struct Descriptor {
    /// `server` or `client`.
    pub managed: &'static str,
    /// The raw key, under server custody only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Base64 of the salt; absent on a client key without verification.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_check_salt: Option<String>,
    /// Iterations; absent on a client key without verification.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_check_iterations: Option<u32>,
    /// A number here.
    pub version: u64,
    /// RFC 3339.
    pub created_at: String,
}

/// One key of the history.
#[derive(Debug, Clone, Serialize)]
pub struct HistoryEntry {
    /// Text here.
    pub version: String,
    /// `server` or `client`.
    pub managed: &'static str,
    /// The proof, on client entries that have one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_check: Option<String>,
    /// Its salt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_check_salt: Option<String>,
    /// Its iterations.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_check_iterations: Option<u32>,
    /// Whether it is the active key.
    pub is_active: bool,
    /// RFC 3339.
    pub created_at: String,
    /// RFC 3339, on rotated keys.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rotated_at: Option<String>,
}

/// `data.key` of a server rotation.
#[derive(Clone, Serialize)]
pub struct RotatedKey {
    /// `encryption-keys`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The key row's id, as text.
    pub id: String,
    /// The key itself.
    pub attributes: RotatedKeyAttributes,
}

/// The new key.
#[derive(Clone, Serialize)]
pub struct RotatedKeyAttributes {
    /// The key row's id, as a number.
    pub id: u64,
    /// `server`.
    pub managed: &'static str,
    /// The raw key.
    pub key: String,
    /// Base64 of the salt.
    pub key_check_salt: String,
    /// Iterations.
    pub key_check_iterations: u32,
    /// Text here.
    pub version: String,
    /// Always true.
    pub is_active: bool,
    /// RFC 3339.
    pub created_at: String,
}

/// One historical version that is still under an older key.
#[derive(Debug, Clone, Serialize)]
pub struct PendingVersion {
    /// The version's row id, a number.
    pub id: u64,
    /// Its blob.
    pub content: std::sync::Arc<str>,
    /// The key it is under, as text: a `version` of the history.
    pub key_version: String,
}

/// What a submit of re-encrypted versions did.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Submitted {
    /// Versions that were moved.
    pub updated: usize,
    /// Versions that are still pending.
    pub remaining: usize,
}
