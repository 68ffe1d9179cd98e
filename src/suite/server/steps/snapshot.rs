//! What is read of a project before and after a refusal, and compared whole.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use parking_lot::Mutex;
use serde_json::{Value, json};

use super::Project;
use crate::contract::custody::Custody;
use crate::contract::route::Endpoint;
use crate::harness::Stop;
use crate::suite::server::context::{Context, descriptor_of};
use crate::suite::server::wire::{Call, id_text, number};

/// Versions of each level that are read with their contents: under client custody the older ones are
/// pending, and read there.
const READ_WHOLE: usize = 1;

/// The names of what is read, as failures say them.
const DESCRIPTOR: &str = "the key descriptor";
const HISTORY: &str = "the key history";
const CURRENT: &str = "the current secrets";
const PENDING: &str = "the pending versions";

fn versions_of(level: &str) -> String {
    format!("the versions of the {level}")
}

/// Descriptor, history, all levels, the version list's first page with contents, and under client
/// custody the first page of `pending`.
#[derive(Clone, PartialEq)]
pub(crate) struct Snapshot(BTreeMap<String, Value>);

/// The last snapshot of each project, and how often the project may have been changed before it.
#[derive(Default)]
struct Snapshots(Mutex<HashMap<(String, Extent), (u64, Snapshot)>>);

/// How much a snapshot holds.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Extent {
    Whole,
    /// Under client custody all levels and `pending`; under the server's the descriptor and the newest versions.
    Small,
}

impl Extent {
    fn for_refusals(context: &Context) -> Self {
        if context.shared.is_thrifty { Self::Small } else { Self::Whole }
    }
}

impl Snapshot {
    /// Versions of each level that are listed, the newest.
    pub(crate) const LISTED: usize = 5;

    /// The most requests that one takes, of a project with blobs at so many levels.
    pub(crate) const fn most(custody: Custody, levels: u32) -> u32 {
        let pending = matches!(custody, Custody::Client) as u32;
        let descriptor_history_and_secrets = 3;
        descriptor_history_and_secrets + levels * (1 + READ_WHOLE as u32) + pending
    }

    /// What is stored before a request: what was read after the last one, if nothing that was accepted
    /// since can have changed it.
    pub(crate) async fn before(context: &Context, project: &Project) -> Result<Self, Stop> {
        Self::known_or_taken(context, project, Extent::Whole).await
    }

    /// What is stored now.
    pub(crate) async fn after(context: &Context, project: &Project) -> Result<Self, Stop> {
        Self::taken(context, project, Extent::Whole, true).await
    }

    /// The same before what is to be refused: a thrifty run looks only where a write shows.
    pub(crate) async fn before_refusal(context: &Context, project: &Project) -> Result<Self, Stop> {
        Self::known_or_taken(context, project, Extent::for_refusals(context)).await
    }

    /// The same after it.
    pub(crate) async fn after_refusal(context: &Context, project: &Project) -> Result<Self, Stop> {
        Self::taken(context, project, Extent::for_refusals(context), true).await
    }

    async fn known_or_taken(
        context: &Context,
        project: &Project,
        extent: Extent,
    ) -> Result<Self, Stop> {
        let changes = context.shared.changes.of(&project.slug);
        let key = (project.slug.clone(), extent);
        let known = context.memo::<Snapshots>().0.lock().get(&key).cloned();
        match known {
            Some((so_far, known)) if so_far == changes => Ok(known),
            _ => Self::taken(context, project, extent, false).await,
        }
    }

    /// What was read already counts, unless it has to be `fresh`.
    async fn taken(
        context: &Context,
        project: &Project,
        extent: Extent,
        is_fresh: bool,
    ) -> Result<Self, Stop> {
        let taken = Self::take(context, project, extent, is_fresh).await?;
        let changes = context.shared.changes.of(&project.slug);
        let known = context.memo::<Snapshots>();
        known.0.lock().insert((project.slug.clone(), extent), (changes, taken.clone()));
        Ok(taken)
    }

    /// Reads a project with the full token.
    async fn take(
        context: &Context,
        project: &Project,
        extent: Extent,
        is_fresh: bool,
    ) -> Result<Self, Stop> {
        let mut parts = BTreeMap::new();
        let is_whole = extent == Extent::Whole;
        let read = async |call: Call| {
            let (what, call) = ("reading what is stored", project.own(call));
            if is_fresh {
                context.prepare(what, &call).await
            } else {
                context.look_up(what, &call).await
            }
        };
        let is_of_server = project.custody == Custody::Server;
        // A key that has changed shows under client custody by what is pending.
        if is_whole || is_of_server {
            let descriptor = read(project.call(Endpoint::GetEncryptionKey)).await?;
            parts.insert(DESCRIPTOR.to_owned(), descriptor_of(&descriptor)?);
        }
        if is_whole {
            let history = read(project.call(Endpoint::GetKeyHistory)).await?;
            parts.insert(HISTORY.to_owned(), history.json["data"].clone());
        }
        if is_whole || !is_of_server {
            let secrets = read(project.secrets()).await?;
            let current = secrets.json["data"]["attributes"]["levels"].clone();
            parts.insert(CURRENT.to_owned(), current);
        }
        for (name, level) in levels(project).into_iter().filter(|_| is_whole || is_of_server) {
            let list = read(project.versions(level)).await?;
            for row in list.rows().iter().take(READ_WHOLE) {
                let id = row["id"].as_str().unwrap_or_default();
                let version = read(Call::to(Endpoint::GetVersion, &[id])).await?;
                parts.insert(format!("version {id}"), version.json["data"].clone());
            }
            parts.insert(versions_of(name), list.json["data"].clone());
        }
        if project.custody == Custody::Client {
            let all = json!({"limit": 50});
            let call = project.call(Endpoint::ListPending);
            let pending = read(if is_whole { call } else { call.json(&all) }).await?;
            let pending = json!([pending.json["data"], pending.json["meta"]["remaining"]]);
            parts.insert(PENDING.to_owned(), pending);
        }
        Ok(Self(parts))
    }

    pub(crate) fn descriptor(&self) -> &Value {
        self.part(DESCRIPTOR)
    }

    pub(crate) fn history(&self) -> &Value {
        self.part(HISTORY)
    }

    /// What is stored at each level that is read.
    pub(crate) fn levels(&self) -> impl Iterator<Item = &Value> {
        let levels = self.part(CURRENT).as_object();
        let levels = levels.into_iter().flat_map(|levels| levels.values());
        levels.filter(|level| level["content"].as_str().is_some_and(|text| !text.is_empty()))
    }

    /// The blob of a level.
    pub(crate) fn content(&self, level: &str) -> &Value {
        &self.part(CURRENT)[level]["content"]
    }

    /// The ids of the versions of a level that are listed.
    pub(crate) fn version_ids(&self, level: &str) -> BTreeSet<String> {
        let rows = self.part(&versions_of(level)).as_array();
        rows.into_iter().flatten().filter_map(|row| id_text(&row["id"])).collect()
    }

    /// The rows of the first page of pending versions.
    pub(crate) fn pending_rows(&self) -> &[Value] {
        self.part(PENDING)[0].as_array().map_or(&[], Vec::as_slice)
    }

    /// Whether the first page of pending versions is the only one.
    pub(crate) fn shows_all_pending(&self) -> bool {
        let remaining = number(&self.part(PENDING)[1]);
        remaining == u64::try_from(self.pending_rows().len()).ok()
    }

    fn part(&self, name: &str) -> &Value {
        self.0.get(name).unwrap_or(&Value::Null)
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
    let mut level = json!({"per_page": Snapshot::LISTED});
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
