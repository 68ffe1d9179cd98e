//! Organizations as JSON: what a mock holds, to be put back into this one or another.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

use crate::contract::custody::HistoryPolicy;
use crate::contract::limit::Bucket;
use crate::contract::request::ProofFields;
use crate::crypto::{Iterations, encoding};
use crate::mock::cell::Cell;
use crate::mock::model::key::{Key, Material, ServerKey};
use crate::mock::model::level::Level;
use crate::mock::model::organization::{Counters, Organization};
use crate::mock::model::project::{NewProject, Place, Project, Sealed, Secret, Target};
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
    drawn: String,
    ulid: String,
    name: String,
    slug: String,
    created_at: String,
    active: bool,
    retention_days: Option<u32>,
    counters: Counters,
    tokens: Vec<SavedToken>,
    projects: Vec<SavedProject>,
    counted: Vec<(String, String, Vec<String>)>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SavedToken {
    bearer: String,
    id: u64,
    name: String,
    abilities: Vec<String>,
    expires_at: Option<String>,
    created_at: String,
    updated_at: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::mock) struct SavedProject {
    number: u64,
    ulid: String,
    slug: String,
    name: String,
    description: Option<String>,
    secret_format: String,
    metadata: Option<Map<String, Value>>,
    history_policy: String,
    version_step: u64,
    pending_from: u64,
    held: bool,
    /// Whether a job moves its versions.
    #[serde(default)]
    moving: bool,
    created_at: String,
    updated_at: String,
    /// Each with its environments, by slug.
    targets: Vec<(String, SavedPlace, SavedEnvironments)>,
    keys: Vec<SavedKey>,
    secrets: Vec<SavedSecret>,
    versions: Vec<SavedVersion>,
}

type SavedEnvironments = Vec<(String, SavedPlace)>;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SavedPlace {
    ulid: String,
    name: String,
    description: Option<String>,
    status: Option<String>,
    created_at: String,
    updated_at: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SavedKey {
    id: u64,
    version: u64,
    created_at: String,
    rotated_at: Option<String>,
    /// Key, salt and iterations of a key that the server holds.
    server: Option<(String, String, u32)>,
    /// Proof, salt and iterations of a client's.
    client: Option<(String, String, u32)>,
}

/// Target and environment.
type SavedLevel = (Option<String>, Option<String>);

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SavedSecret {
    level: SavedLevel,
    id: String,
    content: String,
    /// The version of the key; none if it is opaque.
    under: Option<u64>,
    revision: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::mock) struct SavedVersion {
    id: u64,
    level: SavedLevel,
    action: String,
    content: String,
    under: Option<u64>,
    created_at: String,
}

/// What is wrong with a saved state, in words.
pub(in crate::mock) type Wrong = String;

const ACTIONS: [&str; 4] = ["update", "rotate", "restore", "delete"];
const BUCKETS: [(Bucket, &str); 2] = [(Bucket::Api, "api"), (Bucket::Rotate, "rotate")];

/// Organizations as one document.
pub(in crate::mock) fn save<'c>(cells: impl Iterator<Item = &'c Cell>) -> Value {
    let organizations: Vec<Saved> = cells
        .map(|cell| {
            let organization = cell.state.read();
            let projects = organization.projects.values().map(whole_project);
            let projects = projects.collect();
            Saved {
                projects,
                ..head(cell, &organization)
            }
        })
        .collect();
    json!({"format": FORMAT, "organizations": organizations})
}

/// What an organization was made as, apart from the mock that it was made in.
pub(in crate::mock) fn origin(number: u64, organization: &Organization) -> Saved {
    Saved {
        projects: organization.projects.values().map(whole_project).collect(),
        ..Saved::of(number, organization)
    }
}

