//! Reading what was saved: organizations, and what else a data file has.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use zeroize::Zeroizing;

use super::saved::{FORMAT, Saved, SavedKey, SavedLevel, SavedPlace, SavedProject};
use crate::contract::custody::HistoryPolicy;
use crate::contract::limit::Bucket;
use crate::contract::request::ProofFields;
use crate::crypto::{Iterations, encoding};
use crate::mock::draw::Seed;
use crate::mock::misbehaviour::user_rows::UserRows;
use crate::mock::model::key::{Key, Material, ServerKey};
use crate::mock::model::level::Level;
use crate::mock::model::organization::Organization;
use crate::mock::model::project::{NewProject, Place, Project, Secret, Target};
use crate::mock::model::sealed::Sealed;
use crate::mock::model::token::Token;
use crate::mock::model::versions::Version;
use crate::mock::rate_limit::RateLimiter;
use crate::named::Named as _;

/// What is wrong with a saved state, in words.
pub(in crate::mock) type Wrong = String;

/// What can replace the blob of a level.
const ACTIONS: [&str; 4] = ["update", "rotate", "restore", "delete"];

/// An organization as it was saved.
pub(in crate::mock) struct Restored {
    pub(in crate::mock) number: u64,
    /// Its name, and how long it may go unused; none if it is one of the fixture's.
    pub(in crate::mock) isolated: Option<(Option<String>, Duration)>,
    /// Words drawn from its stream.
    pub(in crate::mock) drawn: u128,
    pub(in crate::mock) organization: Organization,
    pub(in crate::mock) limiter: RateLimiter,
    pub(in crate::mock) rows: UserRows,
}

/// Names of the facts that a data file has beside its organizations.
pub(in crate::mock) const SEED: &str = "seed";
pub(in crate::mock) const CLOCK: &str = "clock";
pub(in crate::mock) const FIXTURE: &str = "fixture";

/// What an earlier mock has left in its data file.
pub(in crate::mock) struct Loaded {
    pub(in crate::mock) seed: Seed,
    /// See [`Clock::put_back`](crate::mock::clock::Clock::put_back).
    pub(in crate::mock) clock: Option<String>,
    /// The text of its fixture; none if that was the default one.
    pub(in crate::mock) fixture: Option<String>,
    pub(in crate::mock) organizations: Vec<Restored>,
    /// By number, what a reset goes back to, of organizations that were made while a mock ran.
    pub(in crate::mock) origins: BTreeMap<u64, Restored>,
}

