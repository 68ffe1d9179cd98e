//! Bodies about the secrets of a level.

use super::body::Body;
use super::reader::Reader;

/// The slugs that name a level. The deepest one that is present is the level.
#[derive(Debug, Clone)]
pub struct LevelFields {
    /// The project's slug.
    pub project: String,
    /// The target's slug.
    pub target: Option<String>,
    /// The environment's slug; needs a target.
    pub environment: Option<String>,
}

impl LevelFields {
    pub(super) fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let project = reader.text("project");
        let target = reader.optional_slug("target");
        let environment = reader.optional_slug("environment");
        reader.needs("environment", "target", "is required with an environment");
        Some(Self { project: project?, target, environment })
    }
}

/// `secrets/store`: a sealed blob at a level.
#[derive(Clone)]
pub struct StoreSecrets {
    /// The level.
    pub level: LevelFields,
    /// The blob.
    pub content: String,
    /// The proof of the active key, under client custody.
    pub key_proof: Option<String>,
    /// Whether the blob that is replaced is not kept as a version.
    pub no_backup: bool,
}

impl Body for StoreSecrets {
    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let level = LevelFields::read(reader);
        let content = reader.content("content");
        let key_proof = reader.optional_text("key_proof");
        let no_backup = reader.flag("no_backup");
        Some(Self { level: level?, content: content?, key_proof, no_backup })
    }

    fn project(&self) -> Option<&str> {
        Some(&self.level.project)
    }
}

/// `secrets/delete`: empties a level.
#[derive(Debug, Clone)]
pub struct DeleteSecrets {
    /// The level.
    pub level: LevelFields,
    /// Whether nothing is kept: neither what is deleted nor the level's prior blobs.
    pub no_backup: bool,
    /// Has to be true with `no_backup`.
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
        Some(Self { level: level?, no_backup, confirmed })
    }

    fn project(&self) -> Option<&str> {
        Some(&self.level.project)
    }

    /// A deletion for good is a purge.
    fn ability(&self) -> Option<&'static str> {
        Some(if self.no_backup { "secret:purge" } else { "secret:write" })
    }
}
