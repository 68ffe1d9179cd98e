//! The secrets of the levels of a project.

use serde::Serialize;
use serde_json::{Map, Value};

use super::document::Changed;

/// A blob was stored.
pub type Stored = Changed<StoredData>;

/// Where a blob was stored, and how long it is.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct StoredData {
    /// `secrets`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// `project`, `target` or `environment`.
    pub level: &'static str,
    /// The slug of the level.
    pub source: String,
    /// Bytes of the blob.
    pub bytes: usize,
}

/// The secrets of a level and those above it.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum Secrets {
    /// Level by level, merged, or both.
    Shown(Box<ShownSecrets>),
    /// Nothing but the merged variables, name and value.
    Raw(
        #[cfg_attr(
            feature = "openapi",
            schemars(with = "std::collections::BTreeMap<String, String>")
        )]
        Map<String, Value>,
    ),
}

/// Secrets, and how they were requested.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct ShownSecrets {
    /// The secrets.
    pub data: SecretsData,
    /// The parameters of the request, and the time of the answer.
    pub meta: SecretsMeta,
}

/// The secrets as a resource.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct SecretsData {
    /// `secrets`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The secrets themselves.
    pub attributes: SecretAttributes,
    /// Of retrieve only: the variables that were requested, or the blobs by the name of their level.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schemars(with = "std::collections::BTreeMap<String, String>"))]
    pub secrets: Option<Map<String, Value>>,
}

/// The secrets themselves.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct SecretAttributes {
    /// Whether any of it is a blob.
    pub encrypted: bool,
    /// The format of the text in the blobs: `env`, `json`, `yaml` or `text`.
    pub format: String,
    /// By the name of their level; absent where only their merge is requested.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schemars(with = "ShownLevels"))]
    pub levels: Option<ShownLevels>,
    /// Their merge, where it is requested.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schemars(with = "Merged"))]
    pub merged: Option<Merged>,
}

/// The levels that hold a secret, from the named one up.
#[derive(Default, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct ShownLevels {
    /// The project's own secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schemars(with = "ShownLevel"))]
    pub project: Option<ShownLevel>,
    /// The target's secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schemars(with = "ShownLevel"))]
    pub target: Option<ShownLevel>,
    /// The environment's secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schemars(with = "ShownLevel"))]
    pub environment: Option<ShownLevel>,
}

/// The secret of one level.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct ShownLevel {
    /// Whether the content is a blob.
    pub encrypted: bool,
    /// A blob, or the text that the server decrypted.
    pub content: String,
    /// The slug of the level.
    pub source: String,
    /// The id of the secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schemars(with = "SecretId"))]
    pub id: Option<SecretId>,
}

/// The id of a secret: a number where it is one.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum SecretId {
    /// The number of a row.
    Number(u64),
    /// A ULID.
    Text(String),
}

/// The levels merged into one, in which the deeper level wins.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct Merged {
    /// Always false: the variables are in the clear.
    pub encrypted: bool,
    /// In the project's format.
    pub content: String,
}

/// The parameters of the request, and the time of the answer.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct SecretsMeta {
    /// The path of the request.
    pub api_path: String,
    /// `env`, `json`, `yaml` or `text`.
    pub format: String,
    /// `false`, `true` or `both`.
    pub merged: &'static str,
    /// RFC 3339.
    pub timestamp: String,
    /// The level.
    pub hierarchy: Hierarchy,
    /// `read` or `decrypt`.
    pub action: &'static str,
}

/// The slugs that name a level.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct Hierarchy {
    /// The project's slug.
    pub project: String,
    /// The target's slug; null for the project's own level.
    pub target: Option<String>,
    /// The environment's slug; null unless the level is that of one.
    pub environment: Option<String>,
}

/// The answer of `secrets/retrieve`: the key alone, or secrets.
#[derive(Debug, Clone, Copy)]
pub struct Retrieved;

#[cfg(feature = "openapi")]
impl schemars::JsonSchema for Retrieved {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Retrieved".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        use super::document::{Data, Resource};
        use super::key::DescriptorAttributes;

        let key = generator.subschema_for::<Data<Resource<DescriptorAttributes>>>();
        let secrets = generator.subschema_for::<Secrets>();
        schemars::json_schema!({"anyOf": [key, secrets]})
    }
}
