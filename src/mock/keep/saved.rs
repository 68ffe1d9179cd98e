//! Organizations as JSON: what a mock holds, to be put back into this one or another.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::crypto::encoding;
use crate::mock::misbehaviour::row::Row;
use crate::mock::model::key::Key;
use crate::mock::model::organization::{Counters, Organization};
use crate::mock::model::project::{Place, Project};
use crate::mock::model::sealed::Sealed;
use crate::mock::model::token::Token;
use crate::mock::model::versions::Version;
use crate::mock::rate_limit::RateLimiter;

/// The version of this form. Another one is refused.
pub(in crate::mock) const FORMAT: u64 = 1;

/// One organization.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::mock) struct Saved {
    /// Its number in the mock.
    pub(in crate::mock) number: u64,
    /// The name that it was made under, and how many seconds it may go unused; none if it is one of the
    /// fixture's.
    pub(in crate::mock) isolated: Option<(Option<String>, u64)>,
    /// Words drawn, as text: a JSON number would not hold them all.
    pub(super) drawn: String,
    pub(super) ulid: String,
    pub(super) name: String,
    pub(super) slug: String,
    pub(super) created_at: String,
    pub(super) active: bool,
    pub(super) retention_days: Option<u32>,
    pub(super) counters: Counters,
    pub(super) tokens: Vec<SavedToken>,
    pub(super) projects: Vec<SavedProject>,
    pub(super) counted: Vec<(String, String, Vec<String>)>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(in crate::mock) misbehaviour: Vec<Row>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SavedToken {
    pub(super) bearer: String,
    pub(super) id: u64,
    pub(super) name: String,
    pub(super) abilities: Vec<String>,
    pub(super) expires_at: Option<String>,
    pub(super) created_at: String,
    pub(super) updated_at: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::mock) struct SavedProject {
    pub(super) number: u64,
    pub(super) ulid: String,
    pub(super) slug: String,
    pub(super) name: String,
    pub(super) description: Option<String>,
    pub(super) secret_format: String,
    pub(super) metadata: Option<Map<String, Value>>,
    pub(super) history_policy: String,
    pub(super) version_step: u64,
    pub(super) pending_from: u64,
    pub(super) held: bool,
    /// Whether a job moves its versions.
    #[serde(default)]
    pub(super) moving: bool,
    pub(super) created_at: String,
    pub(super) updated_at: String,
    /// Each with its environments, by slug.
    pub(super) targets: Vec<(String, SavedPlace, SavedEnvironments)>,
    pub(super) keys: Vec<SavedKey>,
    pub(super) secrets: Vec<SavedSecret>,
    pub(super) versions: Vec<SavedVersion>,
}

