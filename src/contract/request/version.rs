//! Bodies about the versions of a level: its former contents.

use serde::Serialize;

use super::body::Body;
use super::reader::Reader;
use super::secret::LevelFields;
use crate::contract::limit;

/// `secrets/versions`: the prior blobs of a level, a page at a time.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ListVersions {
    /// The project's slug.
    pub project: String,
    /// The target's slug.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// The environment's slug; needs a target.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    /// Which page, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<usize>,
    /// Rows of a page, 1 to 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per_page: Option<usize>,
}

impl Body for ListVersions {
    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let level = LevelFields::read(reader);
        let page = reader.optional_integer("page", 1, i64::from(u32::MAX));
        let per_page = reader.optional_integer("per_page", 1, limit::PAGE as i64);
        let count = |number: Option<i64>| number.and_then(|number| usize::try_from(number).ok());
        Some(Self {
            project: level.project?.to_owned(),
            target: level.target.map(str::to_owned),
            environment: level.environment.map(str::to_owned),
            page: count(page),
            per_page: count(per_page),
        })
    }

    fn project(&self) -> Option<&str> {
        Some(&self.project)
    }
}

/// `secrets/versions/N/restore`. The whole body is optional.
#[derive(Clone, Default, Serialize)]
pub struct RestoreVersion {
    /// The version's blob, sealed under the active key: under client custody, if the version is
    /// under an older one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
    /// The proof of the active key, with `content`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_proof: Option<String>,
}

impl Body for RestoreVersion {
    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let content = reader.optional_content("content").map(str::to_owned);
        let key_proof = reader.optional_text("key_proof").map(str::to_owned);
        Some(Self { content, key_proof })
    }
}

/// DELETE `secrets/versions/N`. The whole body is optional.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct DeleteVersion {
    /// Whether a version goes that is all that is left of a deleted secret.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub force: bool,
}

impl Body for DeleteVersion {
    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        Some(Self { force: reader.flag("force") })
    }
}

/// What a purge is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum PurgeScope {
    /// The versions of the level that is named.
    #[default]
    Level,
    /// The versions of all levels of the project.
    Project,
}

/// `secrets/versions/purge`: deletes prior blobs.
#[derive(Debug, Clone, Default, Serialize)]
pub struct PurgeVersions {
    /// The project's slug.
    pub project: String,
    /// The target's slug.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// The environment's slug; needs a target.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    /// Of one level, or of the project.
    pub scope: PurgeScope,
    /// Has to be true.
    pub confirmed: bool,
}

impl Body for PurgeVersions {
    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let level = LevelFields::read(reader);
        let words = [("level", PurgeScope::Level), ("project", PurgeScope::Project)];
        let scope = reader.one_of("scope", &words).unwrap_or_default();
        let confirmed = reader.consent("confirmed");
        Some(Self {
            project: level.project?.to_owned(),
            target: level.target.map(str::to_owned),
            environment: level.environment.map(str::to_owned),
            scope,
            confirmed,
        })
    }

    fn project(&self) -> Option<&str> {
        Some(&self.project)
    }
}
