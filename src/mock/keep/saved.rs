//! The state of a mock as JSON, to be restored by this mock or another one.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::crypto::encoding;
use crate::mock::misbehaviour::row::Row;
use crate::mock::model::key::Key;
use crate::mock::model::level::Level;
use crate::mock::model::organization::{Counters, Organization};
use crate::mock::model::project::{Place, Project};
use crate::mock::model::sealed::Sealed;
use crate::mock::model::versions::Version;
use crate::mock::rate_limit::RateLimiter;

/// The version of this format. A document of another version is refused.
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
    pub(in crate::mock) drawn: String,
    pub(in crate::mock) ulid: String,
    pub(in crate::mock) name: String,
    pub(in crate::mock) slug: String,
    pub(in crate::mock) created_at: String,
    pub(in crate::mock) active: bool,
    pub(in crate::mock) retention_days: Option<u32>,
    pub(in crate::mock) counters: Counters,
    pub(in crate::mock) tokens: Vec<SavedToken>,
    pub(in crate::mock) projects: Vec<SavedProject>,
    /// Counted requests: the bucket, the project's slug or an empty text, the times.
    pub(in crate::mock) counted: Vec<(String, String, Vec<String>)>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(in crate::mock) misbehaviour: Vec<Row>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::mock) struct SavedToken {
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
    /// By ascending version.
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
    /// Key, salt and iterations of a server-managed key.
    pub(super) server: Option<(String, String, u32)>,
    /// Proof, salt and iterations of a client-managed key.
    pub(super) client: Option<(String, String, u32)>,
}

pub(super) type SavedLevel = (Option<String>, Option<String>);

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SavedSecret {
    pub(super) level: SavedLevel,
    pub(super) id: String,
    pub(super) content: String,
    /// The version of the key that the content is sealed under; none if it is opaque.
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

impl Saved {
    /// An organization as if it had just been made by a fixture, its projects aside.
    pub(in crate::mock) fn of(number: u64, organization: &Organization) -> Self {
        let tokens = organization.tokens.iter().map(|(bearer, token)| SavedToken {
            bearer: bearer.clone(),
            id: token.id,
            name: token.name.clone(),
            abilities: token.abilities.clone(),
            expires_at: token.expires_at.map(|time| time.to_string()),
            created_at: token.created_at.to_string(),
            updated_at: token.updated_at.to_string(),
        });
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
            tokens: tokens.collect(),
            projects: Vec::new(),
            counted: Vec::new(),
            misbehaviour: Vec::new(),
        }
    }
}

/// The requests that a limiter has counted.
pub(in crate::mock) fn counted(limiter: &RateLimiter) -> Vec<(String, String, Vec<String>)> {
    let counted = limiter.counted().map(|(bucket, project, times)| {
        let times = times.iter().map(Timestamp::to_string).collect();
        (bucket.name().to_owned(), project.to_owned(), times)
    });
    counted.collect()
}

/// The projects of an organization, with their versions.
pub(in crate::mock) fn projects(organization: &Organization) -> Vec<SavedProject> {
    let projects = organization.projects.values().map(|one| SavedProject {
        versions: one.versions().map(version).collect(),
        ..project(one)
    });
    projects.collect()
}

/// A project without its versions.
pub(in crate::mock) fn project(project: &Project) -> SavedProject {
    let targets = project.targets.iter().map(|(slug, target)| {
        let environments = target.environments.iter();
        let environments = environments.map(|(slug, own)| (slug.clone(), place(own)));
        (slug.clone(), place(&target.place), environments.collect())
    });
    let mut keys: Vec<SavedKey> = project.history().map(key).collect();
    keys.reverse();
    let secrets = project.secrets.iter().map(|(at, secret)| SavedSecret {
        level: level(at),
        id: secret.id.clone(),
        content: secret.content.to_string(),
        under: under(secret.sealed),
        revision: secret.revision,
    });
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
        secrets: secrets.collect(),
        versions: Vec::new(),
    }
}

pub(in crate::mock) fn version(version: &Version) -> SavedVersion {
    SavedVersion {
        id: version.id,
        level: level(&version.level),
        action: version.action.to_owned(),
        content: version.content.to_string(),
        under: under(version.sealed),
        created_at: version.created_at.to_string(),
    }
}

fn level(level: &Level) -> SavedLevel {
    (level.target.clone(), level.environment.clone())
}

fn under(sealed: Sealed) -> Option<u64> {
    match sealed {
        Sealed::Under(version) => Some(version),
        Sealed::Opaque => None,
    }
}

fn place(place: &Place) -> SavedPlace {
    SavedPlace {
        ulid: place.ulid.clone(),
        name: place.name.clone(),
        description: place.description.clone(),
        status: place.status.clone(),
        created_at: place.created_at.to_string(),
        updated_at: place.updated_at.to_string(),
    }
}

fn key(key: &Key) -> SavedKey {
    SavedKey {
        id: key.id,
        version: key.version,
        created_at: key.created_at.to_string(),
        rotated_at: key.rotated_at.map(|time| time.to_string()),
        server: key
            .server()
            .map(|key| (key.key.to_string(), encoding::encode(&key.salt), key.iterations.get())),
        client: key
            .proof()
            .cloned()
            .map(|proof| (proof.key_check, proof.key_check_salt, proof.key_check_iterations)),
    }
}