pub(super) type SavedEnvironments = Vec<(String, SavedPlace)>;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SavedPlace {
    pub(super) ulid: String,
    pub(super) name: String,
    pub(super) description: Option<String>,
    pub(super) status: Option<String>,
    pub(super) created_at: String,
    pub(super) updated_at: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SavedKey {
    pub(super) id: u64,
    pub(super) version: u64,
    pub(super) created_at: String,
    pub(super) rotated_at: Option<String>,
    /// Key, salt and iterations of a key that the server holds.
    pub(super) server: Option<(String, String, u32)>,
    /// Proof, salt and iterations of a client's.
    pub(super) client: Option<(String, String, u32)>,
}

/// Target and environment.
pub(super) type SavedLevel = (Option<String>, Option<String>);

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SavedSecret {
    pub(super) level: SavedLevel,
    pub(super) id: String,
    pub(super) content: String,
    /// The version of the key; none if it is opaque.
    pub(super) under: Option<u64>,
    pub(super) revision: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::mock) struct SavedVersion {
    pub(super) id: u64,
    pub(super) level: SavedLevel,
    pub(super) action: String,
    pub(super) content: String,
    pub(super) under: Option<u64>,
    pub(super) created_at: String,
}

/// Organizations as one document.
pub(in crate::mock) fn document(organizations: &[Saved]) -> Value {
    json!({"format": FORMAT, "organizations": organizations})
}

/// What an organization was made as, apart from the mock that it was made in.
pub(in crate::mock) fn origin(number: u64, organization: &Organization) -> Saved {
    Saved::of(number, organization).whole(organization)
}

impl Saved {
    /// What an organization says of itself.
    fn of(number: u64, organization: &Organization) -> Self {
        Self {
            number,
            isolated: None,
            drawn: "0".to_owned(),
            ulid: organization.ulid.clone(),
            name: organization.name.clone(),
            slug: organization.slug.clone(),
            created_at: organization.created_at.to_string(),
            active: organization.active,
            retention_days: organization.retention_days,
            counters: organization.counters,
            tokens: organization.tokens.iter().map(saved_token).collect(),
            projects: Vec::new(),
            counted: Vec::new(),
            misbehaviour: Vec::new(),
        }
    }

    /// An organization with its projects.
    pub(in crate::mock) fn whole(self, organization: &Organization) -> Self {
        let projects = organization.projects.values();
        Self { projects: projects.map(whole_project).collect(), ..self }
    }

    /// An organization without its projects: where its draws are, and what its limiter has counted.
    pub(in crate::mock) fn head(
        number: u64,
        organization: &Organization,
        isolated: Option<(Option<String>, u64)>,
        drawn: u128,
        limiter: &RateLimiter,
    ) -> Self {
        let counted = limiter.counted().map(|(bucket, project, times)| {
            let times = times.iter().map(Timestamp::to_string).collect();
            (bucket.name().to_owned(), project.to_owned(), times)
        });
        Self {
            isolated,
            drawn: drawn.to_string(),
            counted: counted.collect(),
            ..Self::of(number, organization)
        }
    }

    /// The same with these rows of misbehaviour.
    pub(in crate::mock) fn with_rows(self, misbehaviour: Vec<Row>) -> Self {
        Self { misbehaviour, ..self }
    }

    /// How many words it has drawn.
    pub(in crate::mock) fn drawn(&self) -> u128 {
        self.drawn.parse().unwrap_or(0)
    }

    /// The same with those of these projects that are its own.
    pub(in crate::mock) fn with_projects(
        self,
        projects: &mut BTreeMap<u64, Vec<SavedProject>>,
    ) -> Self {
        Self { projects: projects.remove(&self.number).unwrap_or_default(), ..self }
    }
}

impl SavedProject {
    /// The same with these versions.
    pub(in crate::mock) fn with_versions(self, versions: Vec<SavedVersion>) -> Self {
        Self { versions, ..self }
    }
}

fn saved_token((bearer, token): (&String, &Token)) -> SavedToken {
    SavedToken {
        bearer: bearer.clone(),
        id: token.id,
        name: token.name.clone(),
        abilities: token.abilities.clone(),
        expires_at: token.expires_at.map(|time| time.to_string()),
        created_at: token.created_at.to_string(),
        updated_at: token.updated_at.to_string(),
    }
}

fn whole_project(project: &Project) -> SavedProject {
    let versions = project.versions().map(saved_version).collect();
    saved_project(project).with_versions(versions)
}

/// A version with its blob.
pub(in crate::mock) fn saved_version(version: &Version) -> SavedVersion {
    SavedVersion {
        id: version.id,
        level: (version.level.target.clone(), version.level.environment.clone()),
        action: version.action.to_owned(),
        content: version.content.to_string(),
        under: under(version.sealed),
        created_at: version.created_at.to_string(),
    }
}

/// A project without its versions.
pub(in crate::mock) fn saved_project(project: &Project) -> SavedProject {
    let targets = project.targets.iter().map(|(slug, target)| {
        let environments = target.environments.iter();
        let environments = environments.map(|(slug, place)| (slug.clone(), saved_place(place)));
        (slug.clone(), saved_place(&target.place), environments.collect())
    });
    let mut keys: Vec<SavedKey> = project.history().map(saved_key).collect();
    keys.reverse();
    SavedProject {
        number: project.number,
        ulid: project.ulid.clone(),
        slug: project.slug.clone(),
        name: project.name.clone(),
        description: project.description.clone(),
        secret_format: project.secret_format.clone(),
        metadata: project.metadata.clone(),
        history_policy: project.history_policy.name().to_owned(),
        version_step: project.version_step,
        pending_from: project.pending_from,
        held: project.held,
        moving: project.moving,
        created_at: project.created_at.to_string(),
        updated_at: project.updated_at.to_string(),
        targets: targets.collect(),
        keys,
        secrets: project
            .secrets
            .iter()
            .map(|(level, secret)| SavedSecret {
                level: (level.target.clone(), level.environment.clone()),
                id: secret.id.clone(),
                content: secret.content.to_string(),
                under: under(secret.sealed),
                revision: secret.revision,
            })
            .collect(),
        versions: Vec::new(),
    }
}

fn under(sealed: Sealed) -> Option<u64> {
    match sealed {
        Sealed::Under(version) => Some(version),
        Sealed::Opaque => None,
    }
}

fn saved_place(place: &Place) -> SavedPlace {
    SavedPlace {
        ulid: place.ulid.clone(),
        name: place.name.clone(),
        description: place.description.clone(),
        status: place.status.clone(),
        created_at: place.created_at.to_string(),
        updated_at: place.updated_at.to_string(),
    }
}

fn saved_key(key: &Key) -> SavedKey {
    SavedKey {
        id: key.id,
        version: key.version,
        created_at: key.created_at.to_string(),
        rotated_at: key.rotated_at.map(|time| time.to_string()),
        server: key.server().map(|key| {
            let salt = encoding::encode(&key.salt);
            (key.key.to_string(), salt, key.iterations.get())
        }),
        client: key.proof().map(|proof| {
            let salt = proof.key_check_salt.clone();
            (proof.key_check.clone(), salt, proof.key_check_iterations)
        }),
    }
}
