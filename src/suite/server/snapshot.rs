//! What is read of a project before and after a refusal, and compared whole.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::call::Call;
use super::scene::{Scene, descriptor_of};
use super::target::Access;
use crate::contract::custody::Custody;
use crate::contract::route::Endpoint;
use crate::harness::Stop;

/// Versions of a level that are read with their contents: the newest.
const PAGE: usize = 5;

/// A project, as far as snapshots go.
#[derive(Clone)]
pub(super) struct Subject {
    pub(super) slug: String,
    pub(super) custody: Custody,
    /// The target that holds a blob besides the project itself, if one does.
    pub(super) target: Option<String>,
    /// The organization that it is in, if that is not the target's own.
    pub(super) other: Option<Access>,
}

/// Descriptor, history, all levels, the version list's first page with contents, and under client
/// custody the first page of `pending`.
#[derive(PartialEq)]
pub(super) struct Snapshot(BTreeMap<String, Value>);

impl Snapshot {
    /// Reads a project with the full token.
    pub(super) async fn take(scene: &Scene, subject: &Subject) -> Result<Self, Stop> {
        let slug = subject.slug.as_str();
        let mut parts = BTreeMap::new();
        let read = async |call: Call| {
            let call = subject.own(call);
            scene.prepare("reading what is stored", &call).await
        };
        let descriptor = subject.descriptor(scene).await?;
        parts.insert("the key descriptor".to_owned(), descriptor);
        let history = read(Call::to(Endpoint::GetKeyHistory, &[slug])).await?;
        parts.insert("the key history".to_owned(), history.json["data"].clone());
        let levels = read(subject.secrets()).await?;
        let levels = levels.json["data"]["attributes"]["levels"].clone();
        parts.insert("the current secrets".to_owned(), levels);
        for (name, level) in subject.levels() {
            let list = Call::to(Endpoint::ListVersions, &[]).json(&level);
            let list = read(list).await?.json["data"].clone();
            for row in list.as_array().into_iter().flatten() {
                let id = row["id"].as_str().unwrap_or_default();
                let version = read(Call::to(Endpoint::GetVersion, &[id])).await?;
                parts.insert(format!("version {id}"), version.json["data"].clone());
            }
            parts.insert(format!("the versions of the {name}"), list);
        }
        if subject.custody == Custody::Client {
            let pending = read(Call::to(Endpoint::ListPending, &[slug])).await?;
            let pending = json!([pending.json["data"], pending.json["meta"]["remaining"]]);
            parts.insert("the pending versions".to_owned(), pending);
        }
        Ok(Self(parts))
    }

    /// What differs, without the values: they may be secrets, and differ from run to run.
    pub(super) fn difference(&self, after: &Self) -> Option<String> {
        let changed: Vec<&str> = self
            .0
            .keys()
            .chain(after.0.keys().filter(|part| !self.0.contains_key(*part)))
            .filter(|part| self.0.get(*part) != after.0.get(*part))
            .map(String::as_str)
            .collect();
        (!changed.is_empty()).then(|| changed.join(", "))
    }
}

impl Subject {
    /// A project of the target's own organization that holds a blob at its own level only.
    pub(super) fn new(slug: String, custody: Custody) -> Self {
        Self {
            slug,
            custody,
            target: None,
            other: None,
        }
    }

    /// Reads every level that holds a blob.
    pub(super) fn secrets(&self) -> Call {
        match &self.target {
            None => Call::to(Endpoint::GetProjectSecrets, &[&self.slug]),
            Some(target) => Call::to(Endpoint::GetTargetSecrets, &[&self.slug, target]),
        }
    }

    /// The active key, as the project's descriptor says.
    pub(super) async fn descriptor(&self, scene: &Scene) -> Result<Value, Stop> {
        let call = self.own(Call::to(Endpoint::GetEncryptionKey, &[&self.slug]));
        let reply = scene.prepare("reading the key descriptor", &call).await?;
        descriptor_of(&reply)
    }

    fn levels(&self) -> Vec<(&'static str, Value)> {
        let mut levels = vec![("project", json!({"project": self.slug, "per_page": PAGE}))];
        if let Some(target) = &self.target {
            let level = json!({"project": self.slug, "target": target, "per_page": PAGE});
            levels.push(("target", level));
        }
        levels
    }

    /// The call, in the organization that the project is in.
    pub(super) fn own(&self, call: Call) -> Call {
        match &self.other {
            Some(other) => call.organization(&other.place).token(&other.token),
            None => call,
        }
    }
}
