//! What is read of a project: its answers as they were received, and what they mean.

use std::collections::BTreeMap;

use keyproof::contract::custody::Custody;
use serde_json::{Value, json};

use super::action::Level;
use super::breach::{
    AS_WRITTEN, BLOBS_OPEN, Breach, NOTHING_VANISHES, ONE_ACTIVE_KEY, PENDING_IS_WHOLE,
};
use super::state::{Kept, State};
use crate::mock::support::Direct;

/// Every answer about a project, as it was received.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Raw {
    descriptor: Value,
    history: Value,
    levels: Value,
    versions: Vec<(Level, Value)>,
    /// Under client custody.
    pending: Option<Value>,
}

/// A version as it reads.
#[derive(Debug, Clone)]
pub(crate) struct Version {
    pub(crate) level: Level,
    pub(crate) kept: Kept,
}

/// A project as it reads.
#[derive(Clone)]
pub(crate) struct Seen {
    pub(crate) raw: Raw,
    pub(crate) levels: BTreeMap<Level, String>,
    /// By row id.
    pub(crate) versions: BTreeMap<u64, Version>,
    /// The rows under older keys, oldest first.
    pub(crate) pending: Vec<u64>,
}

/// The body that names a level of a project.
pub(crate) fn place(slug: &str, level: Level) -> Value {
    let mut body = json!({"project": slug});
    if level >= Level::Target {
        body["target"] = "t".into();
    }
    if level == Level::Environment {
        body["environment"] = "e".into();
    }
    body
}

impl Raw {
    pub(crate) async fn of(mock: &Direct, slug: &str, custody: Custody) -> Self {
        let get = async |path: &str| mock.get(path).await.ok()["data"].clone();
        let mut versions = Vec::new();
        for level in Level::ALL {
            for id in listed(mock, slug, level).await {
                versions.push((level, get(&format!("secrets/versions/{id}")).await));
            }
        }
        let path = format!("{slug}/secrets/re-encrypt-history/pending");
        let pending = match custody {
            Custody::Server => None,
            Custody::Client => Some(mock.post(&path, json!({"limit": 100})).await.ok()),
        };
        let levels = get(&format!("{slug}/t/e/secrets")).await;
        Self {
            descriptor: get(&format!("{slug}/encryption-key")).await,
            history: get(&format!("{slug}/encryption-key/history")).await,
            levels: levels["attributes"]["levels"].clone(),
            versions,
            pending,
        }
    }

    /// The id of what a level holds.
    pub(crate) fn secret(&self, level: Level) -> Option<&str> {
        self.levels[level.name()]["id"].as_str()
    }
}

/// The ids of the versions of a level, over all pages.
async fn listed(mock: &Direct, slug: &str, level: Level) -> Vec<String> {
    let mut ids = Vec::new();
    for page in 1.. {
        let mut body = place(slug, level);
        body["per_page"] = 100.into();
        body["page"] = page.into();
        let answer = mock.post("secrets/versions", body).await.ok();
        for row in answer["data"].as_array().unwrap() {
            ids.push(row["id"].as_str().unwrap().to_owned());
        }
        if answer["meta"]["last_page"] == page {
            break;
        }
    }
    ids
}

impl Seen {
    /// Decrypts the answers with the keys of the model.
    pub(crate) fn read(raw: Raw, state: &State) -> Result<Self, Breach> {
        one_active_key(&raw, state)?;
        let mut levels = BTreeMap::new();
        for level in Level::ALL {
            if let Some(content) = raw.levels[level.name()]["content"].as_str() {
                let text = state.active_key().open(content).ok_or_else(|| {
                    let key = state.active();
                    unreadable(&format!("what the {} holds", level.name()), key)
                })?;
                levels.insert(level, text);
            }
        }
        let mut versions = BTreeMap::new();
        for (level, version) in &raw.versions {
            let id = version["id"].as_str().and_then(|id| id.parse().ok());
            let kept = kept(version, state)?;
            let level = *level;
            versions.insert(id.expect("a row number"), Version { level, kept });
        }
        let pending = versions
            .iter()
            .filter(|(_, version)| version.kept.key.is_some_and(|key| key != state.active()))
            .map(|(id, _)| *id)
            .collect();
        let seen = Self { raw, levels, versions, pending };
        if let Some(answer) = &seen.raw.pending {
            seen.lists_pending(answer, 100)?;
        }
        Ok(seen)
    }

