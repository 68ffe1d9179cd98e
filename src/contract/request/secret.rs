//! Bodies about the secrets of a level.

use serde::Serialize;

use super::body::Body;
use super::reader::Reader;

/// `secrets/store`: a sealed blob at the deepest level that is named.
#[derive(Clone, Default, Serialize)]
pub struct StoreSecrets {
    /// The project's slug.
    pub project: String,
    /// The target's slug.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// The environment's slug; needs a target.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    /// The blob.
    pub content: String,
    /// The proof of the active key, under client custody.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_proof: Option<String>,
    /// Whether the blob that is replaced is not kept as a version.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub no_backup: bool,
}

/// The slugs that name a level.
pub(super) struct LevelFields<'a> {
    pub(super) project: Option<&'a str>,
    pub(super) target: Option<&'a str>,
    pub(super) environment: Option<&'a str>,
}

impl<'a> LevelFields<'a> {
    pub(super) fn read(reader: &mut Reader<'a>) -> Self {
        let fields = Self {
            project: reader.text("project"),
            target: reader.optional_slug("target"),
            environment: reader.optional_slug("environment"),
        };
        reader.needs("environment", "target", "is required with an environment");
        fields
    }
}

impl Body for StoreSecrets {
    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let level = LevelFields::read(reader);
        let content = reader.content("content");
        let key_proof = reader.optional_text("key_proof").map(str::to_owned);
        let no_backup = reader.flag("no_backup");
        Some(Self {
            project: level.project?.to_owned(),
            target: level.target.map(str::to_owned),
            environment: level.environment.map(str::to_owned),
            content: content?.to_owned(),
            key_proof,
            no_backup,
        })
    }

    fn project(&self) -> Option<&str> {
        Some(&self.project)
    }
}

/// `secrets/delete`: empties the deepest level that is named.
#[derive(Debug, Clone, Default, Serialize)]
pub struct DeleteSecrets {
    /// The project's slug.
    pub project: String,
    /// The target's slug.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// The environment's slug; needs a target.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    /// Whether nothing is kept: neither what is deleted nor the level's prior blobs.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub no_backup: bool,
    /// Has to be true with `no_backup`.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub confirmed: bool,
}

impl Body for DeleteSecrets {
    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let level = LevelFields::read(reader);
        let no_backup = reader.flag("no_backup");
        let confirmed = reader.flag("confirmed");
        if no_backup && !confirmed {
            reader.refuse("confirmed", "must be true with no_backup");
        }
        Some(Self {
            project: level.project?.to_owned(),
            target: level.target.map(str::to_owned),
            environment: level.environment.map(str::to_owned),
            no_backup,
            confirmed,
        })
    }

    fn project(&self) -> Option<&str> {
        Some(&self.project)
    }

    /// A deletion for good is a purge.
    fn ability(&self) -> Option<&'static str> {
        Some(if self.no_backup { "secret:purge" } else { "secret:write" })
    }
}
