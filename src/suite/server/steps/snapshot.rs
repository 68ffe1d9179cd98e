//! What is read of a project before and after a refusal, and compared whole.

use std::collections::{BTreeMap, HashMap};

use parking_lot::Mutex;
use serde_json::{Value, json};

use super::Project;
use crate::contract::custody::Custody;
use crate::contract::route::Endpoint;
use crate::harness::Stop;
use crate::suite::server::context::Context;
use crate::suite::server::wire::Call;

/// Versions of each level that are listed, the newest.
const LISTED: usize = 5;
/// Versions of each level that are read with their contents: under client custody the older ones are
/// pending, and read there.
const READ_WHOLE: usize = 1;

/// Descriptor, history, all levels, the version list's first page with contents, and under client
/// custody the first page of `pending`.
#[derive(Clone, PartialEq)]
pub(crate) struct Snapshot(BTreeMap<String, Value>);

/// The last snapshot of each project, and how often the project may have been changed before it.
#[derive(Default)]
struct Snapshots(Mutex<HashMap<String, (u64, Snapshot)>>);

impl Snapshot {
    /// The most requests that one takes, of a project with blobs at so many levels.
    pub(crate) const fn most(custody: Custody, levels: u32) -> u32 {
        let pending = matches!(custody, Custody::Client) as u32;
        let descriptor_history_and_secrets = 3;
        descriptor_history_and_secrets + levels * (1 + READ_WHOLE as u32) + pending
    }

    /// What is stored before a request: what was read after the last one, if nothing that was accepted
    /// since can have changed it.
    pub(crate) async fn before(context: &Context, project: &Project) -> Result<Self, Stop> {
        let changes = context.shared.changes.of(&project.slug);
        let known = context.memo::<Snapshots>().0.lock().get(&project.slug).cloned();
        match known {
            Some((so_far, known)) if so_far == changes => Ok(known),
            _ => Self::after(context, project).await,
        }
    }

    /// What is stored now.
    pub(crate) async fn after(context: &Context, project: &Project) -> Result<Self, Stop> {
        let taken = Self::take(context, project).await?;
        let changes = context.shared.changes.of(&project.slug);
        let known = context.memo::<Snapshots>();
        known.0.lock().insert(project.slug.clone(), (changes, taken.clone()));
        Ok(taken)
    }

    /// Reads a project with the full token.
    async fn take(context: &Context, project: &Project) -> Result<Self, Stop> {
        let mut parts = BTreeMap::new();
        let read =
            async |call: Call| context.prepare("reading what is stored", &project.own(call)).await;
        let descriptor = project.descriptor(context).await?;
        parts.insert("the key descriptor".to_owned(), descriptor);
        let history = read(project.call(Endpoint::GetKeyHistory)).await?;
        parts.insert("the key history".to_owned(), history.json["data"].clone());
        let secrets = read(project.secrets()).await?;
        let current = secrets.json["data"]["attributes"]["levels"].clone();
        parts.insert("the current secrets".to_owned(), current);
        for (name, level) in levels(project) {
            let list = read(project.versions(level)).await?;
            for row in list.rows().iter().take(READ_WHOLE) {
                let id = row["id"].as_str().unwrap_or_default();
                let version = read(Call::to(Endpoint::GetVersion, &[id])).await?;
                parts.insert(format!("version {id}"), version.json["data"].clone());
            }
            parts.insert(format!("the versions of the {name}"), list.json["data"].clone());
        }
        if project.custody == Custody::Client {
            let pending = read(project.call(Endpoint::ListPending)).await?;
            let pending = json!([pending.json["data"], pending.json["meta"]["remaining"]]);
            parts.insert("the pending versions".to_owned(), pending);
        }
        Ok(Self(parts))
    }

    /// What differs, without the values: they may be secrets, and differ from run to run.
    pub(crate) fn difference(&self, after: &Self) -> Option<String> {
        let added = after.0.keys().filter(|part| !self.0.contains_key(*part));
        let parts = self.0.keys().chain(added);
        let changed = parts.filter(|part| self.0.get(*part) != after.0.get(*part));
        let changed: Vec<&str> = changed.map(String::as_str).collect();
        (!changed.is_empty()).then(|| changed.join(", "))
    }
}

/// Each level that holds a blob: its name, and the body that lists its versions.
fn levels(project: &Project) -> Vec<(&'static str, Value)> {
    let mut level = json!({"per_page": LISTED});
    let mut levels = vec![("project", level.clone())];
    if let Some(target) = &project.target {
        level["target"] = json!(target);
        levels.push(("target", level.clone()));
    }
    if let Some(environment) = &project.environment {
        level["environment"] = json!(environment);
        levels.push(("environment", level));
    }
    levels
}
