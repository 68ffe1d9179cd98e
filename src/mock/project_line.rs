//! The projects of a mock and their passphrases, for the one who started it.

use serde::Serialize;

use super::fixture::Passphrases;
use crate::mock::model::organization::Organization;
use crate::mock::model::token::Token;

/// A project, and the passphrases of its keys, as far as the fixture has them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProjectLine {
    /// The slug of the project.
    pub slug: String,
    /// `server` or `client`.
    pub managed: &'static str,
    /// The passphrase of the active key; none if the server manages it or a client has made it since the start.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub passphrase: Option<String>,
    /// The passphrases of rotated keys, newest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub older_passphrases: Vec<String>,
}

/// A project of another organization than the first, which may have the same ULID: the token tells them apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OtherProjectLine {
    /// The name of a token of that organization.
    pub token: String,
    /// The ULID of that organization.
    pub organization: String,
    /// The project.
    #[serde(flatten)]
    pub project: ProjectLine,
}

impl ProjectLine {
    /// The projects of an organization, as they are now.
    pub(super) fn all(organization: &Organization, passphrases: &Passphrases) -> Vec<Self> {
        let lines = organization.projects.values().map(|project| Self {
            slug: project.slug.clone(),
            managed: project.custody().name(),
            passphrase: passphrases.of(project.active()).map(str::to_owned),
            older_passphrases: passphrases.older(project),
        });
        lines.collect()
    }
}

impl OtherProjectLine {
    /// The projects of an organization, as they are now; none if it has no token left.
    pub(super) fn all(organization: &Organization, passphrases: &Passphrases) -> Vec<Self> {
        // Rather a token that has every ability and does not expire.
        let is_limited = |token: &Token| !token.may_everything() || token.expires_at.is_some();
        let tokens = organization.tokens.values();
        let Some(token) = tokens.min_by_key(|token| (is_limited(token), token.id)) else {
            return Vec::new();
        };
        let lines = ProjectLine::all(organization, passphrases).into_iter().map(|project| Self {
            token: token.name.clone(),
            organization: organization.ulid.clone(),
            project,
        });
        lines.collect()
    }
}