    /// Whether an answer of pending is a page of what is under older keys.
    pub(crate) fn lists_pending(&self, answer: &Value, limit: usize) -> Result<(), Breach> {
        let rows = answer["data"].as_array().unwrap();
        let ids: Vec<_> = rows.iter().filter_map(|row| row["id"].as_u64()).collect();
        let expected: Vec<_> = self.pending.iter().copied().take(limit).collect();
        let remaining = &answer["meta"]["remaining"];
        if ids == expected && *remaining == self.pending.len() {
            return Ok(());
        }
        let of = self.pending.len();
        let detail = format!(
            "rows {ids:?} with remaining {remaining}, and not {expected:?} with remaining {of}"
        );
        Err(Breach::of(PENDING_IS_WHOLE, detail))
    }

    /// Whether every text can be read where it was stored or kept, as often as it was kept.
    fn nothing_vanished(
        &self,
        state: &State,
        kept: &BTreeMap<Level, Vec<Kept>>,
    ) -> Result<(), Breach> {
        let lost = |what: &str, level: Level, text: &str| {
            let detail = format!("{what} {text:?} of the {} is gone", level.name());
            Err(Breach::of(NOTHING_VANISHES, detail))
        };
        for (level, text) in &state.levels {
            if !self.levels.contains_key(level) {
                return lost("the secret", *level, text);
            }
        }
        for (level, versions) in &state.kept {
            let mut left = kept.get(level).cloned().unwrap_or_default();
            for version in versions {
                match left.iter().position(|one| one.text == version.text) {
                    Some(place) => drop(left.remove(place)),
                    None => return lost("a version", *level, &version.text),
                }
            }
        }
        Ok(())
    }

    /// Whether this is what the model says.
    pub(crate) fn is(&self, state: &State) -> Result<(), Breach> {
        let mut kept: BTreeMap<Level, Vec<Kept>> = BTreeMap::new();
        for version in self.versions.values() {
            kept.entry(version.level).or_default().push(version.kept.clone());
        }
        kept.values_mut().for_each(|versions| versions.sort());
        self.nothing_vanished(state, &kept)?;
        let expected = state.kept.iter().filter(|(_, kept)| !kept.is_empty());
        let expected: BTreeMap<_, _> =
            expected.map(|(level, kept)| (*level, kept.clone())).collect();
        if self.levels == state.levels && kept == expected {
            return Ok(());
        }
        let detail = format!(
            "{:?} with {kept:?}, and not {:?} with {expected:?}",
            self.levels, state.levels
        );
        Err(Breach::of(AS_WRITTEN, detail))
    }
}

fn one_active_key(raw: &Raw, state: &State) -> Result<(), Breach> {
    let active: Vec<_> = raw
        .history
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| (entry["version"].as_str().unwrap(), &entry["is_active"]))
        .collect();
    let expected: Vec<_> = (1..=state.active())
        .rev()
        .map(|number| (number.to_string(), json!(number == state.active())))
        .collect();
    let same = active.len() == expected.len()
        && active.iter().zip(&expected).all(|(one, other)| one.0 == other.0 && *one.1 == other.1);
    if same {
        Ok(())
    } else {
        Err(Breach::of(ONE_ACTIVE_KEY, format!("{active:?}, and not {expected:?}")))
    }
}

fn kept(version: &Value, state: &State) -> Result<Kept, Breach> {
    let content = version["content"].as_str().unwrap();
    if content.is_empty() {
        let text = String::new();
        return Ok(Kept { text, key: None });
    }
    let key = version["key"]["version"].as_str();
    let number = key.and_then(|key| key.parse().ok()).unwrap_or(0);
    let text = state
        .key(number)
        .and_then(|key| key.open(content))
        .ok_or_else(|| unreadable(&format!("version {}", version["id"]), number))?;
    let key = Some(number);
    Ok(Kept { text, key })
}

fn unreadable(what: &str, key: u64) -> Breach {
    Breach::of(BLOBS_OPEN, format!("{what} does not open under key {key}"))
}