/// An organization without its projects.
pub(in crate::mock) fn head(cell: &Cell, organization: &Organization) -> Saved {
    let limiter = cell.limiter.lock();
    let isolated = cell.isolated.as_ref();
    Saved {
        isolated: isolated.map(|one| (one.name.clone(), one.idle.as_secs())),
        drawn: cell.draws.lock().position().to_string(),
        counted: limiter
            .counted()
            .map(|(bucket, project, times)| {
                let name = BUCKETS.iter().find(|(one, _)| *one == bucket);
                let times = times.iter().map(Timestamp::to_string).collect();
                (
                    name.map_or("", |(_, name)| name).to_owned(),
                    project.to_owned(),
                    times,
                )
            })
            .collect(),
        ..Saved::of(cell.number, organization)
    }
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
        }
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
        Self {
            projects: projects.remove(&self.number).unwrap_or_default(),
            ..self
        }
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
        level: (
            version.level.target.clone(),
            version.level.environment.clone(),
        ),
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
        (
            slug.clone(),
            saved_place(&target.place),
            environments.collect(),
        )
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

/// Reads a document whole. Nothing is put back if anything of it is wrong.
pub(in crate::mock) fn read(
    document: Value,
) -> Result<Vec<(Saved, Organization, RateLimiter)>, Wrong> {
    match document.get("format").and_then(Value::as_u64) {
        Some(FORMAT) => {}
        Some(other) => {
            return Err(format!(
                "its format is {other}: this keyproof reads {FORMAT} only"
            ));
        }
        None => return Err("it has no format".to_owned()),
    }
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Document {
        #[serde(rename = "format")]
        _format: u64,
        organizations: Vec<Saved>,
    }
    let document: Document =
        serde_json::from_value(document).map_err(|_| "it has not the members of a state")?;
    let organizations = document.organizations.into_iter();
    organizations
        .map(|saved| {
            let (organization, limiter) = organization(&saved)?;
            Ok((saved, organization, limiter))
        })
        .collect()
}

pub(in crate::mock) fn organization(saved: &Saved) -> Result<(Organization, RateLimiter), Wrong> {
    saved
        .drawn
        .parse::<u128>()
        .map_err(|_| "its count of draws is no number")?;
    let mut limiter = RateLimiter::default();
    for (name, project, times) in &saved.counted {
        let bucket = BUCKETS.iter().find(|(_, one)| one == name);
        let (bucket, _) = bucket.ok_or("it counts in a bucket that there is not")?;
        let times: Result<Vec<_>, _> = times.iter().map(|text| time(text)).collect();
        limiter.recount(*bucket, project.clone(), times?);
    }
    let mut tokens = BTreeMap::new();
    for token in &saved.tokens {
        let restored = Token {
            id: token.id,
            name: token.name.clone(),
            abilities: token.abilities.clone(),
            expires_at: token.expires_at.as_deref().map(time).transpose()?,
            created_at: time(&token.created_at)?,
            updated_at: time(&token.updated_at)?,
        };
        tokens.insert(token.bearer.clone(), restored);
    }
    let mut projects = BTreeMap::new();
    for project in &saved.projects {
        projects.insert(project.slug.clone(), restored(project)?);
    }
    let organization = Organization {
        ulid: saved.ulid.clone(),
        name: saved.name.clone(),
        slug: saved.slug.clone(),
        created_at: time(&saved.created_at)?,
        active: saved.active,
        retention_days: saved.retention_days,
        tokens,
        projects,
        counters: saved.counters,
    };
    Ok((organization, limiter))
}

fn time(text: &str) -> Result<Timestamp, Wrong> {
    text.parse()
        .map_err(|_| "it has a time that is none".to_owned())
}

