//! Bodies about secrets and their versions.

use serde::Serialize;

use super::reader::{Body, Reader};
use crate::contract::limit;

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

struct LevelFields<'a> {
    project: Option<&'a str>,
    target: Option<&'a str>,
    environment: Option<&'a str>,
}

impl<'a> LevelFields<'a> {
    fn read(reader: &mut Reader<'a>) -> Self {
        let fields = Self {
            project: reader.text("project"),
            target: reader.optional_text("target"),
            environment: reader.optional_text("environment"),
        };
        if fields.environment.is_some() && fields.target.is_none() {
            reader.refuse("target", "is required with an environment");
        }
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
}

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
}
