//! Bodies about the versions of a level: its former contents.

use super::body::Body;
use super::reader::Reader;
use super::secret::LevelFields;
use crate::contract::limit;
use crate::named::named;

/// `secrets/versions`: the prior blobs of a level, a page at a time.
#[derive(Debug, Clone)]
pub struct ListVersions {
    /// The level.
    pub level: LevelFields,
    /// The number of the page, from 1.
    pub page: Option<usize>,
    /// Rows of a page, 1 to 100.
    pub per_page: Option<usize>,
}

impl Body for ListVersions {
    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let level = LevelFields::read(reader);
        let page = reader.optional_count("page", u32::MAX as usize);
        let per_page = reader.optional_count("per_page", limit::PAGE);
        Some(Self { level: level?, page, per_page })
    }

    fn project(&self) -> Option<&str> {
        Some(&self.level.project)
    }
}

/// `secrets/versions/N/restore`. The whole body is optional.
#[derive(Clone)]
pub struct RestoreVersion {
    /// The version's blob, sealed under the active key. Needed under client custody, if the version is
    /// under an older key.
    pub content: Option<String>,
    /// The proof of the active key, with `content`.
    pub key_proof: Option<String>,
}

impl Body for RestoreVersion {
    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let content = reader.optional_content("content");
        Some(Self { content, key_proof: reader.optional_text("key_proof") })
    }
}

/// DELETE `secrets/versions/N`. The whole body is optional.
#[derive(Debug, Clone, Copy)]
pub struct DeleteVersion {
    /// Whether to delete a version that is all that is left of a deleted secret.
    pub force: bool,
}

impl Body for DeleteVersion {
    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        Some(Self { force: reader.flag("force") })
    }
}

named! {
    /// Which versions a purge deletes.
    pub enum PurgeScope {
        Level = "level": "The versions of the level that is named",
        Project = "project": "The versions of all levels of the project",
    }
}

/// `secrets/versions/purge`: deletes prior blobs.
#[derive(Debug, Clone)]
pub struct PurgeVersions {
    /// The level.
    pub level: LevelFields,
    /// Whether only that level is meant, or all of its project.
    pub scope: PurgeScope,
    /// Has to be true.
    pub confirmed: bool,
}

impl Body for PurgeVersions {
    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let level = LevelFields::read(reader);
        let scope = reader.one_of("scope").unwrap_or(PurgeScope::Level);
        let confirmed = reader.consent("confirmed");
        Some(Self { level: level?, scope, confirmed })
    }

    fn project(&self) -> Option<&str> {
        Some(&self.level.project)
    }
}
