//! What is read of a project before and after a refusal, and compared whole.

use std::collections::{BTreeMap, HashMap};

use parking_lot::Mutex;
use serde_json::{Value, json};

use crate::contract::custody::Custody;
use crate::contract::route::Endpoint;
use crate::harness::Stop;
use crate::suite::server::scene::{Scene, descriptor_of};
use crate::suite::server::wire::call::Call;
use crate::suite::server::wire::reply::Reply;
use crate::suite::server::wire::target::Access;

/// Versions of each level that are listed, the newest.
const LISTED: usize = 5;
/// Versions of each level that are read with their contents: under client custody the older ones are
/// pending, and read there.
const READ_WHOLE: usize = 1;

/// A project, as far as snapshots go.
#[derive(Clone)]
pub(in crate::suite::server) struct Subject {
    pub(in crate::suite::server) slug: String,
    pub(in crate::suite::server) custody: Custody,
    /// The target that holds a blob besides the project itself, if one does.
    pub(in crate::suite::server) target: Option<String>,
    /// The environment of that target that holds one too, if one does.
    pub(in crate::suite::server) environment: Option<String>,
    /// The organization that it is in, if that is not the target's own.
    pub(in crate::suite::server) other: Option<Access>,
}

/// Descriptor, history, all levels, the version list's first page with contents, and under client
/// custody the first page of `pending`.
#[derive(Clone, PartialEq)]
pub(in crate::suite::server) struct Snapshot(BTreeMap<String, Value>);

/// The last snapshot of each project that nothing has changed since.
#[derive(Default)]
pub(in crate::suite::server) struct Snapshots(Mutex<HashMap<String, Snapshot>>);

impl Snapshots {
    /// Forgets what a request may have changed: one that was not refused, or had no answer.
    pub(in crate::suite::server) fn learn(&self, call: &Call, reply: Option<&Reply>) {
        if call.may_change() && !reply.is_some_and(Reply::is_refusal) {
            match call.project() {
                Some(slug) => drop(self.0.lock().remove(&slug)),
                None => self.0.lock().clear(),
            }
        }
    }
}

impl Snapshot {
    /// The most requests that one takes, of a project with blobs at so many levels.
    pub(in crate::suite::server) const fn most(custody: Custody, levels: u32) -> u32 {
        let pending = match custody {
            Custody::Client => 1,
            Custody::Server => 0,
        };
        let descriptor_history_and_secrets = 3;
        descriptor_history_and_secrets + levels * (1 + READ_WHOLE as u32) + pending
    }

    /// What is stored before a request: what was read after the last one, if nothing that was accepted
    /// since can have changed it.
    pub(in crate::suite::server) async fn before(
        scene: &Scene,
        subject: &Subject,
    ) -> Result<Self, Stop> {
        let known = scene.shared.snapshots.0.lock().get(&subject.slug).cloned();
        match known {
            Some(known) => Ok(known),
            None => Self::after(scene, subject).await,
        }
    }

    /// What is stored now.
    pub(in crate::suite::server) async fn after(
        scene: &Scene,
        subject: &Subject,
    ) -> Result<Self, Stop> {
        let taken = Self::take(scene, subject).await?;
        let mut known = scene.shared.snapshots.0.lock();
        known.insert(subject.slug.clone(), taken.clone());
        Ok(taken)
    }

    /// Reads a project with the full token.
    async fn take(scene: &Scene, subject: &Subject) -> Result<Self, Stop> {
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
            for row in list.as_array().into_iter().flatten().take(READ_WHOLE) {
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
    pub(in crate::suite::server) fn difference(&self, after: &Self) -> Option<String> {
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
    pub(in crate::suite::server) fn new(slug: String, custody: Custody) -> Self {
        Self {
            slug,
            custody,
            target: None,
            environment: None,
            other: None,
        }
    }

    /// Reads every level that holds a blob.
    pub(in crate::suite::server) fn secrets(&self) -> Call {
        let (endpoint, deeper) = match (&self.target, &self.environment) {
            (None, _) => (Endpoint::GetProjectSecrets, vec![]),
            (Some(target), None) => (Endpoint::GetTargetSecrets, vec![target]),
            (Some(target), Some(environment)) => {
                (Endpoint::GetEnvironmentSecrets, vec![target, environment])
            }
        };
        let mut segments = vec![self.slug.as_str()];
        segments.extend(deeper.into_iter().map(String::as_str));
        Call::to(endpoint, &segments)
    }

    /// The active key, as the project's descriptor says.
    pub(in crate::suite::server) async fn descriptor(&self, scene: &Scene) -> Result<Value, Stop> {
        let call = self.own(Call::to(Endpoint::GetEncryptionKey, &[&self.slug]));
        let reply = scene.prepare("reading the key descriptor", &call).await?;
        descriptor_of(&reply)
    }

    /// Each level that holds a blob: its name, and the body that lists its versions.
    fn levels(&self) -> Vec<(&'static str, Value)> {
        let mut level = json!({"project": self.slug, "per_page": LISTED});
        let mut levels = vec![("project", level.clone())];
        if let Some(target) = &self.target {
            level["target"] = json!(target);
            levels.push(("target", level.clone()));
        }
        if let Some(environment) = &self.environment {
            level["environment"] = json!(environment);
            levels.push(("environment", level));
        }
        levels
    }

    /// The call, in the organization that the project is in.
    pub(in crate::suite::server) fn own(&self, call: Call) -> Call {
        match &self.other {
            Some(other) => call.organization(&other.place).token(&other.token),
            None => call,
        }
    }
}