/// Reads a document whole: an error in any organization is an error of all.
pub(in crate::mock) fn read(document: Value) -> Result<Vec<Restored>, Wrong> {
    match document.get("format").and_then(Value::as_u64) {
        Some(FORMAT) => {}
        Some(other) => {
            return Err(format!("its format is {other}: this keyproof reads {FORMAT} only"));
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
    document.organizations.into_iter().map(organization).collect()
}

pub(in crate::mock) fn organization(saved: Saved) -> Result<Restored, Wrong> {
    let drawn = saved.drawn.parse().map_err(|_| "its count of draws is no number")?;
    let mut limiter = RateLimiter::default();
    for (name, project, times) in saved.counted {
        let bucket = Bucket::named(&name).ok_or("it counts in a bucket that there is not")?;
        let times: Result<Vec<_>, _> = times.iter().map(|text| time(text)).collect();
        limiter.recount(bucket, project, times?);
    }
    let mut tokens = BTreeMap::new();
    for token in saved.tokens {
        let restored = Token {
            id: token.id,
            name: token.name,
            abilities: token.abilities,
            expires_at: token.expires_at.as_deref().map(time).transpose()?,
            created_at: time(&token.created_at)?,
            updated_at: time(&token.updated_at)?,
        };
        tokens.insert(token.bearer, restored);
    }
    let mut projects = BTreeMap::new();
    for saved in saved.projects {
        let project = project(saved)?;
        projects.insert(project.slug.clone(), project);
    }
    Ok(Restored {
        number: saved.number,
        isolated: saved.isolated.map(|(name, idle)| (name, Duration::from_secs(idle))),
        drawn,
        organization: Organization {
            ulid: saved.ulid,
            name: saved.name,
            slug: saved.slug,
            created_at: time(&saved.created_at)?,
            active: saved.active,
            retention_days: saved.retention_days,
            tokens,
            projects,
            counters: saved.counters,
        },
        limiter,
        rows: UserRows::new(saved.misbehaviour).map_err(|error| error.to_string())?,
    })
}

fn time(text: &str) -> Result<Timestamp, Wrong> {
    text.parse().map_err(|_| "it has a time that is none".to_owned())
}

fn project(saved: SavedProject) -> Result<Project, Wrong> {
    let keys: Vec<Key> = saved.keys.into_iter().map(key).collect::<Result<_, _>>()?;
    let first = keys.first().cloned().ok_or("it has a project without a key")?;
    if keys.windows(2).any(|pair| pair[0].version >= pair[1].version) {
        return Err("it has keys that are not by ascending version".to_owned());
    }
    let numbers: BTreeSet<u64> = keys.iter().map(|key| key.version).collect();
    let sealed = |under: Option<u64>| match under {
        None => Ok(Sealed::Opaque),
        Some(version) if numbers.contains(&version) => Ok(Sealed::Under(version)),
        Some(_) => Err("it has a blob under a key that there is not".to_owned()),
    };
    let mut project = Project::new(NewProject {
        number: saved.number,
        ulid: saved.ulid,
        slug: saved.slug,
        name: saved.name,
        description: saved.description,
        secret_format: saved.secret_format,
        created_at: time(&saved.created_at)?,
        first_key: first,
    });
    project.metadata = saved.metadata;
    project.history_policy = HistoryPolicy::named(&saved.history_policy)
        .ok_or("it has a history policy that is none")?;
    project.version_step = saved.version_step.max(1);
    project.pending_from = saved.pending_from;
    project.held = saved.held;
    project.moving = saved.moving;
    project.updated_at = time(&saved.updated_at)?;
    for (slug, own, environments) in saved.targets {
        let environments = environments.into_iter().map(|(slug, own)| Ok((slug, place(own)?)));
        let environments = environments.collect::<Result<_, Wrong>>()?;
        project.targets.insert(slug, Target { place: place(own)?, environments });
    }
    for secret in saved.secrets {
        let restored = Secret {
            id: secret.id,
            content: secret.content.into(),
            sealed: sealed(secret.under)?,
            revision: secret.revision,
        };
        project.secrets.insert(level(secret.level), restored);
    }
    for version in saved.versions {
        let action = ACTIONS.into_iter().find(|action| *action == version.action);
        project.keep_version(Version {
            id: version.id,
            level: level(version.level),
            action: action.ok_or("it has a version of an action that there is not")?,
            content: version.content.into(),
            sealed: sealed(version.under)?,
            created_at: time(&version.created_at)?,
        });
    }
    Ok(project.with_keys(keys))
}

fn level((target, environment): SavedLevel) -> Level {
    Level { target, environment }
}

fn place(saved: SavedPlace) -> Result<Place, Wrong> {
    Ok(Place {
        ulid: saved.ulid,
        name: saved.name,
        description: saved.description,
        status: saved.status,
        created_at: time(&saved.created_at)?,
        updated_at: time(&saved.updated_at)?,
    })
}

fn key(saved: SavedKey) -> Result<Key, Wrong> {
    let material = match (saved.server, saved.client) {
        (Some((key, salt, iterations)), None) => {
            let key = Zeroizing::new(key);
            let iterations = Iterations::try_from(i64::from(iterations))
                .map_err(|_| "it has a key of no iterations")?;
            let salt = encoding::decode(&salt).map_err(|_| "it has a salt that is not base64")?;
            let key = if salt.is_empty() {
                ServerKey::underived(key, iterations)
            } else {
                ServerKey::new(key, salt, iterations)
            };
            Material::Server(key.into())
        }
        (None, client) => {
            Material::Client(client.map(|(key_check, key_check_salt, key_check_iterations)| {
                ProofFields { key_check, key_check_salt, key_check_iterations }
            }))
        }
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
