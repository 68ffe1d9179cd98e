//! What a mock says of a project to whoever started it.

use serde::Serialize;

use super::fixture::Passphrases;
use crate::contract::scope::EVERYTHING;
use crate::mock::model::organization::Organization;
use crate::mock::model::token::Token;

/// A project, and the passphrases of its keys as far as the fixture says them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProjectLine {
    /// Its slug.
    pub slug: String,
    /// `server` or `client`.
    pub managed: &'static str,
    /// That of the active key; none of a server-managed one, nor of one that a client has made since.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub passphrase: Option<String>,
    /// Those of rotated keys, newest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub older_passphrases: Vec<String>,
}

/// A project of another organization than the first, which may show the same ULID: the token tells them apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OtherProjectLine {
    /// The name of a token of that organization.
    pub token: String,
    /// The organization's ULID.
    pub organization: String,
    /// The project.
    #[serde(flatten)]
    pub project: ProjectLine,
}

impl ProjectLine {
    /// Those of an organization, as they are now.
    pub(super) fn all(organization: &Organization, passphrases: &Passphrases) -> Vec<Self> {
        let projects = organization.projects.values();
        projects
            .map(|project| Self {
                slug: project.slug.clone(),
                managed: project.custody().name(),
                passphrase: passphrases.of(project.active()).map(str::to_owned),
                older_passphrases: passphrases.older(project),
            })
            .collect()
    }
}

impl OtherProjectLine {
    /// Those of an organization, as they are now; none if it has no token left.
    pub(super) fn all(organization: &Organization, passphrases: &Passphrases) -> Vec<Self> {
        let tokens = organization.tokens.values();
        // One that may everything, and for ever, if there is one.
        let is_limited = |token: &Token| {
            let may_everything = token.abilities.iter().any(|one| one == EVERYTHING);
            !may_everything || token.expires_at.is_some()
        };
        let Some(token) = tokens.min_by_key(|token| (is_limited(token), token.id)) else {
            return Vec::new();
        };
        let projects = ProjectLine::all(organization, passphrases).into_iter();
        projects
            .map(|project| Self {
                token: token.name.clone(),
                organization: organization.ulid.clone(),
                project,
            })
            .collect()
    }
}
