//! Projects, and the targets and environments in them.

use serde::Serialize;
use serde_json::{Map, Value};

/// The attributes of a project.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct Project {
    /// Its ULID.
    pub ulid: String,
    /// Its name.
    pub name: String,
    /// Its slug, which stands in the paths.
    pub slug: String,
    /// Free text.
    pub description: Option<String>,
    /// `env`, `json`, `yaml` or `text`.
    pub secret_format: String,
    /// Data of the clients, which the server only stores.
    pub metadata: Option<Map<String, Value>>,
    /// `server` or `client`.
    pub encryption_type: &'static str,
    /// Whether a level holds a secret.
    pub has_secrets: bool,
    /// Levels that hold a secret.
    pub secret_count: usize,
    /// Its targets.
    pub target_count: usize,
    /// The environments of all of its targets.
    pub environment_count: usize,
    /// RFC 3339.
    pub created_at: String,
    /// RFC 3339.
    pub updated_at: String,
}

/// The attributes of a target.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct Target {
    /// The project's ULID.
    pub project_id: String,
    /// Its name.
    pub name: String,
    /// Its slug, which stands in the paths.
    pub slug: String,
    /// Free text.
    pub description: Option<String>,
    /// Its environments.
    pub environment_count: usize,
    /// Its levels that hold a secret.
    pub secret_count: usize,
    /// RFC 3339.
    pub created_at: String,
    /// RFC 3339.
    pub updated_at: String,
}

/// The attributes of an environment.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct Environment {
    /// The project's ULID.
    pub project_id: String,
    /// The target's ULID.
    pub target_id: String,
    /// Its name.
    pub name: String,
    /// Its slug, which stands in the paths.
    pub slug: String,
    /// Free text.
    pub description: Option<String>,
    /// `production`, `staging`, `development`, `local` or a custom word.
    pub status: Option<String>,
    /// RFC 3339.
    pub created_at: String,
    /// RFC 3339.
    pub updated_at: String,
}