fn restored(saved: &SavedProject) -> Result<Project, Wrong> {
    let keys: Vec<Key> = saved.keys.iter().map(key).collect::<Result<_, _>>()?;
    let first = keys
        .first()
        .cloned()
        .ok_or("it has a project without a key")?;
    if keys
        .windows(2)
        .any(|pair| pair[0].version >= pair[1].version)
    {
        return Err("it has keys that are not by ascending version".to_owned());
    }
    let numbers: BTreeSet<u64> = keys.iter().map(|key| key.version).collect();
    let known = |version: Option<u64>| match version {
        None => Ok(Sealed::Opaque),
        Some(version) if numbers.contains(&version) => Ok(Sealed::Under(version)),
        Some(_) => Err("it has a blob under a key that there is not".to_owned()),
    };
    let mut project = Project::new(NewProject {
        number: saved.number,
        ulid: saved.ulid.clone(),
        slug: saved.slug.clone(),
        name: saved.name.clone(),
        description: saved.description.clone(),
        secret_format: saved.secret_format.clone(),
        created_at: time(&saved.created_at)?,
        first_key: first,
    });
    project.metadata.clone_from(&saved.metadata);
    project.history_policy = HistoryPolicy::named(&saved.history_policy)
        .ok_or("it has a history policy that is none")?;
    project.version_step = saved.version_step.max(1);
    project.pending_from = saved.pending_from;
    project.held = saved.held;
    project.moving = saved.moving;
    project.updated_at = time(&saved.updated_at)?;
    for (slug, own, environments) in &saved.targets {
        let mut target = Target {
            place: place(own)?,
            environments: BTreeMap::new(),
        };
        for (slug, own) in environments {
            target.environments.insert(slug.clone(), place(own)?);
        }
        project.targets.insert(slug.clone(), target);
    }
    for secret in &saved.secrets {
        let restored = Secret {
            id: secret.id.clone(),
            content: secret.content.as_str().into(),
            sealed: known(secret.under)?,
            revision: secret.revision,
        };
        project.secrets.insert(level(&secret.level), restored);
    }
    for version in &saved.versions {
        let action = ACTIONS.into_iter().find(|action| *action == version.action);
        let restored = Version {
            id: version.id,
            level: level(&version.level),
            action: action.ok_or("it has a version of an action that there is not")?,
            content: version.content.as_str().into(),
            sealed: known(version.under)?,
            created_at: time(&version.created_at)?,
        };
        project.keep_version(restored);
    }
    Ok(project.with_keys(keys))
}

fn level((target, environment): &SavedLevel) -> Level {
    Level {
        target: target.clone(),
        environment: environment.clone(),
    }
}

fn place(saved: &SavedPlace) -> Result<Place, Wrong> {
    Ok(Place {
        ulid: saved.ulid.clone(),
        name: saved.name.clone(),
        description: saved.description.clone(),
        status: saved.status.clone(),
        created_at: time(&saved.created_at)?,
        updated_at: time(&saved.updated_at)?,
    })
}

fn key(saved: &SavedKey) -> Result<Key, Wrong> {
    let material = match (&saved.server, &saved.client) {
        (Some((key, salt, iterations)), None) => {
            let key = Zeroizing::new(key.clone());
            let iterations = Iterations::try_from(i64::from(*iterations))
                .map_err(|_| "it has a key of no iterations")?;
            let salt = encoding::decode(salt).map_err(|_| "it has a salt that is not base64")?;
            let key = if salt.is_empty() {
                ServerKey::underived(key, iterations)
            } else {
                ServerKey::new(key, salt, iterations)
            };
            Material::Server(key.into())
        }
        (None, Some((key_check, salt, iterations))) => Material::Client(Some(ProofFields {
            key_check: key_check.clone(),
            key_check_salt: salt.clone(),
            key_check_iterations: *iterations,
        })),
        (None, None) => Material::Client(None),
        (Some(_), Some(_)) => return Err("it has a key in both custodies".to_owned()),
    };
    Ok(Key {
        id: saved.id,
        version: saved.version,
        material,
        created_at: time(&saved.created_at)?,
        rotated_at: saved.rotated_at.as_deref().map(time).transpose()?,
    })
}
