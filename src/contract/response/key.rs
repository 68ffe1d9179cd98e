//! Keys, and what happens to history under the older ones.

use serde::Serialize;

use super::document::Resource;

/// The answer of `encryption-key`: the active key, as JSON in a text.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct DescriptorAttributes {
    /// `json`.
    pub format: &'static str,
    /// Always false: the content is not encrypted.
    pub encrypted: bool,
    /// The document that says all of the key, as text.
    #[cfg_attr(feature = "openapi", schemars(schema_with = "descriptor_text"))]
    pub content: String,
}

#[cfg(feature = "openapi")]
fn descriptor_text(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schemars::json_schema!({
        "description": "The active key, as JSON.",
        "type": "string",
        "contentMediaType": "application/json",
        "contentSchema": generator.subschema_for::<DescriptorContent>(),
    })
}

/// The JSON in the text of a descriptor.
#[derive(Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct DescriptorContent {
    /// The active key.
    pub key: Descriptor,
}

/// The active key.
#[derive(Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct Descriptor {
    /// `server` or `client`.
    pub managed: &'static str,
    /// The raw key, under server custody only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schemars(with = "String"))]
    pub key: Option<String>,
    /// Base64 of the salt; absent on a client key without verification.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schemars(with = "String"))]
    pub key_check_salt: Option<String>,
    /// Iterations; absent on a client key without verification.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schemars(with = "u32"))]
    pub key_check_iterations: Option<u32>,
    /// The version of the key: a number here, text elsewhere.
    pub version: u64,
    /// RFC 3339.
    pub created_at: String,
}

/// One key of the history.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct HistoryEntry {
    /// The version of the key: text here, a number in the descriptor.
    pub version: String,
    /// `server` or `client`.
    pub managed: &'static str,
    /// The proof, on client entries that have one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schemars(with = "String"))]
    pub key_check: Option<String>,
    /// Base64 of the salt of the proof.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schemars(with = "String"))]
    pub key_check_salt: Option<String>,
    /// Iterations of the proof.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schemars(with = "u32"))]
    pub key_check_iterations: Option<u32>,
    /// Whether it is the active key.
    pub is_active: bool,
    /// RFC 3339.
    pub created_at: String,
    /// RFC 3339, on rotated keys.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schemars(with = "String"))]
    pub rotated_at: Option<String>,
}

/// A server-managed key was rotated.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct Rotated {
    /// A sentence for people.
    pub message: &'static str,
    /// The new key.
    pub data: RotatedKeyData,
}

/// The new key of a server rotation.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct RotatedKeyData {
    /// The new key.
    pub key: RotatedKey,
}

/// `data.key` of a server rotation, of the type `encryption-keys`.
pub type RotatedKey = Resource<RotatedKeyAttributes>;

/// The new key.
#[derive(Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct RotatedKeyAttributes {
    /// The key row's id, as a number.
    pub id: u64,
    /// `server`.
    pub managed: &'static str,
    /// The raw key.
    pub key: String,
    /// Base64 of the salt; absent where the key is used as it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schemars(with = "String"))]
    pub key_check_salt: Option<String>,
    /// Iterations; absent where the key is used as it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schemars(with = "u32"))]
    pub key_check_iterations: Option<u32>,
    /// The version of the key: text here, a number in the descriptor.
    pub version: String,
    /// Always true.
    pub is_active: bool,
    /// RFC 3339.
    pub created_at: String,
}

/// A client-managed key was rotated.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct RotatedClientKeys {
    /// Always true.
    pub success: bool,
    /// A sentence for people.
    pub message: &'static str,
    /// The result.
    pub data: Count,
}

/// The result of a client rotation.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct Count {
    /// Secrets that were stored under the new key.
    pub count: usize,
}

/// Historical versions that are still under an older key, oldest first.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct Pending {
    /// One page of them.
    pub data: Vec<PendingVersion>,
    /// How many are left.
    pub meta: PendingMeta,
}

/// How many historical versions are still under an older key.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct PendingMeta {
    /// All of them, those of this page included.
    pub remaining: usize,
}

/// One historical version that is still under an older key.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct PendingVersion {
    /// The version's row id, a number.
    pub id: u64,
    /// Its blob.
    pub content: std::sync::Arc<str>,
    /// The key it is under, as text: a `version` of the history.
    pub key_version: String,
}

/// The result of a submit of re-encrypted versions.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct Submitted {
    /// Versions that were moved.
    pub updated: usize,
    /// Versions that are still pending.
    pub remaining: usize,
}
