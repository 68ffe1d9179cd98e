//! The versions of a level: its former contents.

use std::sync::Arc;

use serde::Serialize;

use super::document::{Changed, Resource};
use super::key::HistoryEntry;

/// A version without its blob.
pub type VersionResource = Resource<VersionAttributes>;

/// The attributes of a version.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct VersionAttributes {
    /// What replaced it: `update`, `rotate`, `restore` or `delete`.
    pub action: &'static str,
    /// Bytes of its blob.
    pub size_bytes: usize,
    /// Whether the project's key is the client's.
    pub is_client_encrypted: bool,
    /// RFC 3339.
    pub created_at: String,
    /// The key that its blob is under, as text; absent on text under no key of the project.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schemars(with = "String"))]
    pub encryption_key_version: Option<String>,
    /// Present and true on a version that the plan does not retain.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub locked: bool,
    /// Why it is locked, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schemars(with = "String"))]
    pub locked_reason: Option<String>,
}

/// A page of the versions of a level, newest first.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct VersionPage {
    /// The rows.
    pub data: Vec<VersionResource>,
    /// The page, and how many there are.
    pub meta: PageMeta,
}

/// A page of a list.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct PageMeta {
    /// The number of the page, from 1.
    pub current_page: usize,
    /// Most rows of a page.
    pub per_page: usize,
    /// Rows of the list.
    pub total: usize,
    /// The number of the last page, at least 1.
    pub last_page: usize,
}

/// A version with its blob.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct Version {
    /// The version.
    #[serde(flatten)]
    pub version: VersionResource,
    /// Its blob.
    pub content: Arc<str>,
    /// The key that its blob is under; null on text under no key of the project.
    pub key: Option<HistoryEntry>,
}

/// A version was put back.
pub type Restored = Changed<RestoredData>;

/// What was put back, and where.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct RestoredData {
    /// `secrets`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The id of the secret that the level holds now.
    pub secret_id: String,
    /// The version's number, as text.
    pub restored_from: String,
}

/// Versions were deleted.
pub type Purged = Changed<PurgedData>;

/// How many versions were deleted.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct PurgedData {
    /// The number of deleted versions.
    pub purged_count: usize,
}
